"""What the desk reads in a Slack event, and what it leaves."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.interpreter import SlackInterpreter
from bot.slack.screening import RULES, SlackScreening
from core.intake.values import CandidateKind, Channel, InboundMessage, Interpretation, Verdict
from tests.fakes import slack_requests as slack

INTERPRETER = SlackInterpreter(SlackScreening(slack.TRIAGE_CHANNEL))


def interpret(raw: bytes) -> Interpretation:
    return INTERPRETER.interpret(
        InboundMessage(channel=Channel.SLACK, external_id="Ev1", raw=raw, received_at=datetime(2026, 1, 2, tzinfo=UTC))
    )


def read(payload: dict[str, Any]) -> Interpretation:
    return interpret(json.dumps(payload).encode())


def test_a_mention_is_read() -> None:
    payload = slack.mention("*the* printer &amp; <#C1|office>\nmore", ts="1767312000.000100")
    found = read(payload)
    assert found.title == "*the* printer & #office"
    assert found.text == found.reply_text == "*the* printer & #office\nmore"
    assert found.sender is not None
    assert (found.sender.external_id, found.sender.verified) == (f"{slack.TEAM}:{slack.REQUESTER}", True)
    assert found.message_id == found.thread_key == f"{slack.CHANNEL}:1767312000.000100"
    assert found.candidates == ()
    assert found.opens_ticket
    assert found.sent_at == datetime(2026, 1, 2, 0, 0, 0, 100, tzinfo=UTC)


def test_a_thread_reply_names_its_thread() -> None:
    found = read(slack.message("me too", thread_ts="1.5"))
    assert [(c.kind, c.value) for c in found.candidates] == [(CandidateKind.SLACK_THREAD, f"{slack.CHANNEL}:1.5")]
    assert found.thread_key == f"{slack.CHANNEL}:1.5"
    assert not found.opens_ticket
    assert not found.is_internal


def test_a_thread_of_the_moderators_channel_is_internal() -> None:
    """chatwoot#15605: plain text in the triage thread is internal by default."""
    assert read(slack.message("hm", thread_ts="1.5", channel=slack.TRIAGE_CHANNEL)).is_internal


def test_both_events_of_one_mention_have_one_fingerprint() -> None:
    mention = slack.mention("x")
    as_message = slack.envelope(mention["event"] | {"type": "app_mention"})
    assert read(mention).fingerprint == read(as_message).fingerprint != ""
    assert read(slack.mention("x")).fingerprint != read(mention).fingerprint


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (slack.message("x", app_id=slack.APP, bot_id="B0BOT"), "own-message"),
        (slack.message("x", user=slack.BOT_USER), "own-message"),
        (slack.message("x", bot_id="B1", subtype="bot_message", user=None), "other-bot"),
        (slack.direct_message(" "), "empty-message"),
        (slack.message(f"ask <@{slack.BOT_USER}>"), "mention-is-its-own-event"),
        (slack.message("x", channel=slack.TRIAGE_CHANNEL), "triage-channel-talk"),
        (slack.message("x", subtype="channel_topic"), "unused-subtype:channel_topic"),
        (slack.reaction("tada"), "reaction-without-meaning"),
    ],
)
def test_what_is_not_for_the_desk_is_ignored_by_a_named_rule(payload: dict[str, Any], rule: str) -> None:
    found = read(payload)
    assert (found.screening.verdict, found.screening.rule) == (Verdict.IGNORE, rule)
    assert found.fingerprint == ""


def test_a_mention_among_moderators_is_a_ticket() -> None:
    assert read(slack.mention("x", channel=slack.TRIAGE_CHANNEL)).screening.verdict is Verdict.ACCEPT


def test_rules_have_names_of_their_own() -> None:
    assert len({name for name, _ in RULES}) == len(RULES)


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes) -> None:
    assert interpret(raw).screening.verdict is Verdict.QUARANTINE


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"type":"event_callback"}', b"\xff", b"7", b""])
def test_what_cannot_be_read_is_quarantined(raw: bytes) -> None:
    assert interpret(raw).screening.verdict is Verdict.QUARANTINE


def test_what_addresses_nobody_is_left_to_the_desk_which_knows_the_watched_channels() -> None:
    found = read(slack.message("x"))
    assert not found.opens_ticket
    assert found.talk is not None
    assert (found.talk.conversation, found.talk.is_direct) == (slack.CHANNEL, False)
