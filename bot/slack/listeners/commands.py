"""`/ticket` and `/triage`: somebody waits, so each is answered privately at once."""

from typing import assert_never

import structlog

from bot.slack.blocks import lists, pieces
from bot.slack.blocks.card import ticket_card
from bot.slack.blocks.help import ticket_help, triage_help
from bot.slack.blocks.pieces import Message
from bot.slack.changes import change_ticket
from bot.slack.channel_commands import ShowChannels, WatchChannel
from bot.slack.commands import (
    FindSimilar,
    ListMine,
    NewTicketCommand,
    QueueView,
    ShowCard,
    ShowHelp,
    ShowQueue,
    ShowTicket,
    UseThisChannel,
    parse_ticket_command,
    parse_triage_command,
)
from bot.slack.door import SlackDoor, private_answer, require_moderator
from bot.slack.listeners.channel import use_channel
from bot.slack.listeners.channels import answer_channels
from bot.slack.listeners.one_ticket import read_ticket
from bot.slack.opening import open_new_ticket
from bot.slack.payloads.values import SlackUser, SlashCommand
from bot.slack.similar import Question, find_similar
from bot.slack.web_api import SlackRefusedError
from core.db.unit_of_work import Reading
from core.errors import DeskError, TryAgainLaterError
from core.search.queries import similar_shown
from core.search.values import Surface
from core.sla.queries import list_due
from core.sla.values import running_clock
from core.tickets.queries import TicketFilter, find_ticket, list_filed_and_joined, list_in_copy, list_lines
from core.tickets.satisfaction import rating_of
from core.triage.queries import latest_suggestion

log = structlog.get_logger(__name__)

Answer = dict[str, object]


async def on_ticket(door: SlackDoor, command: SlashCommand) -> Answer | None:
    """Answer `/ticket …`; None where a form has opened."""
    try:
        message = await _answer_ticket(door, command)
    except DeskError as error:
        message = pieces.notice(str(error))
    return private_answer(message) if message else None


async def on_triage(door: SlackDoor, command: SlashCommand) -> Answer:
    """Answer `/triage …`."""
    try:
        message = await _answer_triage(door, command)
    except DeskError as error:
        message = pieces.notice(str(error))
    return private_answer(message)


async def _answer_ticket(door: SlackDoor, command: SlashCommand) -> Message | None:
    wanted = parse_ticket_command(command.text)
    match wanted:
        case NewTicketCommand():
            return await _open_form(door, command, wanted.text)
        case ShowTicket():
            return await read_ticket(door, command.user, wanted.number)
        case ListMine():
            return await _list_mine(door, command.user)
        case FindSimilar():
            return await _find_similar(door, command.user, wanted.text)
        case ShowHelp():
            return ticket_help()
        case _:
            assert_never(wanted)


async def _list_mine(door: SlackDoor, user: SlackUser) -> Message:
    async with door.reading(user) as reading:
        filed, joined = await list_filed_and_joined(reading, limit=lists.ROWS + 1)
        return lists.my_tickets(
            filed,
            joined,
            ticket_url=door.ticket_url,
            all_url=f"{door.desk.policy.app_url}/tickets",
        )


async def _open_form(door: SlackDoor, command: SlashCommand, text: str) -> Message | None:
    """Open the form; where Slack will not, the person gets back what they wrote."""
    try:
        await open_new_ticket(door, command.user, command.trigger_id, text)
    except (SlackRefusedError, TryAgainLaterError) as error:
        log.warning("slack.form_not_opened", reason=str(error))
        return form_not_opened("Send /ticket again.", text)
    return None


def form_not_opened(how_to_go_on: str, text: str = "") -> Message:
    """Says that a form did not open in time, and gives back what was written."""
    said = f"Slack did not open the form in time. {how_to_go_on}"
    return pieces.notice(f"{said} Your text:\n\n{text}" if text else said)


async def _find_similar(door: SlackDoor, user: SlackUser, text: str) -> Message:
    found = await find_similar(door, user, Question(title=text, surface=Surface.SLACK_COMMAND))
    return lists.similar_to(text, found, ticket_url=door.ticket_url)


async def _answer_triage(door: SlackDoor, command: SlashCommand) -> Message:
    async with door.reading(command.user) as reading:
        require_moderator(reading)
        wanted = parse_triage_command(command.text)
        match wanted:
            case ShowQueue():
                return await read_queue(door, reading, wanted)
            case ShowHelp():
                return triage_help()
            case UseThisChannel():
                pass
            case ShowCard():
                return await read_card(door, reading, wanted.number)
            case ShowChannels() | WatchChannel():
                return await answer_channels(door, reading, command, wanted)
    if isinstance(wanted, UseThisChannel):
        return await use_channel(door, command)
    changed = await change_ticket(door, command.user, wanted, key=command.trigger_id)
    return lists.changed(changed, ticket_url=door.ticket_url)


async def read_queue(door: SlackDoor, reading: Reading, wanted: ShowQueue) -> Message:
    """A page of the open tickets, newest first; of those that are due, the most urgent first."""
    row = lists.QueueRows(ticket_url=door.ticket_url, policy=reading.policy.sla, now=reading.clock.now())
    if wanted.view is QueueView.BREACHING:
        found = await list_due(reading, limit=lists.ROWS + 1, after=wanted.before_id or 0)
        return lists.queue([due.ticket.snapshot() for due in found], wanted, row=row)
    page = TicketFilter(
        open_only=True,
        assigned_to_id=(reading.actor.user_id or 0) if wanted.view is QueueView.MINE else None,
        unassigned=wanted.view is QueueView.UNASSIGNED,
        snoozed=wanted.view is QueueView.SNOOZED,
        before_id=wanted.before_id,
        limit=lists.ROWS + 1,
    )
    return lists.queue(await list_lines(reading, page), wanted, row=row)


async def read_card(door: SlackDoor, reading: Reading, number: int) -> Message:
    """The moderators' card of a ticket as it stands.

    Raises:
        NotFoundError: there is no such ticket.
    """
    ticket = await find_ticket(reading, number)
    shown = ticket.snapshot()
    return ticket_card(
        shown,
        advice=await latest_suggestion(reading, ticket.id),
        similar=await similar_shown(reading, ticket),
        similar_known=ticket.similar_found_at is not None,
        ticket_url=door.ticket_url,
        clock=running_clock(shown, reading.policy.sla, reading.clock.now()),
        rating=await rating_of(reading, ticket),
        others=[one.as_person() for one in await list_in_copy(reading, ticket)],
    )
