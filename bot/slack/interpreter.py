"""Reading an accepted Slack event: raw JSON in, the desk's own words out."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.slack.errors import PayloadRefusedError
from bot.slack.files import remote_files
from bot.slack.payloads import parse_payload
from bot.slack.payloads.values import (
    MessageDeleted,
    MessageEdited,
    MessageEvent,
    Payload,
    Reaction,
    SlackFile,
    SlackUser,
)
from bot.slack.places import Place
from bot.slack.screening import ACCEPTED, NOT_ADDRESSED, SlackScreening
from bot.slack.text import first_line, to_plain, without_mention
from core.intake.values import (
    CandidateKind,
    Channel,
    InboundMessage,
    Interpretation,
    Pointing,
    Screening,
    Talk,
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
            event = read_envelope(message.raw)
        except PayloadRefusedError as refused:
            verdict = Verdict.QUARANTINE if refused.is_malformed else Verdict.IGNORE
            return _refused(message, verdict, refused.reason)
        if isinstance(event, MessageEdited | MessageDeleted):
            return _revision(message, event, self._screening)
        if isinstance(event, Reaction):
            return _gesture(message, event, self._screening)
        if not isinstance(event, MessageEvent):
            return _refused(message, Verdict.IGNORE, f"no-message:{type(event).__name__}")
        rule = self._screening.rule_for(event)
        if rule not in {ACCEPTED, NOT_ADDRESSED}:
            return _refused(message, Verdict.IGNORE, rule)
        return words_of(event, is_internal=event.channel_id == self._screening.triage_channel and event.is_thread_reply)


def read_envelope(raw: bytes) -> Payload:
    """What Slack sent.

    Raises:
        PayloadRefusedError: no JSON object, or nothing that this desk takes.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise PayloadRefusedError("unreadable-json") from error
    if not isinstance(body, dict):
        raise PayloadRefusedError("unreadable-json")
    return parse_payload(body)


def words_of(event: MessageEvent, *, is_internal: bool = False) -> Interpretation:
    """A message in the desk's own words; `is_internal` where only moderators read."""
    text = _read_words(event.text, event.own_user_id) or _names_of(event.files)
    place = Place(event.channel_id, event.ts)
    thread = Place(event.channel_id, event.thread_ts or event.ts)
    return Interpretation(
        sender=_sender(event.user),
        title=first_line(text, TITLE_LENGTH),
        text=text,
        reply_text=text,
        files=remote_files(event.files, event.workspace_id),
        message_id=str(place),
        fingerprint=_fingerprint(event.workspace_id, place),
        sent_at=_moment(event.ts),
        candidates=_candidates(event, thread),
        thread_key=str(thread),
        is_internal=is_internal,
        opens_ticket=event.is_direct or event.is_mention,
        thread_began_at=_moment(event.thread_ts) if event.is_thread_reply and not event.is_mention else None,
        edited_at=_moment(event.edited_ts),
        talk=_talk(event),
    )


def _talk(event: MessageEvent) -> Talk | None:
    """What is said to us alone, or to a whole channel; a mention is a ticket whatever else was said."""
    if event.user is None or not event.channel_type or not (event.is_direct or event.is_for_everybody):
        return None
    key = f"slack:{event.channel_id}:{event.user.external_id}"
    return Talk(conversation=event.channel_id, is_direct=event.is_direct, key=key)


def _gesture(message: InboundMessage, reaction: Reaction, screening: SlackScreening) -> Interpretation:
    """What a reaction asks for; the message that it is on is read by `SlackMessages`."""
    rule = screening.rule_for_reaction(reaction)
    gesture = screening.gesture_of(reaction)
    if rule != ACCEPTED or gesture is None:
        return _refused(message, Verdict.IGNORE, rule)
    place = Place(reaction.channel_id, reaction.message_ts)
    return Interpretation(
        sender=_sender(reaction.user),
        title="",
        text="",
        reply_text="",
        message_id=f"slack:{message.external_id}",
        opens_ticket=False,
        pointing=Pointing(
            gesture=gesture,
            channel_id=reaction.channel_id,
            place=str(place),
            fingerprint=_fingerprint(reaction.user.workspace_id, place),
            made_at=reaction.event_ts,
        ),
    )


def _revision(
    message: InboundMessage, change: MessageEdited | MessageDeleted, screening: SlackScreening
) -> Interpretation:
    """What is left of a message that somebody edited or deleted: words for those that the desk has taken."""
    rule = screening.rule_for_change(change)
    if rule != ACCEPTED:
        return _refused(message, Verdict.IGNORE, rule)
    text = ""
    if isinstance(change, MessageEdited):  # without any text it would be taken back
        text = _read_words(change.text, change.own_user_id) or _names_of(change.files)
    return Interpretation(
        sender=None,
        title=first_line(text, TITLE_LENGTH),
        text=text,
        reply_text=text,
        message_id=f"slack:{message.external_id}",
        sent_at=_moment(change.changed_ts),
        revises=_fingerprint(change.workspace_id, Place(change.channel_id, change.ts)),
        revises_at=str(Place(change.channel_id, change.ts)),
        thread_key=str(Place(change.channel_id, change.thread_ts or change.ts)),
        opens_ticket=False,
    )


def _read_words(text: str, own_user_id: str) -> str:
    """What a person wrote."""
    return to_plain(without_mention(text, own_user_id)).strip()


def _names_of(files: Sequence[SlackFile]) -> str:
    return f"(only attachments: {', '.join(to_plain(file.name) for file in files)})" if files else ""


def _fingerprint(workspace_id: str, place: Place) -> str:
    return hashlib.sha256(f"slack:{workspace_id}:{place}".encode()).hexdigest()


def _sender(user: SlackUser | None) -> Sender | None:
    if user is None:
        return None
    return Sender(kind=IdentityKind.SLACK, external_id=user.external_id, name=user.name, verified=True)


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
