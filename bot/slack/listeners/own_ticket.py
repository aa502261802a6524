"""The buttons below a requester's confirmation. It shows the result; only a refusal is told, to this person alone."""

from bot.slack import limits
from bot.slack.blocks import ids, own_ticket, pieces
from bot.slack.door import Act, SlackDoor
from bot.slack.errors import PayloadRefusedError
from bot.slack.listeners.commands import form_not_opened
from bot.slack.listeners.one_ticket import read_ticket
from bot.slack.payloads.values import BlockAction, ViewSubmission
from bot.slack.web_api import SlackRefusedError
from core.db.unit_of_work import UnitOfWork
from core.errors import ForbiddenError, TryAgainLaterError
from core.people.models import User
from core.search.values import Verdict
from core.tickets.models import Ticket
from core.tickets.own import edit_own, judge_similar, show_own, solve_own, withdraw_own
from core.tickets.participating import leave_ticket
from core.tickets.queries import find_ticket, lock_ticket

OWN_ACTIONS = frozenset(
    {ids.EDIT, ids.WITHDRAW, ids.OWN_PRIVATE, ids.OWN_PUBLIC, ids.SOLVED, ids.NOT_HELPFUL, ids.LEAVE}
)


async def on_own_action(door: SlackDoor, action: BlockAction) -> None:
    """Do what was pressed below a confirmation.

    Raises:
        DeskError: not theirs, no longer possible, or none of our buttons; nothing was changed.
    """
    number = ids.ticket_number_of(action.block_id)
    if action.action_id == ids.EDIT:
        await _open_edit(door, action, number)
        return

    async def work(uow: UnitOfWork, _: User) -> Ticket:
        return await _carry_out(uow, action, await lock_ticket(uow, number))

    content = f"{action.action_id} {number} {action.value}"
    rule = f"slack-{action.action_id.replace('.', '-').replace('_', '-')}"
    await door.act(Act(user=action.user, key=action.trigger_id, rule=rule, content=content), work)
    await _show_what_became(door, action, number)


async def _show_what_became(door: SlackDoor, action: BlockAction, number: int) -> None:
    """What this person alone sees is not updated by the desk."""
    if not (action.is_ephemeral and action.response_url):
        return
    if action.action_id == ids.LEAVE:
        shown = pieces.notice(f"You take part in ticket #{number} no more.")
    else:
        shown = await read_ticket(door, action.user, number)
    await door.tell_privately(action.user, shown, response_url=action.response_url, instead=True)


async def _carry_out(uow: UnitOfWork, action: BlockAction, ticket: Ticket) -> Ticket:
    match action.action_id:
        case ids.WITHDRAW:
            return await withdraw_own(uow, ticket)
        case ids.OWN_PRIVATE | ids.OWN_PUBLIC:
            return await show_own(uow, ticket, is_public=action.action_id == ids.OWN_PUBLIC)
        case ids.SOLVED:
            return await solve_own(uow, ticket, solved_by=ids.ticket_number(action.value))
        case ids.NOT_HELPFUL:
            similar = ids.ticket_number(action.value)
            return await judge_similar(uow, ticket, number=similar, verdict=Verdict.NOT_HELPFUL)
        case ids.LEAVE:
            return await leave_ticket(uow, ticket)
    raise PayloadRefusedError("foreign-element")


async def _open_edit(door: SlackDoor, action: BlockAction, number: int) -> None:
    """One short read, one call: the trigger lives for 3 s."""
    async with door.reading(action.user) as reading:
        ticket = (await find_ticket(reading, number)).snapshot()
        if reading.actor.user_id != ticket.created_by.id:
            raise ForbiddenError(f"Only whoever filed ticket #{number} can edit it.")
    told = None
    if not own_ticket.fits_a_form(ticket):
        told = pieces.notice(f"This text is too long for a form in Slack. Edit it here: {door.ticket_url(number)}/edit")
    else:
        view = own_ticket.edit_modal(ticket)
        try:
            await door.api.call("views.open", trigger_id=action.trigger_id, view=view, seconds=limits.VIEW_CALL_SECONDS)
        except (SlackRefusedError, TryAgainLaterError):
            told = form_not_opened("Press the button again.")
    if told is not None:
        await door.tell_privately(action.user, told, response_url=action.response_url)


async def save_edit(door: SlackDoor, submission: ViewSubmission) -> None:
    """The form of `Edit…` was sent.

    Raises:
        DeskError: what the person should read; nothing was changed, and the form keeps their words.
    """
    form = own_ticket.read_edit(submission)

    async def work(uow: UnitOfWork, _: User) -> Ticket:
        ticket = await lock_ticket(uow, form.number)
        return await edit_own(uow, ticket, title=form.title, description=form.description, seen=form.seen)

    act = Act(user=submission.user, key=submission.view_id, rule="slack-own-edit", content=repr(form))
    await door.act(act, work)
