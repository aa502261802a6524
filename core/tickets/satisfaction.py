"""How satisfied a requester is with a solution: asked once, with the message that tells it; answered once, 1 to 5."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from core.conversations import actions as conversations
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import ForbiddenError, InvalidInputError, NotFoundError
from core.jobs import kinds
from core.signed_numbers import read_numbers, sign_numbers
from core.tickets.models import Satisfaction, Ticket
from core.tickets.values import COMMENT_LENGTH, SCORES, Rating

_PURPOSE = "satisfaction"


@dataclass(frozen=True, kw_only=True, slots=True)
class SatisfactionNumbers:
    """How many were asked, what they answered, and the mean of it (None without an answer)."""

    asked: int
    answered: int
    mean: float | None
    scores: Mapping[int, int]


async def ask_satisfaction(uow: UnitOfWork, ticket: Ticket) -> Satisfaction | None:
    """Note that the requester is asked with this resolution; None where they are not.

    Nobody is asked about what they have solved themselves, nor again after an answer. Whoever has not answered is asked
    anew when a reopened ticket is resolved.
    """
    requester = ticket.created_by
    if not uow.policy.asks_satisfaction or not requester.is_active or requester.id == uow.actor.user_id:
        return None
    row = await _of(uow, ticket)
    if row is not None and row.score is not None:
        return None
    if row is None:
        row = Satisfaction(organization_id=ticket.organization_id, ticket_id=ticket.id, user_id=requester.id)
        uow.session.add(row)
    row.asked_at = uow.clock.now()
    uow.audit.record("satisfaction.asked", row, after={"ticket": ticket.number})
    await uow.session.flush()
    return row


async def answer_satisfaction(uow: UnitOfWork, ticket: Ticket, *, score: int, comment: str | None = None) -> Ticket:
    """Keep the requester's answer; giving another one corrects it. Without a comment an earlier one stays.

    Raises:
        ForbiddenError: somebody else was asked.
        NotFoundError: nobody was asked.
        InvalidInputError: the score is none of 1 to 5, or the comment is too long.
    """
    row = await _of(uow, ticket)
    if row is None:
        raise NotFoundError(f"Nobody was asked about ticket #{ticket.number}.")
    if uow.actor.user_id != row.user_id:
        raise ForbiddenError(f"Only whoever filed ticket #{ticket.number} is asked about its solution.")
    if score not in SCORES:
        raise InvalidInputError("Choose one of 1 to 5.", field="score")
    words = row.comment if comment is None else comment.replace("\x00", "").strip()
    if len(words) > COMMENT_LENGTH:
        raise InvalidInputError(f"The comment is longer than {COMMENT_LENGTH:,} characters.", field="comment")
    before, after = {"score": row.score, "comment": row.comment}, {"score": score, "comment": words}
    if before == after:
        return ticket
    row.score, row.comment, row.channel = score, words, uow.actor.channel
    row.answered_at = uow.clock.now()
    uow.audit.record("ticket.rated", ticket, before, after, covers=[row])
    conversations.show_anew(uow, ticket)
    _show_answer(uow, ticket)
    return ticket


def _show_answer(uow: UnitOfWork, ticket: Ticket) -> None:
    if uow.policy.slack_enabled:
        key = f"conversations.refresh:satisfaction:{ticket.id}:{ticket.revision}"
        uow.jobs.enqueue(kinds.REFRESH, {"ticket_id": ticket.id, "asks": True}, key=key)


async def rating_of(reading: Reading, ticket: Ticket) -> Rating | None:
    """What was asked and answered of a ticket, for those who may see it."""
    row = await _of(reading, ticket)
    return row.as_rating() if row else None


async def asked_by_id(reading: Reading, satisfaction_id: int) -> tuple[Satisfaction, Ticket]:
    """A question for whoever holds the link to it, and the ticket it is about.

    Raises:
        NotFoundError: it is gone.
    """
    row: Satisfaction | None = await reading.session.scalar(
        select(Satisfaction).where(
            Satisfaction.id == satisfaction_id, Satisfaction.organization_id == reading.actor.organization_id
        )
    )
    ticket = await reading.session.get(Ticket, row.ticket_id) if row else None
    if row is None or ticket is None or ticket.deleted_at is not None:
        raise NotFoundError("This question is no longer asked.")
    return row, ticket


async def satisfaction_numbers(reading: Reading) -> SatisfactionNumbers:
    """Over all tickets of the organization."""
    rows = await reading.session.execute(
        select(Satisfaction.score, func.count())
        .where(Satisfaction.organization_id == reading.actor.organization_id)
        .group_by(Satisfaction.score)
    )
    counted = dict(rows.all())
    scores = {score: counted.get(score, 0) for score in SCORES}
    answered = sum(scores.values())
    mean = sum(score * count for score, count in scores.items()) / answered if answered else None
    return SatisfactionNumbers(asked=sum(counted.values()), answered=answered, mean=mean, scores=scores)


def satisfaction_url(app_url: str, link_key: str, row: Satisfaction) -> str:
    """The address to mail to the person who is asked."""
    return f"{app_url}/satisfaction/{sign_numbers(link_key, _PURPOSE, row.id, row.organization_id)}"


def read_satisfaction_token(link_key: str, token: str) -> tuple[int, int] | None:
    """Question and organization that `token` was issued for; None for any other text. Never raises."""
    issued = read_numbers(link_key, _PURPOSE, token, count=2)
    return (issued[0], issued[1]) if issued else None


async def _of(reading: Reading, ticket: Ticket) -> Satisfaction | None:
    found: Satisfaction | None = await reading.session.scalar(
        select(Satisfaction).where(Satisfaction.ticket_id == ticket.id)
    )
    return found
