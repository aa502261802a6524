"""Reading an accepted Slack event: raw JSON in, the desk's own words out."""

import hashlib
import json
from datetime import UTC, datetime

from bot.slack.errors import PayloadRefusedError
from bot.slack.payloads import parse_payload
from bot.slack.payloads.values import MessageEvent
from bot.slack.places import Place
from bot.slack.screening import ACCEPTED, SlackScreening
from bot.slack.text import first_line, to_plain, without_mention
from core.intake.values import (
    CandidateKind,
    Channel,
    InboundMessage,
    Interpretation,
    Screening,
    ThreadCandidate,
    Verdict,
)
from core.people.values import IdentityKind, Sender
from core.tickets.values import TITLE_LENGTH


class SlackInterpreter:
    """Implements `core.intake.ports.Interpreter` for Slack."""

    channel = Channel.SLACK

    def __init__(self, screening: SlackScreening) -> None:
        self._screening = screening

    def interpret(self, message: InboundMessage) -> Interpretation:
        """Read one event envelope; what cannot be read is quarantined, what is no message ignored by name."""
        try:
            body = json.loads(message.raw)
        except (ValueError, RecursionError):
            return _refused(message, Verdict.QUARANTINE, "unreadable-json")
        if not isinstance(body, dict):
            return _refused(message, Verdict.QUARANTINE, "unreadable-json")
        try:
            event = parse_payload(body)
        except PayloadRefusedError as refused:
            verdict = Verdict.QUARANTINE if refused.is_malformed else Verdict.IGNORE
            return _refused(message, verdict, refused.reason)
        if not isinstance(event, MessageEvent):
            return _refused(message, Verdict.IGNORE, f"no-message:{type(event).__name__}")
        rule = self._screening.rule_for(event)
        if rule != ACCEPTED:
            return _refused(message, Verdict.IGNORE, rule)
        return _words(event, is_internal=event.channel_id == self._screening.triage_channel and event.is_thread_reply)


def _words(event: MessageEvent, *, is_internal: bool) -> Interpretation:
    text = to_plain(without_mention(event.text, event.own_user_id)).strip()
    files = [f"[file in Slack: {to_plain(file.name)} {file.url}]" for file in event.files]
    whole = "\n".join([text, *files]).strip()
    place = Place(event.channel_id, event.ts)
    thread = Place(event.channel_id, event.thread_ts or event.ts)
    return Interpretation(
        sender=_sender(event),
        title=first_line(text, TITLE_LENGTH),
        text=whole,
        reply_text=whole,
        message_id=str(place),
        fingerprint=hashlib.sha256(f"slack:{event.workspace_id}:{place}".encode()).hexdigest(),
        sent_at=_moment(event.ts),
        candidates=_candidates(event, thread),
        thread_key=str(thread),
        is_internal=is_internal,
        opens_ticket=event.is_direct or event.is_mention,
    )


def _sender(event: MessageEvent) -> Sender | None:
    if event.user is None:
        return None
    return Sender(kind=IdentityKind.SLACK, external_id=event.user.external_id, name=event.user.name, verified=True)


def _candidates(event: MessageEvent, thread: Place) -> tuple[ThreadCandidate, ...]:
    if not event.is_thread_reply:
        return ()
    return (ThreadCandidate(kind=CandidateKind.SLACK_THREAD, value=str(thread), rule="slack-thread"),)


def _moment(ts: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _refused(message: InboundMessage, verdict: Verdict, rule: str) -> Interpretation:
    return Interpretation(
        sender=None,
        title="",
        text="",
        reply_text="",
        message_id=f"slack:{message.external_id}",
        screening=Screening(verdict=verdict, rule=rule[:100]),
    )
