"""Recognises header blocks, separators and forwards above a quotation, in many languages. Unsure means no."""

import re
from itertools import islice

from bot.email import quote_words
from bot.email.attributions import any_of

# ruff: noqa: RUF001 (full-width colons are meant)

MAX_LINE = 400  # characters of a line that are looked at
_MOST_HEADER_LINES = 14
_ENOUGH_LABELS = 3  # different ones; one less where a value is an address or a time

_LABELS = {
    "from": quote_words.FROM,
    "date": quote_words.DATE,
    "to": quote_words.TO,
    "subject": quote_words.SUBJECT,
    "other": quote_words.OTHER,
}
_KINDS = {
    word: frozenset(kind for kind, words in _LABELS.items() if word in words)
    for words in _LABELS.values()
    for word in words
}
_NO_KINDS: frozenset[str] = frozenset()
_LABEL = re.compile(r"([^\W\d_][^:：*|\t\n]{0,24}?)\*{0,2}(?:\s?[:：]|\s*[|\t]| {2,})(.*)")
_AFTER_LABEL = re.compile(r"[:：|\t]|  ")
_ANY_LABEL = re.compile(r"\*{0,2}[^\W\d_][^:：*\n]{0,24}\*{0,2}\s?[:：]\s*\S")
_OUTLOOK_RULE = re.compile(r"_{20,}\s*$")
_FEWEST_UNKNOWN = 3  # lines with a label in a language that nobody knows, below Outlook's rule
_MOMENT = re.compile(
    r"\W*(?:\w{2,12}[.,]? )?\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? (?:um |at |à )?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"
    r"(?: ?[AP]M)?(?: [A-Z]{2,5})?\W*$"
)
_LONGEST_NAME = 100
_FURTHEST_TO = 6  # lines below the name
_MOST_BARE_LINES = 24
_MARGIN = " \t\xa0>|*\u200e\u200f\u202a\u202b\u202c"
_ADDRESS = re.compile(r"\S@\S")
_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d\d\b")
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}|\d{1,2}\s?(?:am|pm)", re.IGNORECASE)
_RULE = re.compile(r"\s*(?:(?:[-_=\u2013\u2014\u2015\u2500\u2501] ?){5,}|(?:\* ?){3,})$")
_GAP = r"(?:[ \xa0*:]|&nbsp;){0,2}"
_ORIGINAL = re.compile(
    rf"[-_=]{{2,60}}{_GAP}(?:{any_of(quote_words.ORIGINAL_MESSAGE)}){_GAP}[-_=]{{2,60}}$", re.IGNORECASE
)
_ABOVE_THIS_LINE = re.compile(
    rf"[ #=_-]{{0,60}}(?:please )?(?:reply|type your reply|write) above this line[ #=_.-]{{0,60}}$"
    rf"|[#=_-]{{2,60}} ?[^#\n]{{0,80}}(?:{any_of(quote_words.ABOVE_THIS_LINE)})[^#\n]{{0,40}}[#=_-]{{2,60}}$",
    re.IGNORECASE,
)
_GROUPWISE = re.compile(r">>> ?[^>\n]{2,200}(?:>[^>\n]{0,100})?\d{1,2}[:.]\d{2}[^>\n]{0,20}>>>\s*$")
_FORWARD = re.compile(
    rf"-{{2,60}}[ *]?(?:{any_of(quote_words.FORWARDED)})|(?:{any_of(quote_words.FORWARDED)})[^\n]{{0,30}}[:：]$",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(
    rf"\s*(?:\[[^\]]{{0,60}}\]\s*)?(?:{any_of(quote_words.FORWARD_SUBJECTS)})\s*[:：]", re.IGNORECASE
)


def header_block(lines: list[str], at: int) -> int:
    """How many lines the `From: … Sent: …` block that begins at `at` takes; 0 where none begins there."""
    first, _, _ = _labelled(lines[at])
    if not first - {"other"}:
        return _bare_block(lines, at) or _unknown_block(lines, at)
    labels: dict[str, frozenset[str]] = {}  # each label, and which kinds its word can mean
    evidence = False
    last, unlabelled = at, 0
    for number in range(at, min(len(lines), at + _MOST_HEADER_LINES)):
        kinds, label, value = _labelled(lines[number])
        if kinds:
            labels[label] = kinds
            last, unlabelled = number, 0
        elif unlabelled or (not lines[number].strip() and len(labels) > 1):
            break
        else:
            unlabelled += 1  # a folded line, or a single empty one in between
        evidence = evidence or bool(_ADDRESS.search(value) or ("date" in kinds and _CLOCK.search(value)))
    found = _assigned([kinds - {"other"} for kinds in labels.values()])
    enough = len(found) + evidence >= _ENOUGH_LABELS
    return last - at + 1 if enough and found & {"from", "date"} else 0


def _bare_block(lines: list[str], at: int) -> int:
    """Notes without colons: name, moment, and then `To`, `cc` and `Subject`, each on a line above its value."""
    if not lines[at].strip() or len(lines[at]) > _LONGEST_NAME:
        return 0
    below = next((line for line in islice(lines, at + 1, at + _MOST_BARE_LINES) if line.strip()), "")
    if not (_MOMENT.match(below) or _MOMENT.match(lines[at])):
        return 0
    written = [(number, line) for number, line in enumerate(lines[at : at + _MOST_BARE_LINES], 1) if line.strip()]
    if len(written) < len(_LABELS):
        return 0
    labels = [_NO_KINDS if _MOMENT.match(line) else _kinds(line) for _, line in written]
    to = next((index for index, kinds in enumerate(labels[:_FURTHEST_TO]) if "to" in kinds), None)
    if to is None:
        return 0
    subject = next((index for index, kinds in enumerate(labels) if index > to and "subject" in kinds), None)
    return 0 if subject is None else written[min(subject + 1, len(written) - 1)][0]


def _unknown_block(lines: list[str], at: int) -> int:
    """Below Outlook's rule: who, with an address, when, and what more, under labels of whatever language."""
    if not (at and _OUTLOOK_RULE.match(lines[at - 1])):
        return 0
    count = 0
    for line in lines[at : at + _MOST_HEADER_LINES]:
        if not _ANY_LABEL.match(line[:MAX_LINE].lstrip(_MARGIN)):
            break
        count += 1
    if count < _FEWEST_UNKNOWN:
        return 0
    who, when = lines[at][:MAX_LINE], lines[at + 1][:MAX_LINE]
    return count if _ADDRESS.search(who) and _CLOCK.search(when) and _YEAR.search(when) else 0


def _kinds(label: str) -> frozenset[str]:
    return _KINDS.get(" ".join(label.strip(_MARGIN).lower().split()), _NO_KINDS)


def _assigned(options: list[frozenset[str]]) -> set[str]:
    """Distinct kinds that the labels cover: `Da` is from or to by language, and each label can be only one."""
    taken: set[str] = set()
    for kinds in sorted(options, key=len):
        taken.update(sorted(kinds - taken)[:1])
    return taken


def _labelled(line: str) -> tuple[frozenset[str], str, str]:
    """What kinds the label of `line` can be (none: no label), the label, and the text after it."""
    if not _AFTER_LABEL.search(line):
        return frozenset(), "", line[:MAX_LINE]
    line = line[:MAX_LINE]
    found = _LABEL.match(line.lstrip(_MARGIN))
    label = found[1].strip().lower() if found else ""
    kinds = _kinds(label)
    return kinds, label, found[2] if found and kinds else line


def is_rule(line: str) -> bool:
    return bool(_RULE.match(line.strip(_MARGIN)) or _RULE.match(line.rstrip()))


def is_original_message(line: str) -> bool:
    text = line.strip(_MARGIN)
    if len(text) >= MAX_LINE:
        return False
    return bool(
        (text[:1] in "-_=" and _ORIGINAL.match(text))
        or _ABOVE_THIS_LINE.match(text)
        or (line.startswith(">>>") and _GROUPWISE.match(line))
    )


def is_forward(line: str) -> bool:
    text = line.strip(_MARGIN)
    may_be = text.startswith("--") or text.endswith((":", "："))
    return may_be and len(text) < MAX_LINE and bool(_FORWARD.match(text))


def is_forward_subject(subject: str) -> bool:
    return bool(_FORWARD_SUBJECT.match(subject))
