"""Signatures at the end of what somebody wrote. Unsure means that there is none."""

import re

from bot.email import quote_words
from bot.email.quote_lines import is_rule

# ruff: noqa: RUF001 (letters and dashes of other scripts are meant)

_MOST_LINES = 20  # non-empty lines below the delimiter
_MOST_RULE_LINES = 12
_MOST_WORDS = 9
_CLOSING_LINES = 4
_CLOSING_LENGTH = 60
_DELIMITER = re.compile(r"(?:--|—|––|__) ?$")
_SENT_FROM = re.compile(rf"[\s*_<(]*(?:{'|'.join(map(re.escape, quote_words.SENT_FROM))})\b", re.IGNORECASE)
_DEVICE_LAST = re.compile(
    r"[^.,;:!?]{2,40}(?:から送信|에서 보냄|'den gönderildi|[ıu]mdan gönderildi|lähetetty \w+stani)\W{0,3}$",
    re.IGNORECASE,
)
_CLOSING = re.compile(rf"\W*(?:{'|'.join(map(re.escape, quote_words.CLOSINGS))})\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[,;!?]|\.\s")


def signature_start(lines: list[str], *, is_first: bool = True) -> int:
    """The index at which the signature of a passage begins; `len(lines)` where there is none.

    Below an underscore rule only where something stands above it: in the first passage the rule may open the mail.
    """
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    sent_from = _sent_from_start(lines, end)
    below = 0
    for index in range(sent_from - 1, -1, -1):
        line = lines[index]
        if _DELIMITER.match(line) and below <= _MOST_LINES:
            return index if below or sent_from < end else sent_from
        ruled = is_rule(line) and line.strip().startswith("_") and 0 < below <= _MOST_RULE_LINES
        if ruled and (not is_first or any(above.strip() for above in lines[:index])):
            return index
        below += bool(line.strip())
        if below > _MOST_LINES:
            break
    return sent_from if sent_from < end else len(lines)


def _sent_from_start(lines: list[str], end: int) -> int:
    """Where a last line such as `Sent from my phone` begins; `end` where there is none."""
    if end and _is_sent_from(lines[end - 1]):
        return end - 1
    return end


def _is_sent_from(line: str) -> bool:
    plain = line.strip().strip("*_<>()[]").rstrip(".")
    if len(plain.split("<")[0].split()) > _MOST_WORDS or _SENTENCE.search(plain.split("<")[0]):
        return False
    return bool(_SENT_FROM.match(plain) or _DEVICE_LAST.match(plain))


def is_closing(lines: list[str]) -> bool:
    """Whether `lines` are only a farewell: `Regards, Roman`."""
    written = [line for line in lines if line.strip()]
    return (
        0 < len(written) <= _CLOSING_LINES
        and all(len(line) <= _CLOSING_LENGTH for line in written)
        and bool(_CLOSING.match(written[0]))
    )
