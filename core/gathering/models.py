"""Watched channels, and messages that are held together."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, Json, enum_column, primary_key
from core.gathering.values import ChannelMode, Purpose, Stage
from core.tickets.values import Category


class WatchedChannel(Base):
    """A channel whose messages become tickets, or are offered to. One that is off has no row."""

    __tablename__ = "watched_channels"
    __audited__: ClassVar[str] = "watched_channel"
    __table_args__ = (UniqueConstraint("organization_id", "channel_id"),)

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    channel_id: Mapped[str] = mapped_column(String(64))
    mode: Mapped[ChannelMode] = mapped_column(enum_column(ChannelMode))
    changed_at: Mapped[datetime]


class Gathering(Base):
    """Messages of one person in one conversation that belong together, before or after they are a ticket.

    `ticket_id` is the ticket they became, or (purpose `belong`) may belong to. `asked` counts our questions;
    `first_said_at` and `last_said_at` are when the messages were written, `touched_at` when we last had to do with it.
    """

    __tablename__ = "gatherings"
    __table_args__ = (
        Index("ix_gatherings_person", "user_id", "conversation"),
        Index("ix_gatherings_ticket_id", "ticket_id"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    conversation: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose))
    stage: Mapped[Stage] = mapped_column(enum_column(Stage))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    category: Mapped[Category | None] = mapped_column(enum_column(Category))
    asked: Mapped[int] = mapped_column(default=0)
    first_said_at: Mapped[datetime]
    last_said_at: Mapped[datetime]
    touched_at: Mapped[datetime]


class GatheredMessage(Base):
    """One of the messages; an edit changes its `text`, a deletion empties it.

    `files`: those that were shared with it, to be fetched when it becomes part of a ticket.
    """

    __tablename__ = "gathered_messages"
    __table_args__ = (
        Index("ix_gathered_messages_gathering_id", "gathering_id"),
        Index("ix_gathered_messages_place", "organization_id", "place"),
        Index("ix_gathered_messages_fingerprint", "fingerprint"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    gathering_id: Mapped[int] = mapped_column(ForeignKey("gatherings.id"))
    place: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    files: Mapped[list[Any]] = mapped_column(Json, default=list)
    said_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
