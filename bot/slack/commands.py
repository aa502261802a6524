"""The grammar of `/ticket` and `/triage`. Pure: text in, a value out, errors that name the right form."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.slack import acts
from bot.slack.channel_commands import ChannelCommand, parse_channel_command
from bot.slack.near_words import in_the_right_order, meant
from bot.slack.text import to_plain
from bot.slack.when import read_when
from core.errors import InvalidInputError
from core.tickets.values import Category, Priority, Status

_LARGEST_NUMBER = 2**31 - 1
_NUMBER = re.compile(r"#?([0-9]{1,12})")
_MENTION = re.compile(r"<@([A-Z0-9]{2,30})(?:\|[^>]*)?>")
_USERNAME = re.compile(r"@?([\w.+-]{1,100}(?:@[\w.-]{1,189})?)")

CATEGORY_WORDS = {
    "bug": Category.BUG,
    "feature": Category.FEATURE_REQUEST,
    "feature request": Category.FEATURE_REQUEST,
    "question": Category.QUESTION,
    "performance": Category.PERFORMANCE,
}
PRIORITY_WORDS = {priority.value: priority for priority in Priority}
STATUS_WORDS = {status.value.replace("_", " "): status for status in Status}
SWITCH_WORDS = {"on": True, "off": False}

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class NewTicketCommand:
    text: str


@dataclass(frozen=True, slots=True)
class ShowTicket:
    number: int


@dataclass(frozen=True, slots=True)
class ListMine:
    pass


@dataclass(frozen=True, slots=True)
class FindSimilar:
    text: str


@dataclass(frozen=True, slots=True)
class ShowHelp:
    pass


class QueueView(StrEnum):
    """Which open tickets a moderator wants to see."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    BREACHING = "breaching"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True)
class ShowQueue:
    """A page of a queue; `before_id` is its cursor: the last id of the page before, or how many came before."""

    view: QueueView = QueueView.OPEN
    before_id: int | None = None


@dataclass(frozen=True, slots=True)
class UseThisChannel:
    """The cards of new tickets are to appear where this was written."""


@dataclass(frozen=True, slots=True)
class ShowCard:
    number: int


TicketCommand = NewTicketCommand | ShowTicket | ListMine | FindSimilar | ShowHelp
TriageCommand = ShowQueue | ShowHelp | UseThisChannel | ChannelCommand | ShowCard | acts.TriageChange


def parse_ticket_command(text: str) -> TicketCommand:
    """Read what stands behind `/ticket`; whatever is no other form is the text of a new ticket.

    Raises:
        InvalidInputError: `similar` without a text, or a number that no ticket can have.
    """
    words = text.strip()
    if match := _NUMBER.fullmatch(words):
        return ShowTicket(_number(match))
    match words.lower():
        case "mine":
            return ListMine()
        case "help":
            return ShowHelp()
        case _:
            first, rest = _head(words)
    if first.lower() == "similar":
        return FindSimilar(_text(rest, "/ticket similar TEXT"))
    return NewTicketCommand(to_plain(words))


def parse_triage_command(text: str) -> TriageCommand:
    """Read what stands behind `/triage`.

    Raises:
        InvalidInputError: none of the forms; `mend` names the right one.
    """
    words = text.strip()
    if not words:
        return ShowQueue()
    if words.lower() == "help":
        return ShowHelp()
    if words.lower() == "here":
        return UseThisChannel()
    if words.lower() in set(QueueView):
        return ShowQueue(QueueView(words.lower()))
    first, rest = _head(words)
    if first.lower() in {"channel", "channels"}:
        return parse_channel_command(rest)
    match = _NUMBER.fullmatch(first)
    if match is None:
        raise InvalidInputError(
            f"“{to_plain(first)[:80]}” is no ticket number.",
            mend=in_the_right_order(first, rest, _KNOWN)
            + meant("/triage", first, [*QueueView, "channel", "help", "here"])
            + _form("/triage 123 …, or /triage mine|unassigned|breaching|snoozed"),
        )
    number = _number(match)
    verb, argument = _head(rest)
    return _change(number, verb.lower(), argument) if verb else ShowCard(number)


def _change(number: int, verb: str, argument: str) -> acts.TriageChange:
    if verb in _ALONE:
        _nothing(argument, f"/triage {number} {verb}")
        return _ALONE[verb](number)
    if verb not in _VERBS:
        raise InvalidInputError(
            f"“{to_plain(verb)[:80]}” is nothing that can be done to a ticket.",
            mend=meant(f"/triage {number}", verb, _KNOWN) + "/triage help lists what can.",
        )
    return _VERBS[verb](number, argument)


def _priority(number: int, argument: str) -> acts.SetPriority:
    return acts.SetPriority(number, _choice(argument, PRIORITY_WORDS, f"/triage {number} priority low|medium|high"))


def _category(number: int, argument: str) -> acts.SetCategory:
    form = f"/triage {number} category bug|feature|question|performance"
    return acts.SetCategory(number, _choice(argument, CATEGORY_WORDS, form))


def _public(number: int, argument: str) -> acts.SetPublic:
    return acts.SetPublic(number, is_public=_choice(argument, SWITCH_WORDS, f"/triage {number} public on|off"))


def _note(number: int, argument: str) -> acts.AddNote:
    return acts.AddNote(number, _text(argument, f"/triage {number} note TEXT"))


def _reply(number: int, argument: str) -> acts.AddReply:
    return acts.AddReply(number, _text(argument, f"/triage {number} reply TEXT"))


def _resolve(number: int, argument: str) -> acts.Resolve:
    return acts.Resolve(number, _text(argument, f"/triage {number} resolve TEXT"))


def _snooze(number: int, argument: str) -> acts.Snooze | acts.Wake:
    if argument.lower() == "off":
        return acts.Wake(number)
    until = read_when(argument)
    if until is None:
        said = f"“{to_plain(argument)[:80]}” is no moment that I know." if argument else "Until when?"
        raise InvalidInputError(
            said, mend=_form(f"/triage {number} snooze later|tomorrow|next week|friday|3h|2026-12-31")
        )
    return acts.Snooze(number, until)


def _merge(number: int, argument: str) -> acts.Merge:
    match = _NUMBER.fullmatch(argument.strip())
    if match is None:
        raise InvalidInputError("Into which ticket?", mend=_form(f"/triage {number} merge 45"))
    return acts.Merge(number, _number(match))


def _assign(number: int, argument: str) -> acts.Assign:
    if match := _MENTION.fullmatch(argument):
        return acts.Assign(number, slack_user_id=match.group(1))
    if argument.lower() in {"nobody", "none"}:
        return acts.Assign(number)
    if match := _USERNAME.fullmatch(to_plain(argument)):
        return acts.Assign(number, username=match.group(1))
    raise InvalidInputError("Who is to have the ticket?", mend=_form(f"/triage {number} assign @who"))


def _status(number: int, argument: str) -> acts.SetStatus:
    spelled = argument.replace("_", " ").replace("-", " ")
    status = _choice(spelled, STATUS_WORDS, f"/triage {number} status pending|in_progress|waiting")
    if status is Status.COMPLETED:
        raise InvalidInputError(
            "A ticket is completed with what solved it.", mend=_form(f"/triage {number} resolve TEXT")
        )
    return acts.SetStatus(number, status)


_ALONE: dict[str, Callable[[int], acts.TriageChange]] = {
    "take": acts.Take,
    "reopen": acts.Reopen,
    "accept": acts.Accept,
    "wake": acts.Wake,
}


def _add(number: int, argument: str) -> acts.AddPerson:
    return acts.AddPerson(number, *_person(argument, f"/triage {number} add"))


def _remove(number: int, argument: str) -> acts.RemovePerson:
    return acts.RemovePerson(number, *_person(argument, f"/triage {number} remove"))


def _person(argument: str, form: str) -> tuple[str, str]:
    """A Slack user id, or an address or username."""
    if match := _MENTION.fullmatch(argument):
        return match.group(1), ""
    if match := _USERNAME.fullmatch(to_plain(argument)):
        return "", match.group(1)
    raise InvalidInputError("Who is meant?", mend=_form(f"{form} @who, or a mail address"))


_VERBS: dict[str, Callable[[int, str], acts.TriageChange]] = {
    "assign": _assign,
    "priority": _priority,
    "category": _category,
    "status": _status,
    "public": _public,
    "note": _note,
    "reply": _reply,
    "resolve": _resolve,
    "add": _add,
    "remove": _remove,
    "snooze": _snooze,
    "merge": _merge,
}


_KNOWN = (*_ALONE, *_VERBS)


def _choice(argument: str, choices: dict[str, Choice], form: str) -> Choice:
    word = " ".join(argument.lower().split())
    if word not in choices:
        said = f"“{to_plain(argument)[:80]}” is not possible here." if word else "A word is missing."
        raise InvalidInputError(said, mend=_form(form))
    return choices[word]


def _text(argument: str, form: str) -> str:
    text = to_plain(argument).strip()
    if not text:
        raise InvalidInputError("The text is missing.", mend=_form(form))
    return text


def _nothing(argument: str, form: str) -> None:
    if argument:
        raise InvalidInputError(f"“{to_plain(argument)[:80]}” is too much.", mend=_form(form))


def _head(text: str) -> tuple[str, str]:
    """The first word and the rest, parted by any white space."""
    first, *rest = text.split(maxsplit=1) or [""]
    return first, rest[0].strip() if rest else ""


def _number(match: re.Match[str]) -> int:
    number = int(match.group(1))
    if not 0 < number <= _LARGEST_NUMBER:
        raise InvalidInputError(f"No ticket has the number {number}.")
    return number


def _form(form: str) -> str:
    return f"Write it as: {form}"
