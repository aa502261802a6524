"""Between people's text and Slack's mrkdwn, in both directions.

Source: https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Callable, Iterator

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_REFERENCE = re.compile(r"<([@#!][^<>\s][^<>\n]*|[a-z][a-z0-9+.-]{1,20}:[^<>\n]+)>")
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """Without what no JSON string of Slack's may hold: lone surrogates and control characters; lines end in LF."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", unified.encode("utf-8", "replace").decode("utf-8"))


def length(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def truncate(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, the cut shown by an ellipsis."""
    if length(text) <= limit:
        return text
    return _longest_prefix(text, limit - 1, cost=length).rstrip() + _ELLIPSIS


def pieces(text: str, limit: int) -> Iterator[str]:
    """The whole text in pieces of at most `limit` UTF-16 units; joined again they are the text."""
    while text:
        piece = _longest_prefix(text, limit, cost=length)
        yield piece
        text = text[len(piece) :]


def escape(text: str, limit: int | None = None) -> str:
    """Text as mrkdwn that can call nobody and link nowhere; cut before escaping, so that no entity is torn.

    `limit` is in UTF-16 units of the escaped text.
    """
    cleaned = clean(text)
    if limit is not None and _escaped_length(cleaned) > limit:
        cleaned = _longest_prefix(cleaned, limit - 1, cost=_escaped_length).rstrip() + _ELLIPSIS
    return cleaned.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def split(text: str, limit: int) -> tuple[str, str]:
    """The escaped beginning that fits into `limit` UTF-16 units, and the rest as it was; parted between words."""
    cleaned = clean(text)
    if _escaped_length(cleaned) <= limit:
        return escape(cleaned), ""
    size = len(_longest_prefix(cleaned, limit, cost=_escaped_length))
    end_of_word = max(cleaned.rfind("\n", size // 2, size), cleaned.rfind(" ", size // 2, size)) + 1
    size = end_of_word or size
    return escape(cleaned[:size]), cleaned[size:]


def quote(text: str, limit: int) -> str:
    """Escaped text as a block quote of at most `limit` UTF-16 units."""
    line_marks = 2 * (clean(text).count("\n") + 1)
    if line_marks >= limit // 2:  # thousands of empty lines: their marks alone would fill the block
        text = " ".join(text.split())
        line_marks = 2
    return "\n".join(f"> {line}" for line in escape(text, limit - line_marks).split("\n"))


def link(url: str, label: str) -> str:
    """A mrkdwn link whose label cannot end it early. `url` is one of ours."""
    address = url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    return f"<{address}|{escape(label).replace('|', '¦')}>"


def to_plain(text: str) -> str:
    """What a person wrote in Slack, as plain text: references spelled out, entities read."""
    spelled = _REFERENCE.sub(lambda match: _spell_out(match.group(1)), text)
    return clean(spelled.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def without_mention(text: str, user_id: str) -> str:
    """Slack text without the leading call of our own bot."""
    return re.sub(rf"^\s*<@{re.escape(user_id)}(\|[^>]*)?>[\s:,]*", "", text) if user_id else text


def first_line(text: str, limit: int) -> str:
    """The first line that holds anything, as a title."""
    lines = (line.strip() for line in text.splitlines())
    return truncate(next((line for line in lines if line), ""), limit)


def _spell_out(reference: str) -> str:
    target, _, label = reference.partition("|")
    if target.startswith("@"):
        return "@" + (label.removeprefix("@") or target[1:])
    if target.startswith("#"):
        return "#" + (label.removeprefix("#") or target[1:])
    if target.startswith("!"):
        return _spell_out_special(target, label)
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in {address, target} or target.endswith("://" + label):
        return address
    return f"{label} ({address})"


def _spell_out_special(target: str, label: str) -> str:
    if label:
        return label
    return "@" + target[1:].partition("^")[0]


def _escaped_length(text: str) -> int:
    return length(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def _longest_prefix(text: str, limit: int, *, cost: Callable[[str], int]) -> str:
    low, high = 0, min(len(text), max(limit, 0))
    while low < high:
        middle = (low + high + 1) // 2
        if cost(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return text[:low]
