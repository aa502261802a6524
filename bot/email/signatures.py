"""Signatures at the end of what somebody wrote. Unsure means that there is none."""

import re

from bot.email import quote_words
from bot.email.quote_lines import is_rule

# ruff: noqa: RUF001 (letters and dashes of other scripts are meant)

_MOST_LINES = 20  # non-empty lines below the delimiter
_MOST_RULE_LINES = 12
_LONG_RULE = 15  # characters
_MOST_WORDS = 9
_CLOSING_LINES = 4
_CLOSING_LENGTH = 60
_DELIMITER = re.compile(r"(?:--|—|––|__) ?$")
_SENT_FROM = re.compile(
    rf"[\W_]{{0,8}}(?:{'|'.join(map(re.escape, quote_words.SENT_FROM))})(?:\b|(?<=[\u3000-\u9fff\uac00-\ud7af]))",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"i(?:phone|pad|os)\b|android|galaxy|samsung|smartphone|blackberry|outlook|\bmail\b|tutanota|superhuman|conquer",
    re.IGNORECASE,
)
_MOST_DEVICE_LENGTH = 90
_DISCLAIMER_LENGTH = (80, 3000)
_DEVICE_LAST = re.compile(
    r"[^.,;:!?]{2,40}(?:から送信|에서 보냄|'den gönderildi|[ıu]mdan gönderildi|lähetetty \w+stani)\W{0,3}$",
    re.IGNORECASE,
)
_CLOSING = re.compile(rf"\W*(?:{'|'.join(map(re.escape, quote_words.CLOSINGS))})\b", re.IGNORECASE)
_ADDRESS = re.compile(r"\(?\s*https?://\S+\s*\)?")
# A disclaimer says all three: that it is secret, for whom it was, and what to do where it went wrong.
_DISCLAIMER = tuple(
    re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    for words in (quote_words.CONFIDENTIAL, quote_words.ADDRESSEE, quote_words.IN_ERROR)
)
_QUESTION = ("?", "？", "؟", "\N{GREEK QUESTION MARK}")
_SENTENCE = re.compile(r"[,;!?]|\.\s")


def signature_start(lines: list[str], *, is_first: bool = True) -> int:
    """The index at which the signature of a passage begins; `len(lines)` where there is none.

    Below an underscore rule only where something stands above it: in the first passage the rule may open the mail.
    """
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    written = end
    end = _disclaimer_start(lines, end, is_first=is_first)
    sent_from = _sent_from_start(lines, end)
    below = 0
    for index in range(sent_from - 1, -1, -1):
        line = lines[index]
        if _DELIMITER.match(line) and below <= _MOST_LINES:
            return index if below or sent_from < end else sent_from
        ruled = _is_separator(lines, index) and 0 < below <= _MOST_RULE_LINES
        may_be = not is_first or any(above.strip() for above in lines[:index])
        if ruled and may_be and not lines[written - 1].rstrip().endswith(_QUESTION):
            return index
        below += bool(line.strip())
        if below > _MOST_LINES:
            break
    return sent_from if sent_from < end or end < written else len(lines)


def _is_separator(lines: list[str], index: int) -> bool:
    """An underscore rule; a short one directly below a line underlines that."""
    line = lines[index].strip()
    if not line.startswith("_") or not is_rule(line):
        return False
    return len(line) >= _LONG_RULE or not index or not lines[index - 1].strip()


def _disclaimer_start(lines: list[str], end: int, *, is_first: bool) -> int:
    """Where a last paragraph begins that a company's relay adds to every mail; `end` where there is none.

    Of the first passage it is never all: somebody may have written about one.
    """
    start = end
    while start and lines[start - 1].strip():
        start -= 1
    text = " ".join(lines[start:end])
    shortest, longest = _DISCLAIMER_LENGTH
    if not (
        (start or not is_first) and shortest < len(text) < longest and all(sign.search(text) for sign in _DISCLAIMER)
    ):
        return end
    while start and not lines[start - 1].strip():
        start -= 1
    return start if start or not is_first else end


def _sent_from_start(lines: list[str], end: int) -> int:
    """Where a last line such as `Sent from my phone` begins; `end` where there is none."""
    if end and _is_sent_from(lines[end - 1]):
        return end - 1
    return end


def _is_sent_from(line: str) -> bool:
    plain = line.strip().strip("*_<>()[]").rstrip(".")
    told = _ADDRESS.sub("", plain.split("<")[0])
    is_long = len(told.split()) > _MOST_WORDS or _SENTENCE.search(told)
    if is_long and (len(told) > _MOST_DEVICE_LENGTH or not _DEVICE.search(told)):
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
