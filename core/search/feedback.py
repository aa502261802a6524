"""What similar tickets were shown to whom, and what people said of them.

A door that shows similar tickets calls `record_shown` with what `Search.ask` found, and `record_feedback` with the id
of that showing when somebody says how it helped. On a filed ticket the search job has recorded the showing:
`record_ticket_feedback` finds it by the ticket's number.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import ColumnElement, select

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import ForbiddenError, InvalidInputError, NotFoundError
from core.people.values import Permission
from core.search.learned import next_verdict_revision
from core.search.models import ShownTicket, SimilarShowing, SimilarTicketRow, SimilarVerdict
from core.search.queries import may_be_shown
from core.search.stored import FLOAT32, UINT32, packed
from core.search.values import Findings, Found, Ranked, Surface, TicketVectors, Verdict
from core.tickets.models import Ticket
from core.tickets.queries import find_ticket

NO_QUESTION = Findings(question_hash="", model="", vectors=TicketVectors(), found=())
NOT_SHOWN = "This similar ticket was not shown to you, or is no longer public."
LONGEST_KEY = 100


async def record_shown(uow: UnitOfWork, findings: Findings, *, surface: Surface, key: str = "") -> SimilarShowing:
    """Keep what was shown to the actor, before or without a ticket.

    `key` names the form or view it was shown in, so that somebody who is still typing is counted once: the latest
    question is kept, and every ticket that was shown. Without a key the same question on the same day is one showing.

    Raises:
        InvalidInputError: the key is too long.
    """
    if len(key) > LONGEST_KEY:
        raise InvalidInputError(f"A key has at most {LONGEST_KEY} characters.", field="key")
    of_today = f"{uow.clock.now():%Y%m%d}:{findings.question_hash}"
    whole_key = f"{surface}:{uow.actor.user_id}:{key or of_today}"
    return await _kept(uow, findings, _new_showing(uow, whole_key, surface=surface, asker_id=uow.actor.user_id))


async def record_shown_on(uow: UnitOfWork, ticket: Ticket, findings: Findings) -> SimilarShowing:
    """Keep what is shown on a filed ticket, to its requester and to whoever else sees it."""
    new = _new_showing(uow, _ticket_key(ticket), surface=Surface.TICKET, asker_id=ticket.created_by_id)
    new.ticket_id = ticket.id
    return await _kept(uow, findings, new)


async def note_filed(uow: UnitOfWork, showing_id: int, ticket: Ticket) -> None:
    """The actor filed a ticket although they had been shown something. A showing that is not theirs is left alone."""
    showing = await uow.session.get(SimilarShowing, showing_id)
    if showing is not None and showing.asker_id == uow.actor.user_id and showing.ticket_id is None:
        showing.ticket_id = ticket.id


async def record_feedback(uow: UnitOfWork, *, showing_id: int, number: int, verdict: Verdict) -> SimilarVerdict:
    """What the actor says of similar ticket `number` in a showing of theirs. Saying it again changes nothing.

    Raises:
        NotFoundError: it was not shown to them there, or may no longer be shown.
        InvalidInputError: nobody says `ignored`.
    """
    showing = await uow.session.get(SimilarShowing, showing_id) if 0 < showing_id < 2**63 else None
    if showing is None or not _is_own(uow, showing):
        raise NotFoundError(NOT_SHOWN)
    return await _record(uow, showing, number, verdict)


async def record_ticket_feedback(uow: UnitOfWork, *, ticket: int, number: int, verdict: Verdict) -> SimilarVerdict:
    """What the actor, its requester or a moderator, says of similar ticket `number` shown on ticket `ticket`.

    Raises:
        ForbiddenError: the actor is neither.
        NotFoundError: the actor may not see the ticket, or `number` is not among what was shown, or no longer may be.
        InvalidInputError: nobody says `ignored`.
    """
    seen = await find_ticket(uow, ticket)
    if uow.actor.user_id != seen.created_by_id and not uow.actor.may(Permission.WORK_TICKETS):
        raise ForbiddenError(f"Only whoever filed ticket #{ticket}, or a moderator, can say what helped.")
    return await _record(uow, await _showing_on(uow, seen), number, verdict)


async def shown_by_id(reading: Reading, shown_id: int) -> tuple[ShownTicket, Ticket]:
    """A shown ticket for whoever holds a link to it, and the similar ticket itself.

    Raises:
        NotFoundError: it is gone, or may no longer be shown.
    """
    row = (
        await reading.session.execute(
            select(ShownTicket, Ticket)
            .join(SimilarShowing, SimilarShowing.id == ShownTicket.showing_id)
            .join(Ticket, Ticket.id == ShownTicket.similar_ticket_id)
            .where(
                ShownTicket.id == shown_id,
                SimilarShowing.organization_id == reading.actor.organization_id,
                may_be_shown(reading.actor.organization_id),
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(NOT_SHOWN)
    return row[0], row[1]


async def judge(uow: UnitOfWork, shown: ShownTicket, verdict: Verdict) -> SimilarVerdict:
    """Write the actor's verdict on a shown ticket that the caller has looked up for them.

    Raises:
        InvalidInputError: nobody says `ignored`.
        ForbiddenError: the desk itself has no opinion.
    """
    if verdict is Verdict.IGNORED:
        raise InvalidInputError("Say that it solved it, helped, or did not help.", field="verdict")
    if uow.actor.user_id is None:
        raise ForbiddenError("Only a person can say whether a similar ticket helped.")
    await uow.session.get(ShownTicket, shown.id, with_for_update=True)  # of two at once, one waits
    given: SimilarVerdict | None = await uow.session.scalar(
        select(SimilarVerdict).where(SimilarVerdict.shown_id == shown.id, SimilarVerdict.user_id == uow.actor.user_id)
    )
    if given is not None and given.verdict is verdict:
        return given
    before = {"verdict": given.verdict} if given else {}
    revision = await next_verdict_revision(uow)
    if given is None:
        given = SimilarVerdict(organization_id=uow.actor.organization_id, shown_id=shown.id, user_id=uow.actor.user_id)
        uow.session.add(given)
    given.verdict, given.channel, given.given_at = verdict, uow.actor.channel, uow.clock.now()
    given.revision = revision
    after = {"verdict": verdict, "shown_id": shown.id, "similar_ticket_id": shown.similar_ticket_id}
    uow.audit.record("similar.judged", given, before=before, after=after)
    return given


async def verdicts_on(reading: Reading, ticket: Ticket, *, by: int | None = None) -> dict[int, Verdict]:
    """What the actor, or the person `by`, has said of the tickets shown on a ticket: verdict by ticket id."""
    return await _verdicts(reading, SimilarShowing.key == _ticket_key(ticket), by or reading.actor.user_id)


async def verdicts_in(reading: Reading, showing_id: int) -> dict[int, Verdict]:
    """What the actor has said of the tickets of one showing: verdict by ticket id."""
    return await _verdicts(reading, SimilarShowing.id == showing_id, reading.actor.user_id)


async def _verdicts(reading: Reading, of: ColumnElement[bool], user_id: int | None) -> dict[int, Verdict]:
    rows = await reading.session.execute(
        select(ShownTicket.similar_ticket_id, SimilarVerdict.verdict)
        .join(SimilarVerdict, SimilarVerdict.shown_id == ShownTicket.id)
        .join(SimilarShowing, SimilarShowing.id == ShownTicket.showing_id)
        .where(of, SimilarShowing.organization_id == reading.actor.organization_id, SimilarVerdict.user_id == user_id)
    )
    return dict(rows.all())


async def shown_ids_on(reading: Reading, ticket: Ticket) -> dict[int, int]:
    """For links in mails: the id of each ticket shown on a ticket, by the similar ticket's id."""
    rows = await reading.session.execute(
        select(ShownTicket.similar_ticket_id, ShownTicket.id)
        .join(SimilarShowing, SimilarShowing.id == ShownTicket.showing_id)
        .where(
            SimilarShowing.organization_id == reading.actor.organization_id, SimilarShowing.key == _ticket_key(ticket)
        )
    )
    return dict(rows.all())


async def _record(uow: UnitOfWork, showing: SimilarShowing, number: int, verdict: Verdict) -> SimilarVerdict:
    shown: ShownTicket | None = await uow.session.scalar(
        select(ShownTicket)
        .join(Ticket, Ticket.id == ShownTicket.similar_ticket_id)
        .where(ShownTicket.showing_id == showing.id, Ticket.number == number, may_be_shown(uow.actor.organization_id))
    )
    if shown is None:
        raise NotFoundError(NOT_SHOWN)
    return await judge(uow, shown, verdict)


def _is_own(uow: UnitOfWork, showing: SimilarShowing) -> bool:
    return (
        showing.organization_id == uow.actor.organization_id
        and showing.asker_id is not None
        and showing.asker_id == uow.actor.user_id
    )


async def _showing_on(uow: UnitOfWork, ticket: Ticket) -> SimilarShowing:
    """What was shown on the ticket; made from what is shown where it was found before showings were kept."""
    showing = await _by_key(uow, _ticket_key(ticket))
    if showing is not None:
        return showing
    rows = await uow.session.scalars(
        select(SimilarTicketRow).where(SimilarTicketRow.ticket_id == ticket.id).order_by(SimilarTicketRow.rank)
    )
    showing = await record_shown_on(uow, ticket, NO_QUESTION)
    for row in rows:
        uow.session.add(
            _shown(showing, row.similar_ticket_id, rank=row.rank, score=row.score, raw=row.score, ranked=None)
        )
    await uow.session.flush()
    return showing


async def _by_key(uow: UnitOfWork, key: str) -> SimilarShowing | None:
    found: SimilarShowing | None = await uow.session.scalar(
        select(SimilarShowing)
        .where(SimilarShowing.organization_id == uow.actor.organization_id, SimilarShowing.key == key)
        .with_for_update()
    )
    return found


def _new_showing(uow: UnitOfWork, key: str, *, surface: Surface, asker_id: int | None) -> SimilarShowing:
    return SimilarShowing(
        organization_id=uow.actor.organization_id,
        key=key,
        surface=surface,
        asker_id=asker_id,
        shown_at=uow.clock.now(),
    )


async def _kept(uow: UnitOfWork, findings: Findings, new: SimilarShowing) -> SimilarShowing:
    """The showing of this key, which is `new` where there was none, with what was found."""
    earlier = await _by_key(uow, new.key)
    showing = earlier or new
    uow.session.add(showing)
    showing.question_hash, showing.model = findings.question_hash, findings.model
    showing.text = packed(findings.vectors.text, FLOAT32)
    showing.term_indices = packed(findings.vectors.terms.indices, UINT32)
    await uow.session.flush()
    of_showing = select(ShownTicket.similar_ticket_id).where(ShownTicket.showing_id == showing.id)
    known = set(await uow.session.scalars(of_showing)) if earlier else set[int]()
    await _add_missing(uow, showing, findings.found, known)
    return showing


async def _add_missing(
    uow: UnitOfWork, showing: SimilarShowing, found: Sequence[Found], known: AbstractSet[int]
) -> None:
    for rank, one in enumerate(found, start=1):
        if one.ticket.ticket_id not in known:
            uow.session.add(
                _shown(
                    showing,
                    one.ticket.ticket_id,
                    rank=rank,
                    score=one.ticket.score,
                    raw=one.ranked.score,
                    ranked=one.ranked,
                )
            )
    await uow.session.flush()


def _shown(
    showing: SimilarShowing, ticket_id: int, *, rank: int, score: float, raw: float, ranked: Ranked | None
) -> ShownTicket:
    return ShownTicket(
        showing_id=showing.id,
        similar_ticket_id=ticket_id,
        rank=rank,
        score=score,
        raw_score=raw,
        closeness=ranked.closeness if ranked else None,
        match=ranked.match if ranked else 0.0,
        lift=ranked.lift if ranked else 0.0,
    )


def _ticket_key(ticket: Ticket) -> str:
    return f"ticket:{ticket.id}"
