"""Messages, changes of them and reactions: stored durably, then acknowledged; everything else follows in jobs."""

import json
from collections.abc import Mapping
from typing import Any

import structlog

from bot.slack.door import SlackDoor
from bot.slack.listeners.access import on_access_lost
from bot.slack.listeners.channel_readers import on_readers_changed
from bot.slack.listeners.home import publish_home
from bot.slack.listeners.links import on_links
from bot.slack.payloads.values import (
    AccessLost,
    ChannelReadersChanged,
    Event,
    HomeOpened,
    LinksShared,
    MessageDeleted,
    MessageEdited,
    MessageEvent,
    Reaction,
)
from bot.slack.places import Place
from bot.slack.screening import ACCEPTED, NOT_ADDRESSED
from core.errors import InvalidInputError, TooLargeError
from core.intake.queries import may_belong_to_ticket
from core.intake.values import NO_TICKET, Channel, Gesture, InboundMessage
from core.people.values import system_actor

log = structlog.get_logger(__name__)

Talk = MessageEvent | MessageEdited | MessageDeleted | Reaction


async def on_event(door: SlackDoor, event: Event, envelope: Mapping[str, Any]) -> None:
    """Take what is for this desk; leave everything else where it is, by a named rule and without storing it.

    Raises:
        TryAgainLaterError: the database is away; Slack sends the event again.
    """
    if isinstance(event, HomeOpened) and event.tab in {"home", ""}:
        await publish_home(door, event.user)
    if isinstance(event, AccessLost):
        await on_access_lost(door, event)
        return
    if isinstance(event, LinksShared):
        await on_links(door, event)
        return
    if isinstance(event, ChannelReadersChanged):
        await on_readers_changed(door, event)
        return
    if isinstance(event, MessageEvent):
        rule = door.screening.rule_for(event)
    elif isinstance(event, MessageEdited | MessageDeleted):
        rule = door.screening.rule_for_change(event)
    elif isinstance(event, Reaction):
        rule = door.screening.rule_for_reaction(event)
    else:
        log.debug("slack.event_unused", kind=type(event).__name__)
        return
    if rule in {ACCEPTED, NOT_ADDRESSED} and (refused := await _not_for_the_desk(door, event)):
        rule = refused
    if rule in {ACCEPTED, NOT_ADDRESSED}:
        await _accept(door, event, envelope)
    else:
        log.debug("slack.message_left", rule=rule)


async def _not_for_the_desk(door: SlackDoor, event: Talk) -> str:
    """The rule by which an event is not even stored; empty where it is for the desk, or may be."""
    if isinstance(event, Reaction):
        if door.screening.gesture_of(event) is Gesture.CREATE:
            return ""
    elif event.is_direct or (isinstance(event, MessageEvent) and event.is_mention):
        return ""
    organization_id = await door.desk.intake.route_workspace(event.workspace_id)
    if organization_id is None:
        return "workspace-of-no-organization"
    if not isinstance(event, Reaction) and await door.desk.watching.is_watched(organization_id, event.channel_id):
        return ""
    if isinstance(event, MessageEvent) and event.is_for_everybody:
        return "channel-not-watched"
    places = [str(Place(event.channel_id, ts)) for ts in _what_it_is_about(event)]
    thread = f"{event.channel_id}:" if isinstance(event, Reaction) else str(_thread_of(event))
    async with door.desk.reading(system_actor(organization_id)) as reading:
        return "" if await may_belong_to_ticket(reading, Channel.SLACK, places, thread=thread) else NO_TICKET


def _what_it_is_about(event: Talk) -> list[str]:
    """The messages of which one must be the desk's. An answer may be changed before it has been read here."""
    match event:
        case MessageEvent():
            return [event.thread_ts]
        case Reaction():
            return [event.message_ts]
    return list({event.ts, event.thread_ts} - {""})


def _thread_of(event: MessageEvent | MessageEdited | MessageDeleted) -> Place:
    return Place(event.channel_id, event.thread_ts or event.ts)


async def _accept(door: SlackDoor, event: Talk, envelope: Mapping[str, Any]) -> None:
    without_secret = {name: value for name, value in envelope.items() if name != "token"}
    message = InboundMessage(
        channel=Channel.SLACK,
        external_id=event.event_id,
        raw=json.dumps(without_secret).encode(),
        received_at=door.desk.clock.now(),
        recipients=(event.workspace_id,),
    )
    try:
        accepted = await door.desk.intake.accept(message)
    except (InvalidInputError, TooLargeError) as refused:
        log.warning("slack.message_refused", reason=str(refused))  # the same would come again: no use in a retry
    else:
        log.info("slack.message_accepted", intake=accepted.intake_id, new=accepted.is_new)
