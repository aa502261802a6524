"""Which Slack messages are for this desk: an ordered table of small rules, the first that applies decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.slack.payloads.values import MessageDeleted, MessageEdited, MessageEvent, Reaction
from bot.slack.reactions import DEFAULT, gesture_of, read_reactions
from core.intake.values import Gesture

Rule = Callable[[MessageEvent, str], bool]
ACCEPTED = "default-accept"
NOT_ADDRESSED = "not-addressed"
"""Said to a whole channel: for the desk only where that channel is watched."""


def _is_own(event: MessageEvent, _triage_channel: str) -> bool:
    return event.is_own


def _is_from_app(event: MessageEvent, _triage_channel: str) -> bool:
    return event.is_from_app


def _is_empty(event: MessageEvent, _triage_channel: str) -> bool:
    return not event.text.strip() and not event.files


def _comes_as_mention(event: MessageEvent, _triage_channel: str) -> bool:
    """In a channel Slack sends a mention twice, as `message` and as `app_mention`; the second one counts."""
    calls_us = bool(event.own_user_id) and f"<@{event.own_user_id}" in event.text
    return calls_us and not event.is_mention and not event.is_direct


def _is_triage_talk(event: MessageEvent, triage_channel: str) -> bool:
    return event.channel_id == triage_channel and not event.is_thread_reply and not event.is_mention


def _is_not_addressed(event: MessageEvent, _triage_channel: str) -> bool:
    return event.is_for_everybody


RULES: tuple[tuple[str, Rule], ...] = (
    ("own-message", _is_own),
    ("other-bot", _is_from_app),
    ("empty-message", _is_empty),
    ("mention-is-its-own-event", _comes_as_mention),
    ("triage-channel-talk", _is_triage_talk),
    (NOT_ADDRESSED, _is_not_addressed),
)


@dataclass(frozen=True, slots=True)
class SlackScreening:
    """The deployment's rules.

    `triage_channel` is the id of the moderators' channel, or empty; `reactions` says which of them asks for what.
    """

    triage_channel: str = ""
    reactions: Mapping[str, Gesture] = field(default_factory=lambda: read_reactions(DEFAULT))

    def rule_for(self, event: MessageEvent) -> str:
        """The name of the rule that ignores this message, or `default-accept`."""
        return next((name for name, applies in RULES if applies(event, self.triage_channel)), ACCEPTED)

    @staticmethod
    def rule_for_change(change: MessageEdited | MessageDeleted) -> str:
        """The same for a message that was edited or deleted."""
        if change.is_from_app:
            return "other-bot"
        return "nothing-changed" if isinstance(change, MessageEdited) and change.says_the_same else ACCEPTED

    def gesture_of(self, reaction: Reaction) -> Gesture | None:
        """What a reaction asks for here."""
        return gesture_of(reaction.reaction, self.reactions)

    def rule_for_reaction(self, reaction: Reaction) -> str:
        """The same for a reaction. Taking one back undoes nothing."""
        if reaction.is_removed:
            return "reaction-removed"
        if reaction.user.user_id == reaction.own_user_id:
            return "own-reaction"
        return ACCEPTED if self.gesture_of(reaction) else "reaction-without-meaning"
