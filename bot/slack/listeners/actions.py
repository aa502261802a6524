"""The buttons and menus of a card."""

from collections.abc import Callable

from bot.slack import limits
from bot.slack.acts import (
    Accept,
    Assign,
    Reopen,
    SetCategory,
    SetPriority,
    SetPublic,
    SetStatus,
    Take,
    TriageChange,
    Wake,
)
from bot.slack.blocks import ids, pieces
from bot.slack.blocks.card import CATEGORY_CHOICES, PRIORITY_CHOICES, STATUS_CHOICES
from bot.slack.changes import change_ticket
from bot.slack.commands import QueueView, ShowQueue
from bot.slack.door import SlackDoor, require_moderator
from bot.slack.errors import PayloadRefusedError
from bot.slack.listeners.commands import form_not_opened, read_card, read_queue
from bot.slack.listeners.form import on_form_action
from bot.slack.listeners.home import publish_home
from bot.slack.listeners.own_ticket import OWN_ACTIONS, on_own_action
from bot.slack.listeners.questions import ANSWERS, on_answer
from bot.slack.listeners.satisfaction import RATE_ACTIONS, on_rated
from bot.slack.listeners.triage_forms import FORMS, draw_form
from bot.slack.opening import open_new_ticket
from bot.slack.payloads.values import BlockAction
from bot.slack.web_api import SlackRefusedError
from core.errors import DeskError, TryAgainLaterError
from core.tickets.values import Category, Priority, Status

_PRESSED: dict[str, Callable[[int], TriageChange]] = {
    ids.TAKE: Take,
    ids.REOPEN: Reopen,
    ids.WAKE: Wake,
    ids.MAKE_PRIVATE: lambda number: SetPublic(number, is_public=False),
}


async def on_action(door: SlackDoor, action: BlockAction) -> None:
    """Do what was pressed. The card shows the result; only a refusal is told, to this person alone."""
    if action.action_id == ids.OPEN_PAGE:
        return
    if action.view is not None and action.view.callback_id == ids.NEW_TICKET_MODAL:
        await on_form_action(door, action, action.view)
        return
    try:
        if action.action_id in OWN_ACTIONS:
            await on_own_action(door, action)
        elif action.action_id in RATE_ACTIONS:
            await on_rated(door, action)
        elif action.action_id in ANSWERS:
            await on_answer(door, action)
        elif _deed(action) in FORMS:
            await _open_form(door, action)
        elif action.action_id == ids.QUEUE_PAGE:
            await _turn_page(door, action)
        elif action.action_id == ids.NEW_TICKET:
            await _open_new_ticket(door, action)
        else:
            change = read_change(action)
            await change_ticket(door, action.user, change, key=action.trigger_id)
            await _show_what_became(door, action, change.number)
    except DeskError as error:
        await door.tell_privately(action.user, pieces.notice(str(error)), response_url=action.response_url)


def read_change(action: BlockAction) -> TriageChange:
    """What a button or menu asks for.

    Raises:
        PayloadRefusedError: none of our buttons, or a value that we did not offer.
    """
    number, shown = ids.ticket_number_of(action.block_id), ids.shown_in(action.block_id)
    deed = _deed(action)
    if deed in _PRESSED:
        return _PRESSED[deed](number)
    if deed == ids.ACCEPT:
        return Accept(number, shown=(shown[0], shown[1]) if len(shown) > 1 else None)
    return _chosen(action, number, shown)


def _chosen(action: BlockAction, number: int, shown: tuple[str, ...]) -> TriageChange:
    match action.action_id:
        case ids.ASSIGN if action.value:
            return Assign(number, slack_user_id=action.value, shown=_at(shown, 3))
        case ids.STATUS if action.value in STATUS_CHOICES:
            return SetStatus(number, Status(action.value), shown=_at(shown, 2))
        case ids.PRIORITY if action.value in PRIORITY_CHOICES:
            return SetPriority(number, Priority(action.value), shown=_at(shown, 0))
        case ids.CATEGORY if action.value in CATEGORY_CHOICES:
            return SetCategory(number, Category(action.value), shown=_at(shown, 1))
    raise PayloadRefusedError("foreign-element")


def _deed(action: BlockAction) -> str:
    """What was pressed or chosen: a button or menu by its own name, what is behind the three dots by its value."""
    return action.value if action.action_id == ids.MORE else action.action_id


def _at(shown: tuple[str, ...], position: int) -> str | None:
    return next(iter(shown[position:]), None)


async def _turn_page(door: SlackDoor, action: BlockAction) -> None:
    view, before_id = ids.read_queue_page(action.value)
    if view not in set(QueueView):
        raise PayloadRefusedError("foreign-element")
    async with door.reading(action.user) as reading:
        require_moderator(reading)
        page = await read_queue(door, reading, ShowQueue(QueueView(view), before_id))
    await door.tell_privately(action.user, page, response_url=action.response_url, instead=True)


async def _open_form(door: SlackDoor, action: BlockAction) -> None:
    """One short read, one call: the trigger lives for 3 s."""
    number = ids.ticket_number_of(action.block_id)
    async with door.reading(action.user) as reading:
        require_moderator(reading)
        view = await draw_form(reading, _deed(action), number)
    try:
        await door.api.call("views.open", trigger_id=action.trigger_id, view=view, seconds=limits.VIEW_CALL_SECONDS)
    except (SlackRefusedError, TryAgainLaterError):
        told = form_not_opened(f"Press the button again, or write /triage {number} {FORMS[_deed(action)]}.")
        await door.tell_privately(action.user, told, response_url=action.response_url)


async def _open_new_ticket(door: SlackDoor, action: BlockAction) -> None:
    try:
        await open_new_ticket(door, action.user, action.trigger_id)
    except (SlackRefusedError, TryAgainLaterError):
        await door.tell_privately(action.user, form_not_opened("Press the button again, or write /ticket."))


async def _show_what_became(door: SlackDoor, action: BlockAction, number: int) -> None:
    """What only this person sees, their Home or a card for them alone, is not updated by the desk."""
    if action.view_id:
        await publish_home(door, action.user)
    if action.is_ephemeral and action.response_url:
        async with door.reading(action.user) as reading:
            card = await read_card(door, reading, number)
        await door.tell_privately(action.user, card, response_url=action.response_url, instead=True)
