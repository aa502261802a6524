"""Messages on their way out, and how far each has come."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.types import Base, Json, enum_column, primary_key


class Delivery(Base):
    """One message for one recipient. Marked `sending` before the call, so that a crash in between is known.

    `message_id` is the mail's own Message-ID, chosen at the start; `external_id` is what the channel made of it.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_ticket_id", "ticket_id", "kind"),
        Index("ix_deliveries_reply_id", "reply_id"),
        Index("ix_deliveries_status", "status"),
        Index("ix_deliveries_message_id", "message_id"),
        Index("ix_deliveries_external_id", "external_id"),
        Index("ix_deliveries_provider_id", "provider_id"),
        Index("ix_deliveries_recipient", "organization_id", "recipient", "created_at"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    key: Mapped[str] = mapped_column(String(255), unique=True)
    kind: Mapped[DeliveryKind] = mapped_column(enum_column(DeliveryKind))
    channel: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(320))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("replies.id"))
    status: Mapped[DeliveryStatus] = mapped_column(enum_column(DeliveryStatus), default=DeliveryStatus.QUEUED)
    automatic: Mapped[bool] = mapped_column(default=False)
    thread_key: Mapped[str] = mapped_column(String(255), default="")
    message_id: Mapped[str] = mapped_column(String(255), default="")
    external_id: Mapped[str] = mapped_column(String(500), default="")
    provider_id: Mapped[str] = mapped_column(String(255), default="")
    content: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    error: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    shown_revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class LinkPreview(Base):
    """An address of a ticket in a Slack message with what we showed below it, which Slack cannot be asked for later.

    `shown` tells two previews apart; it is empty where only is said that the ticket is not to be read there, since
    `hidden_at`.
    """

    __tablename__ = "link_previews"
    __table_args__ = (
        UniqueConstraint("organization_id", "channel", "ts", "address", name="uq_link_previews_organization_id"),
        Index("ix_link_previews_ticket_id", "ticket_id"),
        Index("ix_link_previews_hidden_at", "hidden_at"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    channel: Mapped[str] = mapped_column(String(64))
    ts: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(500))
    person: Mapped[str] = mapped_column(String(64))
    is_with_app: Mapped[bool]
    shown: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    hidden_at: Mapped[datetime | None]


class ExposedChannel(Base):
    """A moderators' channel that others read in, or did: `readers` says who does, `times` how often it has begun."""

    __tablename__ = "exposed_channels"
    __table_args__ = (UniqueConstraint("organization_id", "channel"),)

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    channel: Mapped[str] = mapped_column(String(64))
    readers: Mapped[str] = mapped_column(String(200))
    times: Mapped[int] = mapped_column(default=0)
    noticed_at: Mapped[datetime]
