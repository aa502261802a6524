"""The ledger: every message that arrived, and what became of it."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, Json, enum_column, primary_key
from core.intake.values import Channel, Outcome


class RawMessage(Base):
    """The bytes of a message, once per content, until its retention ends."""

    __tablename__ = "raw_messages"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(index=True)


class Intake(Base):
    """One arrival. Its row is never removed: a second arrival of the same message finds it for ever.

    `released_at`: an admin let it in although screening had kept it back; by whom, unless the command line did.
    """

    __tablename__ = "intake"
    __audited__: ClassVar[str] = ""
    __table_args__ = (
        UniqueConstraint("external_id", "organization_id", "channel"),
        Index("ix_intake_fingerprint", "organization_id", "fingerprint"),
        Index("ix_intake_outcome", "organization_id", "outcome", "received_at"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    external_id: Mapped[str] = mapped_column(String(255))
    raw_sha256: Mapped[str | None] = mapped_column(String(64))
    recipients: Mapped[list[str]] = mapped_column(Json, default=list)
    envelope_sender: Mapped[str | None] = mapped_column(String(320))
    client_address: Mapped[str] = mapped_column(String(100), default="")
    received_at: Mapped[datetime]
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome), default=Outcome.RECEIVED)
    rule: Mapped[str] = mapped_column(String(100), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    sender: Mapped[str] = mapped_column(String(320), default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("replies.id"))
    decided_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
