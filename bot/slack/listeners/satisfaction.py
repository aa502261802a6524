"""How satisfied somebody is: one press counts, and a form for words about it opens."""

from dataclasses import dataclass

from bot.slack import limits
from bot.slack.blocks import ids, satisfaction
from bot.slack.door import Act, SlackDoor
from bot.slack.payloads.values import BlockAction, SlackUser, ViewSubmission
from bot.slack.web_api import SlackRefusedError
from core.db.unit_of_work import UnitOfWork
from core.errors import ForbiddenError, TryAgainLaterError
from core.people.models import User
from core.tickets.models import Ticket
from core.tickets.queries import find_ticket, lock_ticket
from core.tickets.satisfaction import answer_satisfaction, rating_of
from core.tickets.values import SCORES

RATE_ACTIONS = frozenset({ids.RATE_AGAIN, *(satisfaction.rate_id(score) for score in SCORES)})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    number: int
    score: int
    comment: str | None = None


async def on_rated(door: SlackDoor, action: BlockAction) -> None:
    """Keep the score that was pressed, then ask for a comment. Where the form does not open, the score counts.

    Raises:
        DeskError: somebody else is asked, or nobody; nothing was changed.
    """
    number = ids.ticket_number_of(action.block_id)
    if action.action_id != ids.RATE_AGAIN:
        answer = _Answer(number=number, score=ids.ticket_number(action.value))
        await _keep(door, action.user, answer, key=action.trigger_id)
    async with door.reading(action.user) as reading:
        rating = await rating_of(reading, await find_ticket(reading, number))
        if rating is None or rating.user_id != reading.actor.user_id:
            raise ForbiddenError(f"Only whoever filed ticket #{number} is asked about its solution.")
    view = satisfaction.rate_modal(number, rating)
    try:
        await door.api.call("views.open", trigger_id=action.trigger_id, view=view, seconds=limits.VIEW_CALL_SECONDS)
    except (SlackRefusedError, TryAgainLaterError):
        return


async def save_rating(door: SlackDoor, submission: ViewSubmission) -> None:
    """The form was sent.

    Raises:
        DeskError: what the person should read; nothing was changed.
    """
    number, score, comment = satisfaction.read_rate(submission)
    answer = _Answer(number=number, score=score, comment=comment)
    await _keep(door, submission.user, answer, key=submission.view_id)


async def _keep(door: SlackDoor, user: SlackUser, answer: _Answer, *, key: str) -> None:
    async def work(uow: UnitOfWork, _: User) -> Ticket:
        ticket = await lock_ticket(uow, answer.number)
        return await answer_satisfaction(uow, ticket, score=answer.score, comment=answer.comment)

    await door.act(Act(user=user, key=key, rule="slack-rate", content=repr(answer)), work)
