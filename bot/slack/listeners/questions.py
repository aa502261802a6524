"""The buttons under our questions: make a ticket of it, it belongs to that one, never mind."""

from bot.slack.blocks import pieces
from bot.slack.blocks.ids import ticket_number
from bot.slack.door import Act, SlackDoor
from bot.slack.listeners.home import publish_home
from bot.slack.payloads.values import BlockAction
from core.db.unit_of_work import UnitOfWork
from core.errors import NotFoundError
from core.gathering.answers import answer
from core.gathering.questions import CATEGORIES
from core.gathering.values import Answer
from core.intake.values import Outcome
from core.people.models import User
from core.tickets.models import Ticket

_NOTED = "Noted: {}. What were you doing, and what happened instead?"
_DROPPED = "All right, no ticket was made."
ANSWERS = frozenset(answered.value for answered in Answer)


async def on_answer(door: SlackDoor, action: BlockAction) -> None:
    """Do what was pressed, and let the question say what became of it, or the Home tab show it.

    Raises:
        DeskError: what the person should read; nothing was changed.
    """
    answered, gathering_id = Answer(action.action_id), ticket_number(action.value)
    if answered in {Answer.FILE, Answer.JOIN}:
        said = await _file(door, action, answered, gathering_id)
    else:
        async with door.acting(action.user) as uow:
            person = await uow.session.get_one(User, uow.actor.user_id)
            await answer(uow, gathering_id, answered, person=person)
            await uow.commit()
        said = _NOTED.format(CATEGORIES[answered].value.lower()) if answered in CATEGORIES else _DROPPED
    if action.view_id:
        await publish_home(door, action.user)
    else:
        await door.tell_privately(action.user, pieces.notice(said), response_url=action.response_url, instead=True)


async def _file(door: SlackDoor, action: BlockAction, answered: Answer, gathering_id: int) -> str:
    async def work(uow: UnitOfWork, person: User) -> Ticket:
        ticket = await answer(uow, gathering_id, answered, person=person)
        if ticket is None:
            raise NotFoundError("That became no ticket.")
        return ticket

    outcome = Outcome.TICKETED if answered is Answer.FILE else Outcome.REPLIED
    act = Act(
        user=action.user,
        key=action.trigger_id,
        rule=f"slack-{answered.value}",
        content=action.value,
        outcome=outcome,
    )
    ticket = await door.act(act, work)
    return f"This is ticket #{ticket.number}: {door.ticket_url(ticket.number)}"
