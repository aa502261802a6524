"""Reading similar tickets, checked again at the moment they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, true

from core.db.unit_of_work import Reading
from core.search.explanation import explained
from core.search.models import SearchProgress, SimilarTicketRow, TicketVectorsRow
from core.search.terms import TERMS_REVISION
from core.search.values import LEXICAL, SimilarTicket, position_of
from core.tickets.models import Ticket
from core.tickets.values import Status

SHARE_MISSING = 0.01
_SHOWN = (
    Ticket.id,
    Ticket.number,
    Ticket.title,
    Ticket.category,
    Ticket.description,
    Ticket.resolution,
    Ticket.resolved_at,
)
"""The part of a ticket that anybody who can reach this desk may read."""
_FINDABLE = and_(Ticket.is_public.is_(True), Ticket.status == Status.COMPLETED, Ticket.deleted_at.is_(None))


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredVectors:
    """How many tickets may be found, how many have vectors, and of those how many by another model."""

    findable: int
    present: int
    other_model: int

    @property
    def missing(self) -> int:
        """How many tickets that may be found are not yet embedded by the model."""
        return max(self.findable - self.present + self.other_model, 0)

    @property
    def is_complete(self) -> bool:
        """Whether the model has all but a few that just came: then its search needs no other's."""
        return self.missing <= self.findable * SHARE_MISSING


def may_be_shown(organization_id: int) -> ColumnElement[bool]:
    """Only a completed, public, present ticket of the same organization is ever shown as a similar one."""
    return and_(Ticket.organization_id == organization_id, _FINDABLE)


async def read_similar(reading: Reading, scores: Mapping[int, float]) -> list[SimilarTicket]:
    """Those of the tickets (id to score) that may be shown, in the order given."""
    if not scores:
        return []
    statement = select(*_SHOWN).where(Ticket.id.in_(scores), may_be_shown(reading.actor.organization_id))
    found = {row.id: row for row in await reading.session.execute(statement)}
    return [_as_similar(found[ticket_id], score) for ticket_id, score in scores.items() if ticket_id in found]


async def answerable(reading: Reading, last: int) -> Sequence[Ticket]:
    """The newest so many tickets of the reader's organization that may be shown as similar ones."""
    newest = select(Ticket).where(may_be_shown(reading.actor.organization_id)).order_by(Ticket.id.desc()).limit(last)
    return (await reading.session.scalars(newest)).all()


async def stale_tickets(reading: Reading, *, model: str, after_id: int, limit: int) -> Sequence[tuple[int, int]]:
    """(ticket id, organization id) of tickets beyond `after_id`, in order, whose stored vectors are not as they should.

    Missing, not by this model or of other terms where the ticket may be found, still there where it may not. Without a
    model (lexical search) another's vectors do: they are of use again when it is back.
    """
    is_stale = case((_FINDABLE, not_(_has_vectors(model, of_terms=TERMS_REVISION))), else_=_has_vectors(LEXICAL))
    rows = await reading.session.execute(
        select(Ticket.id, Ticket.organization_id).where(Ticket.id > after_id, is_stale).order_by(Ticket.id).limit(limit)
    )
    return [(ticket_id, organization_id) for ticket_id, organization_id in rows]


async def count_vectors(reading: Reading, *, model: str) -> StoredVectors:
    """Over all organizations: what is stored, and what should be."""
    row = (
        await reading.session.execute(
            select(
                func.coalesce(func.sum(case((_FINDABLE, 1), else_=0)), 0),
                func.coalesce(func.sum(case((_has_vectors(LEXICAL), 1), else_=0)), 0),
                func.coalesce(func.sum(case((and_(_FINDABLE, _has_vectors(model)), 1), else_=0)), 0),
            ).where(or_(_FINDABLE, _has_vectors(LEXICAL)))
        )
    ).one()
    findable, present, own = (int(number) for number in row)
    return StoredVectors(findable=findable, present=present, other_model=max(present - own, 0))


async def count_written(reading: Reading, *, model: str, since: datetime) -> int:
    """How many tickets were embedded by the model since then."""
    by_it = true() if model == LEXICAL else TicketVectorsRow.model == model
    statement = select(func.count()).where(
        by_it, TicketVectorsRow.updated_at >= since, TicketVectorsRow.is_removed.is_(False)
    )
    return await reading.session.scalar(statement) or 0


async def table_position(reading: Reading) -> int:
    """Where an index stands that has followed the whole table."""
    progress = (await reading.session.execute(select(SearchProgress.revision, SearchProgress.rebuilds))).one_or_none()
    return 0 if progress is None else position_of(progress.rebuilds, progress.revision)


async def models_stored(reading: Reading) -> list[str]:
    """The models by which tickets are stored, that of most tickets first."""
    rows = await reading.session.scalars(
        select(TicketVectorsRow.model)
        .where(TicketVectorsRow.is_removed.is_(False))
        .group_by(TicketVectorsRow.model)
        .order_by(func.count().desc(), TicketVectorsRow.model)
    )
    return list(rows)


def _has_vectors(model: str, *, of_terms: int = 0) -> ColumnElement[bool]:
    """Whether the ticket has vectors by this model; LEXICAL needs none but the words', which every model's row has.

    Where the embedder was away, its row has only the words. `of_terms` is the least revision of these.
    """
    is_embedded = func.length(TicketVectorsRow.text) > 0
    by_it = true() if model == LEXICAL else and_(TicketVectorsRow.model == model, is_embedded)
    of_words = TicketVectorsRow.terms_revision >= of_terms
    return (
        select(TicketVectorsRow.ticket_id)
        .where(TicketVectorsRow.ticket_id == Ticket.id, TicketVectorsRow.is_removed.is_(False), of_words, by_it)
        .exists()
    )


async def similar_shown(reading: Reading, ticket: Ticket) -> list[SimilarTicket]:
    """What was found for a ticket, best first, less whatever is no longer public, completed or present."""
    scores = await reading.session.execute(
        select(SimilarTicketRow.similar_ticket_id, SimilarTicketRow.score, SimilarTicketRow.like_it)
        .where(SimilarTicketRow.ticket_id == ticket.id)
        .order_by(SimilarTicketRow.rank)
    )
    rows = {row.similar_ticket_id: row for row in scores}
    found = await read_similar(reading, {ticket_id: row.score for ticket_id, row in rows.items()})
    like_it = {one.ticket_id: rows[one.ticket_id].like_it for one in found[: reading.policy.similar_shown]}
    present = await _present(reading, [number for numbers in like_it.values() for number in numbers])
    return explained(
        ticket.title,
        ticket.description,
        [
            replace(one, more_like_it=tuple(number for number in like_it[one.ticket_id] if number in present))
            for one in found[: reading.policy.similar_shown]
        ],
    )


async def _present(reading: Reading, numbers: Sequence[int]) -> set[int]:
    if not numbers:
        return set()
    statement = select(Ticket.number).where(Ticket.number.in_(numbers), may_be_shown(reading.actor.organization_id))
    return set(await reading.session.scalars(statement))


def _as_similar(ticket: Any, score: float) -> SimilarTicket:
    return SimilarTicket(
        ticket_id=ticket.id,
        number=ticket.number,
        title=ticket.title,
        category=ticket.category,
        description=ticket.description,
        resolution=ticket.resolution,
        score=score,
        resolved_at=ticket.resolved_at,
    )
