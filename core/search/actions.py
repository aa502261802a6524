"""Writing the table of ticket vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from core.db.engine import insert_ignoring_duplicates
from core.db.unit_of_work import UnitOfWork
from core.jobs import kinds
from core.search.documents import TicketText, VectorTexts, texts_of
from core.search.models import SearchProgress, SimilarTicketRow, TicketVectorsRow
from core.search.stored import fill_row
from core.search.terms import TERMS_REVISION
from core.search.values import SimilarTicket, TicketVectors
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Status

PROGRESS = 1  # the one row of search_progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """Vectors ready to be written: what they were made of and by which model."""

    texts: VectorTexts
    model: str
    vectors: TicketVectors


def ticket_text(ticket: Ticket) -> TicketText:
    """The words of a stored ticket."""
    return TicketText(
        title=ticket.title,
        category=ticket.category.value if ticket.category else "",
        description=ticket.description,
        helpful_notes=ticket.helpful_notes,
        related_skills=tuple(ticket.related_skills),
        resolution=ticket.resolution,
    )


async def store_vectors(uow: UnitOfWork, ticket_id: int, computed: Computed) -> bool:
    """Make the ticket findable by these vectors. False, and nothing written, where it changed or may not be found."""
    ticket = await lock_ticket_by_id(uow, ticket_id)
    if not ticket.snapshot().is_answerable_to_strangers:
        return False
    if texts_of(ticket_text(ticket)).hash != computed.texts.hash:
        return False
    rows = await _rows_of(uow, ticket_id)
    for other in rows.values():
        if other.model != computed.model and other.text_hash != computed.texts.hash:
            await uow.session.delete(other)  # of words that the ticket no longer has
    revision = await _next_revision(uow)
    row = rows.get(computed.model)
    if row is None:
        row = TicketVectorsRow(
            ticket_id=ticket_id,
            model=computed.model,
            organization_id=ticket.organization_id,
            ticket_created_at=ticket.created_at,
        )
        uow.session.add(row)
    row.text_hash, row.is_removed, row.terms_revision = computed.texts.hash, False, TERMS_REVISION
    row.revision, row.updated_at = revision, uow.clock.now()
    fill_row(row, computed.vectors)
    return True


async def remove_vectors(uow: UnitOfWork, ticket_id: int) -> bool:
    """Make the ticket unfindable, where it may not be found. False where nothing had to be done.

    Messages in Slack about open tickets that it was shown on are to lose its words.
    """
    ticket = await lock_ticket_by_id(uow, ticket_id)
    rows = [row for row in (await _rows_of(uow, ticket_id)).values() if not row.is_removed]
    if not rows or ticket.snapshot().is_answerable_to_strangers:
        return False
    for row in rows:
        row.is_removed, row.text_hash = True, ""
        row.revision, row.updated_at = await _next_revision(uow), uow.clock.now()
        fill_row(row, TicketVectors())
    if uow.policy.slack_enabled:
        await _show_without(uow, ticket, max(row.revision for row in rows))
    return True


async def _show_without(uow: UnitOfWork, ticket: Ticket, revision: int) -> None:
    others = (
        select(SimilarTicketRow.ticket_id)
        .join(Ticket, Ticket.id == SimilarTicketRow.ticket_id)
        .where(SimilarTicketRow.similar_ticket_id == ticket.id, Ticket.status != Status.COMPLETED)
    )
    for other_id in await uow.session.scalars(others.where(Ticket.deleted_at.is_(None)).order_by(Ticket.id)):
        key = f"{kinds.SIMILAR_GONE.name}:{other_id}:{revision}"
        uow.jobs.enqueue(kinds.SIMILAR_GONE, {"ticket_id": other_id, "number": ticket.number}, key=key)


async def forget_other_models(uow: UnitOfWork, model: str, *, since: datetime, limit: int) -> int:
    """Delete vectors of other models where those of `model` have stood beside them since then. Returns how many."""
    own = aliased(TicketVectorsRow)
    superseded = (
        select(own.ticket_id)
        .where(
            own.ticket_id == TicketVectorsRow.ticket_id,
            own.model == model,
            own.is_removed.is_(False),
            own.updated_at < since,
        )
        .exists()
    )
    rows = await uow.session.scalars(
        select(TicketVectorsRow).where(TicketVectorsRow.model != model, superseded).limit(limit)
    )
    found = rows.all()
    for row in found:
        await uow.session.delete(row)
    await uow.session.flush()
    return len(found)


async def _rows_of(uow: UnitOfWork, ticket_id: int) -> dict[str, TicketVectorsRow]:
    rows = await uow.session.scalars(select(TicketVectorsRow).where(TicketVectorsRow.ticket_id == ticket_id))
    return {row.model: row for row in rows}


async def request_rebuild(uow: UnitOfWork) -> None:
    """Have every process make its index anew from the table."""
    await _next_revision(uow)
    await uow.session.execute(
        update(SearchProgress).where(SearchProgress.id == PROGRESS).values(rebuilds=SearchProgress.rebuilds + 1)
    )


async def store_similar(uow: UnitOfWork, ticket: Ticket, found: Sequence[SimilarTicket]) -> None:
    """Replace what was found for a ticket, and note that the search has ended."""
    earlier = await uow.session.scalars(select(SimilarTicketRow).where(SimilarTicketRow.ticket_id == ticket.id))
    for old in earlier.all():
        await uow.session.delete(old)
        await uow.session.flush()
    uow.session.add_all(
        SimilarTicketRow(
            ticket_id=ticket.id,
            similar_ticket_id=one.ticket_id,
            score=one.score,
            rank=rank,
            like_it=list(one.more_like_it),
        )
        for rank, one in enumerate(found, start=1)
    )
    ticket.similar_found_at = uow.clock.now()
    uow.audit.record("ticket.similar_found", ticket, after={"similar": [one.number for one in found]})


async def _next_revision(uow: UnitOfWork) -> int:
    take = (
        update(SearchProgress)
        .where(SearchProgress.id == PROGRESS)
        .values(revision=SearchProgress.revision + 1)
        .returning(SearchProgress.revision)
        .execution_options(synchronize_session=False)
    )
    revision = await uow.session.scalar(take)
    if revision is None:
        first = {"id": PROGRESS, "revision": 0, "rebuilds": 0}
        await uow.session.execute(insert_ignoring_duplicates(uow.database, SearchProgress.__table__), [first])
        revision = await uow.session.scalar(take)
    if revision is None:
        raise RuntimeError("search_progress has no row although one was just inserted")
    return revision
