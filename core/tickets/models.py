"""Tickets and what hangs on them."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db.types import Base, Json, enum_column, primary_key
from core.people.models import User
from core.tickets.values import (
    AttachmentSnapshot,
    Category,
    Priority,
    Rating,
    ReplySnapshot,
    Scan,
    Status,
    TicketSnapshot,
    Visibility,
)


def _created_at(context: DefaultExecutionContext) -> datetime:
    created_at: datetime = context.get_current_parameters()["created_at"]  # type: ignore[no-untyped-call]  # SQLAlchemy's
    return created_at


class Ticket(Base):
    """One question and its story. `number` is what people see, unique in the organization.

    `set_by` maps a field to who set it last (`SetBy`); `revision` grows with every change, so that a second
    moderator's stale edit can be told; `triaged_at` and `similar_found_at` say that background work has ended;
    `edited_at` is when the requester last changed their words where they wrote them; `answered_at` is when a moderator
    first answered. `clock_started_at` is `created_at` moved by all the time that the clocks stood still, and
    `clock_paused_at` since when they do (`core.tickets.clocks`).
    """

    __tablename__ = "tickets"
    __audited__: ClassVar[str] = "ticket"
    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index("ix_tickets_queue", "organization_id", "status", "created_at"),
        Index("ix_tickets_newest", "organization_id", "status", "id"),
        Index("ix_tickets_created_by_id", "created_by_id", "created_at"),
        Index("ix_tickets_assigned_to_id", "assigned_to_id"),
        Index("ix_tickets_clock", "organization_id", "clock_paused_at", "clock_started_at"),
        Index("ix_tickets_snoozed_until", "snoozed_until"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    description_html: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[Category | None] = mapped_column(enum_column(Category))
    priority: Mapped[Priority] = mapped_column(enum_column(Priority), default=Priority.LOW)
    status: Mapped[Status] = mapped_column(enum_column(Status), default=Status.PENDING)
    is_public: Mapped[bool] = mapped_column(default=False)
    helpful_notes: Mapped[str] = mapped_column(Text, default="")
    resolution: Mapped[str] = mapped_column(Text, default="")
    related_skills: Mapped[list[str]] = mapped_column(Json, default=list)
    set_by: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    channel: Mapped[str] = mapped_column(String(16))
    sender_verified: Mapped[bool] = mapped_column(default=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    linked_ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    triaged_at: Mapped[datetime | None]
    similar_found_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    clock_started_at: Mapped[datetime] = mapped_column(default=_created_at)
    clock_paused_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)

    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id], lazy="joined", innerjoin=True)
    assigned_to: Mapped[User | None] = relationship(foreign_keys=[assigned_to_id], lazy="joined")

    def snapshot(self) -> TicketSnapshot:
        return TicketSnapshot(
            id=self.id,
            number=self.number,
            organization_id=self.organization_id,
            title=self.title,
            description=self.description,
            category=self.category,
            priority=self.priority,
            status=self.status,
            is_public=self.is_public,
            helpful_notes=self.helpful_notes,
            resolution=self.resolution,
            related_skills=tuple(self.related_skills),
            created_by=self.created_by.as_person(),
            assigned_to=self.assigned_to.as_person() if self.assigned_to else None,
            created_at=self.created_at,
            updated_at=self.updated_at,
            resolved_at=self.resolved_at,
            deleted_at=self.deleted_at,
            edited_at=self.edited_at,
            snoozed_until=self.snoozed_until,
            answered_at=self.answered_at,
            clock_started_at=self.clock_started_at,
            clock_paused_at=self.clock_paused_at,
            revision=self.revision,
            channel=self.channel,
            sender_verified=self.sender_verified,
            set_by=dict(self.set_by),
        )


class Participant(Base):
    """Somebody who gets the public replies of a ticket, and whose own answers join it.

    `is_told_directly` where they were brought in, and may not read in the Slack channel where it was filed.
    """

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("ticket_id", "user_id"), Index("ix_participants_user_id", "user_id"))

    id: Mapped[int] = primary_key()
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime]
    is_told_directly: Mapped[bool] = mapped_column(default=False)


class Reply(Base):
    """A public reply or an internal note. `text` is what was newly written, `full_text` all that arrived."""

    __tablename__ = "replies"
    __audited__: ClassVar[str] = "reply"
    __table_args__ = (Index("ix_replies_ticket_id", "ticket_id", "created_at"),)

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    visibility: Mapped[Visibility] = mapped_column(enum_column(Visibility))
    text: Mapped[str] = mapped_column(Text)
    full_text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(String(16))
    sender_verified: Mapped[bool] = mapped_column(default=True)
    edited_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    author: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    attachments: Mapped[list["Attachment"]] = relationship(lazy="selectin", order_by="Attachment.id")

    def snapshot(self) -> ReplySnapshot:
        return ReplySnapshot(
            id=self.id,
            ticket_id=self.ticket_id,
            author=self.author.as_person(),
            visibility=self.visibility,
            text=self.text,
            full_text=self.full_text or self.text,
            html=self.html,
            channel=self.channel,
            created_at=self.created_at,
            attachments=tuple(attachment.snapshot() for attachment in self.attachments),
            sender_verified=self.sender_verified,
            edited_at=self.edited_at,
        )


class Attachment(Base):
    """A file of the ticket itself (`reply_id` None) or of a reply; its bytes are a blob named by `sha256`.

    `found` is what the virus scanner called what it found in it.
    """

    __tablename__ = "attachments"
    __audited__: ClassVar[str] = "attachment"
    __table_args__ = (Index("ix_attachments_ticket_id", "ticket_id"), Index("ix_attachments_reply_id", "reply_id"))

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("replies.id"))
    filename: Mapped[str] = mapped_column(String(300))
    content_type: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    inline: Mapped[bool] = mapped_column(default=False)
    content_id: Mapped[str] = mapped_column(String(300), default="")
    scan: Mapped[Scan] = mapped_column(enum_column(Scan), default=Scan.NONE)
    found: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]

    def snapshot(self) -> AttachmentSnapshot:
        return AttachmentSnapshot(
            id=self.id,
            filename=self.filename,
            content_type=self.content_type,
            size=self.size,
            sha256=self.sha256,
            inline=self.inline,
            content_id=self.content_id,
            scan=self.scan,
        )


class ThreadMessage(Base):
    """Where a message of ours or theirs stands in its channel's threads, so that the next one finds the ticket.

    `external_id` is a Message-ID without brackets, or a Slack thread `CHANNEL:TS`. `is_awaited` marks a message that
    another one refers to and that has not arrived: it joins the ticket when it does.
    """

    __tablename__ = "thread_messages"
    __table_args__ = (
        Index("ix_thread_messages_lookup", "organization_id", "external_id"),
        Index("ix_thread_messages_ticket_id", "ticket_id"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("replies.id"))
    channel: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str] = mapped_column(String(1000))
    fingerprint: Mapped[str] = mapped_column(String(64), default="", index=True)
    is_internal: Mapped[bool] = mapped_column(default=False)
    is_awaited: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Satisfaction(Base):
    """What a requester was asked of the solution of their ticket, and what they said; asked again while unanswered."""

    __tablename__ = "satisfaction"
    __audited__: ClassVar[str] = "satisfaction"
    __table_args__ = (Index("ix_satisfaction_score", "organization_id", "score"),)

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    score: Mapped[int | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(String(16), default="")
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    def as_rating(self) -> Rating:
        return Rating(id=self.id, user_id=self.user_id, score=self.score, comment=self.comment or "")


class TicketTemplates(Base):
    """An organization's own templates of new tickets, as `core.tickets.templates` reads them; no row: the built-in."""

    __tablename__ = "ticket_templates"
    __audited__: ClassVar[str] = "ticket_templates"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True, autoincrement=False)
    templates: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    updated_at: Mapped[datetime]
