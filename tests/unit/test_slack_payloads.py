"""Everything Slack sends becomes a value or is refused by name; nothing else is ever raised."""

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.blocks.new_ticket import new_ticket_modal
from bot.slack.errors import PayloadRefusedError
from bot.slack.payloads import parse_payload
from bot.slack.payloads.values import (
    AccessLost,
    BlockAction,
    GlobalShortcut,
    HomeOpened,
    MessageDeleted,
    MessageEdited,
    MessageEvent,
    MessageShortcut,
    Reaction,
    SlashCommand,
    ViewSubmission,
)
from tests.fakes import slack_requests as slack

EXAMPLES: list[tuple[type, dict[str, Any]]] = [
    (SlashCommand, slack.command("/ticket", "the printer jams")),
    (MessageEvent, slack.direct_message("hello")),
    (MessageEvent, slack.mention("hello")),
    (MessageEvent, slack.message("", subtype="file_share", files=[{"id": "F1", "name": "a.png", "size": 3}])),
    (MessageEvent, slack.message("again", subtype="thread_broadcast", thread_ts="1.1")),
    (MessageEvent, slack.message("beep", subtype="bot_message", user=None, bot_id="B1")),
    (MessageEdited, slack.edited("new", slack.message("old"))),
    (MessageDeleted, slack.deleted(slack.message("old"))),
    (Reaction, slack.reaction("eyes")),
    (Reaction, slack.reaction("eyes", removed=True)),
    (HomeOpened, slack.envelope({"type": "app_home_opened", "user": "U1", "tab": "home"})),
    (AccessLost, slack.envelope({"type": "tokens_revoked", "tokens": {"bot": ["U1"]}})),
    (BlockAction, slack.press("ticket.take", "ticket:1:1:act", "1")),
    (BlockAction, slack.choose("ticket.priority", "ticket:1:1:sort", "high")),
    (ViewSubmission, slack.submission(new_ticket_modal("x"), {"title": "x", "public": ["public"]})),
    (GlobalShortcut, slack.global_shortcut("new_ticket")),
    (MessageShortcut, slack.message_shortcut("create_ticket_from_message", "it is broken")),
]


@pytest.mark.parametrize(
    ("kind", "payload"), EXAMPLES, ids=[f"{kind.__name__}-{n}" for n, (kind, _) in enumerate(EXAMPLES)]
)
def test_every_kind_is_read(kind: type, payload: dict[str, Any]) -> None:
    assert isinstance(parse_payload(payload), kind)


@pytest.mark.parametrize(
    ("payload", "reason", "is_malformed"),
    [
        ({}, "unknown-payload", True),
        ({"type": 7}, "unknown-payload", True),
        ({"type": "event_callback"}, "missing-field:event", True),
        ({"type": "event_callback", "event": []}, "wrong-type:event", True),
        ({"command": "/ticket"}, "missing-field:team_id", True),
        ({"type": "block_actions", "actions": []}, "missing-field:actions", True),
        ({"type": "dialog_submission"}, "unused-interaction:dialog_submission", False),
        (slack.envelope({"type": "member_joined_channel"}), "unused-event:member_joined_channel", False),
        (slack.message("x", subtype="channel_topic"), "unused-subtype:channel_topic", False),
        (slack.message("x", ts="9" * 300), "too-long:ts", True),
        (slack.message("x", channel=["C1"]), "wrong-type:channel", True),
    ],
)
def test_what_is_not_taken_is_refused_by_name(payload: dict[str, Any], reason: str, is_malformed: bool) -> None:
    with pytest.raises(PayloadRefusedError) as refused:
        parse_payload(payload)
    assert (refused.value.reason, refused.value.is_malformed) == (reason, is_malformed)


def test_who_and_where_of_a_mention() -> None:
    event = parse_payload(slack.mention("the printer jams", thread_ts="1.0"))
    assert isinstance(event, MessageEvent)
    assert event.user is not None
    assert event.user.external_id == f"{slack.TEAM}:{slack.REQUESTER}"
    assert event.is_mention
    assert event.is_thread_reply
    assert not event.is_own


def test_the_workspace_is_the_one_that_has_the_app_installed() -> None:
    """In a shared channel `team_id` may be the other side's."""
    payload = slack.message("x") | {"team_id": "TOTHER"}
    event = parse_payload(payload)
    assert isinstance(event, MessageEvent)
    assert event.workspace_id == slack.TEAM


@pytest.mark.parametrize("fields", [{"bot_id": "B1", "app_id": slack.APP}, {"user": slack.BOT_USER}])
def test_our_own_messages_are_known_as_ours(fields: dict[str, str]) -> None:
    event = parse_payload(slack.message("echo", **fields))
    assert isinstance(event, MessageEvent)
    assert event.is_own


def test_a_submission_gives_what_was_entered() -> None:
    view = new_ticket_modal()
    sent = slack.submission(view, {"title": "Printer", "priority": "high", "public": ["public"]})
    read = parse_payload(sent)
    assert isinstance(read, ViewSubmission)
    assert read.values == {
        "kind": "",
        "title": "Printer",
        "description": "",
        "category": "",
        "priority": "high",
        "public": "public",
    }


leaves: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.builds(list)
    | st.builds(dict)
    | st.builds(lambda: [{}])
)


@given(st.sampled_from([payload for _, payload in EXAMPLES]), st.data())
@settings(max_examples=400, deadline=None)
def test_no_mutation_raises_anything_else(payload: dict[str, Any], data: st.DataObject) -> None:
    mutated = copy.deepcopy(payload)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(_places(mutated)))
        holder[key] = data.draw(leaves)
    _read_or_refuse(mutated)


@given(st.recursive(leaves, lambda inner: st.dictionaries(st.text(max_size=8), inner) | st.lists(inner), max_leaves=8))
def test_no_json_raises_anything_else(value: Any) -> None:
    _read_or_refuse({"type": "event_callback", "event": value})
    _read_or_refuse({"type": "view_submission", "view": value, "user": {"id": "U1", "team_id": "T1"}})


def _read_or_refuse(payload: dict[str, Any]) -> None:
    with suppress(PayloadRefusedError):
        parse_payload(payload)


def _places(node: Any) -> list[tuple[Any, Any]]:
    items = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    return [(node, key) for key, _ in items] + [place for _, value in items for place in _places(value)]
