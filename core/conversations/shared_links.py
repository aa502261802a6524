"""Addresses of tickets that were written in Slack, and what was shown below them, for as long as it may be undone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select

from core.conversations.models import LinkPreview
from core.db.unit_of_work import Reading, UnitOfWork
from core.jobs.kinds import PREVIEW_AGAIN
from core.jobs.values import JobTicket
from core.tickets.models import Ticket
from core.tickets.public import PublicTicket, public_part

KEEP_HIDDEN = timedelta(days=30)
"""How long a preview without text is remembered, to come back where its ticket does. One with text stays remembered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedLinks:
    """Addresses of tickets in one message. `is_with_app`: the app is in this conversation.

    `links` maps each address as it was written to its ticket's number.
    """

    organization_id: int
    person: str
    channel: str
    ts: str
    is_with_app: bool
    links: Mapping[str, int]

    def job_payload(self) -> dict[str, object]:
        return {
            "person": self.person,
            "channel": self.channel,
            "ts": self.ts,
            "is_with_app": self.is_with_app,
            "links": dict(self.links),
        }

    @classmethod
    def of_job(cls, job: JobTicket) -> "SharedLinks":
        return cls(organization_id=job.organization_id, **job.payload)


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands below an address: the ticket as far as it may be read there, or only that it may not."""

    number: int
    ticket: PublicTicket | None

    @property
    def mark(self) -> str:
        """Differs where the previews do; empty without text."""
        return _mark(self.ticket) if self.ticket else ""


def _mark(ticket: PublicTicket) -> str:
    shown = (ticket.title, ticket.status.value, ticket.priority.value, ticket.category, ticket.resolution)
    return hashlib.sha256(repr(shown).encode()).hexdigest()


async def remember(uow: UnitOfWork, shared: SharedLinks, previews: Mapping[str, PublicTicket]) -> bool:
    """Note what is about to be shown for the first time. Says whether anything is remembered of the message."""
    await uow.session.execute(delete(LinkPreview).where(LinkPreview.hidden_at < uow.clock.now() - KEEP_HIDDEN))
    known = set(await uow.session.scalars(select(LinkPreview.address).where(_of_message(shared))))
    new = {address: ticket for address, ticket in previews.items() if address not in known}
    of_organization = select(Ticket.number, Ticket.id).where(Ticket.organization_id == shared.organization_id)
    numbers = {ticket.number for ticket in new.values()}
    rows = await uow.session.execute(of_organization.where(Ticket.number.in_(numbers)))
    ids = {number: ticket_id for number, ticket_id in rows}  # noqa: C416 (rows are no pairs to a type checker)
    for address, ticket in new.items():
        uow.session.add(
            LinkPreview(
                organization_id=shared.organization_id,
                ticket_id=ids[ticket.number],
                channel=shared.channel,
                ts=shared.ts,
                address=address,
                person=shared.person,
                is_with_app=shared.is_with_app,
                shown=_mark(ticket),
                created_at=uow.clock.now(),
            )
        )
    return bool(known or new)


async def remembered(reading: Reading, shared: SharedLinks) -> dict[str, int]:
    """The addresses of the message below which something was shown, or is about to be, with their tickets' numbers."""
    statement = select(LinkPreview.address, Ticket.number).join(Ticket, Ticket.id == LinkPreview.ticket_id)
    rows = await reading.session.execute(statement.where(_of_message(shared)).order_by(LinkPreview.id))
    return {address: number for address, number in rows}  # noqa: C416 (see above)


async def note_shown(uow: UnitOfWork, shared: SharedLinks, shown: Mapping[str, Shown]) -> None:
    """Keep what stands below the addresses now."""
    for row in await uow.session.scalars(select(LinkPreview).where(_of_message(shared))):
        if row.address in shown:
            row.shown = shown[row.address].mark
            row.hidden_at = None if row.shown else row.hidden_at or uow.clock.now()


async def preview_again(uow: UnitOfWork, ticket: Ticket) -> None:
    """Bring the previews of a changed ticket up to date, each message by a job of its own.

    Whether those of a private one are read by moderators or its requester alone, and stay, is for the job to see.
    """
    for row in await _one_a_message(uow, select(LinkPreview).where(_is_outdated(ticket))):
        _enqueue(uow, row, f"{ticket.id}:{ticket.revision}")


async def has_outdated_previews(reading: Reading, ticket: Ticket) -> bool:
    """Whether `preview_again` has anything to do."""
    return await reading.session.scalar(select(LinkPreview.id).where(_is_outdated(ticket)).limit(1)) is not None


def _is_outdated(ticket: Ticket) -> ColumnElement[bool]:
    is_for_all = ticket.is_public and ticket.deleted_at is None
    is_due = LinkPreview.shown != _mark(public_part(ticket)) if is_for_all else LinkPreview.hidden_at.is_(None)
    return and_(LinkPreview.ticket_id == ticket.id, is_due)


async def take_back(uow: UnitOfWork, organization_id: int, *, again: str) -> None:
    """Hide what could not be hidden while Slack was out of reach; `again` names this occasion."""
    rows = select(LinkPreview).join(Ticket, Ticket.id == LinkPreview.ticket_id)
    unreadable = or_(Ticket.is_public.is_(False), Ticket.deleted_at.is_not(None))
    due = rows.where(LinkPreview.organization_id == organization_id, LinkPreview.hidden_at.is_(None), unreadable)
    for row in await _one_a_message(uow, due):
        _enqueue(uow, row, again)


async def _one_a_message(uow: UnitOfWork, rows: Select[LinkPreview]) -> list[LinkPreview]:
    found = await uow.session.scalars(rows.order_by(LinkPreview.id))
    return list({(row.channel, row.ts): row for row in found}.values())


def _enqueue(uow: UnitOfWork, row: LinkPreview, occasion: str) -> None:
    shared = SharedLinks(
        organization_id=row.organization_id,
        person=row.person,
        channel=row.channel,
        ts=row.ts,
        is_with_app=row.is_with_app,
        links={},
    )
    key = f"{PREVIEW_AGAIN.name}:{row.id}:{occasion}"
    uow.jobs.enqueue(PREVIEW_AGAIN, shared.job_payload(), key=key, organization_id=row.organization_id)


def _of_message(shared: SharedLinks) -> ColumnElement[bool]:
    return and_(
        LinkPreview.organization_id == shared.organization_id,
        LinkPreview.channel == shared.channel,
        LinkPreview.ts == shared.ts,
    )
