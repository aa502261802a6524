"""What somebody newly wrote, apart from what they quoted and signed. Unsure means keep; the full text is always stored.

The rules, on lines:
1. A header block, an `Original Message` separator or an attribution over unquoted text ends what was written, if
   something was written above it. A forwarded message is content and ends the search.
2. A `>` block below what was written goes, and so does one above it when an attribution introduces it (bottom posting).
3. A `>` block between two written passages stays (interleaved answers), its attribution goes. A farewell is no passage.
4. A signature at the end of a passage goes.
5. Where the sender says that answers stand inside of unquoted old text, all of it stays.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from enum import Enum

from bot.email import quote_lines
from bot.email.attributions import attribution, split_shared_line
from bot.email.html_quotes import written_text
from bot.email.inline_answers import announces_answers
from bot.email.pgp_inline import without_armour
from bot.email.same_words import end_of
from bot.email.signatures import is_closing, signature_start

MAX_LINES = 2000  # a longer text is only searched this far
_QUOTED = re.compile(r" {0,3}(?:>|[A-Z][A-Za-z]{0,2}>(?=\s|$|>))")
_BRACKETED_ADDRESS = re.compile(r"[<(][^<>()\s]{1,250}@")
_FORM_LINE = re.compile(r"[^\W\d_][^:\n*>|]{0,24}:\s+\S")
_WRAPPED = 45  # characters of a quoted line that a relay may have wrapped
_ONE_WORD = re.compile(r"\W{0,2}[^\W\d_]{1,20}\W{0,3}")
_ENDS_OF_SENTENCES = (".", "?", "!", ":", "。", "？", "！", "؟")
_INITIALS = re.compile(r" {0,3}[A-Z][A-Za-z]{0,2}>")
# ruff: noqa: RUF001 (full-width punctuation is meant)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplySplit:
    """`reply_text` is what to show; `quoted_text` and `signature` are what was taken away, in its order."""

    reply_text: str
    quoted_text: str = ""
    signature: str = ""


class _Kind(Enum):
    TEXT = "text"
    QUOTE = "quote"
    ATTRIBUTION = "attribution"


@dataclass(slots=True)
class _Run:
    kind: _Kind
    lines: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        return not any(line.strip() for line in self.lines)


@dataclass(slots=True)
class _Taken:
    quoted: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)


def split_reply(text: str, html: str = "", *, is_forward: bool = False) -> ReplySplit:
    """Splits a body as `parse` gives it: `text` with LF line ends, `html` bounded and not sanitised (may be empty).

    `is_forward` says that the subject calls it a forward: then a header block is content. Never raises.
    """
    text, armour = without_armour(text)
    split = _split_text(text, is_forward=is_forward)
    if armour:
        return replace(split, signature="\n".join(filter(None, (split.signature, armour))))
    written = written_text(html) if html and not is_forward else None
    if written is None:
        return split
    inner = _split_text(written.text, is_forward=False)
    if not inner.reply_text or announces_answers(inner.reply_text):
        return split
    found = _without_rest(split, inner.reply_text, written.signature)
    if found or split.quoted_text or not written.has_quotation:
        return found or split  # where the plain text says something else, what was found in it is believed
    return ReplySplit(reply_text=inner.reply_text, quoted_text=text, signature=inner.signature or written.signature)


def _without_rest(split: ReplySplit, words: str, signature: str) -> ReplySplit | None:
    """`split` without what still stands below `words`, such as a signature or an attribution that nobody knows.

    None where it begins with something else. `signature` is what the HTML calls so.
    """
    end = end_of(words, split.reply_text)
    if end < 0:
        return None
    rest = split.reply_text[end:].strip("\n")
    if not rest:
        return split
    signed = max(0, end_of(signature, rest)) if signature else 0
    return ReplySplit(
        reply_text=split.reply_text[:end],
        quoted_text="\n".join(filter(None, (rest[signed:].strip("\n"), split.quoted_text))),
        signature="\n".join(filter(None, (rest[:signed], split.signature))),
    )


def _split_text(text: str, *, is_forward: bool) -> ReplySplit:
    lines = [part for line in text.split("\n") for part in split_shared_line(line)]
    beyond = lines[MAX_LINES:]
    taken = _Taken()
    divided = _divide(lines[:MAX_LINES], is_forward=is_forward)
    if divided.old and announces_answers("\n".join(divided.written)):
        return ReplySplit(reply_text=text.strip("\n"))
    if beyond and not divided.old:
        return ReplySplit(reply_text=text.strip("\n"))
    runs = _runs(divided.written)
    _take_signatures(runs, taken)
    reply_text = "\n".join([*_keep(runs, taken), *divided.forwarded]).strip("\n")
    quoted = [*taken.quoted, *divided.old, *beyond]
    if not reply_text and not any(line.strip() for line in quoted):
        return ReplySplit(reply_text=text.strip("\n"))  # nothing but a signature: somebody wanted to say that
    return ReplySplit(
        reply_text=reply_text,
        quoted_text="\n".join(quoted).strip("\n"),
        signature="\n".join(taken.signature).strip("\n"),
    )


@dataclass(slots=True)
class _Divided:
    """A body in up to three: what was written (quoted lines in between included), a forwarded message, old text."""

    written: list[str]
    forwarded: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)


def _divide(lines: list[str], *, is_forward: bool) -> _Divided:
    """Finds the first mark after which all is forwarded or old."""
    written = False
    index = 0
    while index < len(lines):
        line = lines[index]
        if quote_lines.is_forward(line):
            return _Divided(lines[:index], forwarded=lines[index:])
        if written and (quote_lines.is_original_message(line) or _is_header_block(lines, index)):
            end = _above_rules(lines, index)
            rest = lines[end:]
            return _Divided(lines[:end], forwarded=rest) if is_forward else _Divided(lines[:end], old=rest)
        length = attribution(lines, index)
        if length and written and not _quote_follows(lines, index, length) and not _is_announced(lines, index):
            end = _above_rules(lines, index)
            return _Divided(lines[:end], old=lines[end:])
        written = written or not (length or _is_quoted(line) or quote_lines.is_rule(line) or not line.strip())
        index += length if length and not _is_quoted(line) else 1
    return _Divided(lines)


def _is_header_block(lines: list[str], index: int) -> bool:
    """A block of `From: … Sent: …` by itself; below a line of the same make it is part of a form."""
    above = lines[index - 1] if index else ""
    if _FORM_LINE.match(above) or not quote_lines.header_block(lines, index):
        return False
    return not _is_announced(lines, index)


def _is_announced(lines: list[str], index: int) -> bool:
    """`These headers came:` above it: the sender means what follows to be read."""
    above = next((line.rstrip() for line in reversed(lines[:index]) if line.strip()), "")
    return above.endswith((":", "："))


def _above_rules(lines: list[str], index: int) -> int:
    while index and (not lines[index - 1].strip() or quote_lines.is_rule(lines[index - 1])):
        index -= 1
    return index


def _quote_follows(lines: list[str], index: int, length: int) -> bool:
    following = next((line for line in lines[index + length :] if line.strip()), "")
    return _is_quoted(following) or _is_quoted(lines[index])


def _is_quoted(line: str) -> bool:
    return bool(_QUOTED.match(line))


def _runs(lines: list[str]) -> list[_Run]:
    """Stretches of one kind; blank lines and a broken-off word inside a quotation belong to it."""
    kinds = _kinds(lines)
    runs: list[_Run] = []
    for kind, line in zip(kinds, lines, strict=True):
        if not runs or runs[-1].kind is not kind:
            runs.append(_Run(kind))
        runs[-1].lines.append(line)
    return runs


def _kinds(lines: list[str]) -> list[_Kind]:
    kinds: list[_Kind] = []
    while len(kinds) < len(lines):
        index = len(kinds)
        if _is_quoted(lines[index]):
            kinds.append(_Kind.QUOTE)
        elif length := attribution(lines, index):
            kinds += [_Kind.ATTRIBUTION] * length
        else:
            kinds.append(_Kind.TEXT)
    for index, line in enumerate(lines):
        alone = _INITIALS.match(line) and _Kind.QUOTE not in (
            *kinds[max(0, index - 1) : index],
            *kinds[index + 1 : index + 2],
        )
        if kinds[index] is _Kind.QUOTE and alone:
            kinds[index] = _Kind.TEXT  # "A> see below" once is a label, not a quotation
    _join_broken(kinds, lines)
    return kinds


def _join_broken(kinds: list[_Kind], lines: list[str]) -> None:
    """A word that a relay's line wrap tore out of a quotation, and blank lines between quoted ones, go back into it."""
    previous = -1  # index of the last quoted line
    for index, kind in enumerate(kinds):
        if kind is not _Kind.QUOTE:
            continue
        between = lines[previous + 1 : index]
        torn = len(between) == 1 and _is_torn(between[0].strip(), lines[previous])
        if previous >= 0 and between and (torn or not any(line.strip() for line in between)):
            kinds[previous + 1 : index] = [_Kind.QUOTE] * len(between)
        previous = index


def _is_torn(line: str, above: str) -> bool:
    """Whether `line` is what a relay wrapped out of the quoted line above it; `No.` below a question is an answer."""
    if " " in line or above.rstrip().endswith(_ENDS_OF_SENTENCES):
        return False
    return len(above) >= _WRAPPED or not _ONE_WORD.fullmatch(line)


def _take_signatures(runs: list[_Run], taken: _Taken) -> None:
    for number, run in enumerate(runs):
        ends_passage = number + 1 == len(runs) or runs[number + 1].kind is not _Kind.TEXT
        if run.kind is _Kind.TEXT and ends_passage:
            start = signature_start(run.lines, is_first=number == 0)
            taken.signature += run.lines[start:]
            del run.lines[start:]
            end = _above_rules(run.lines, len(run.lines))
            if any(map(quote_lines.is_rule, run.lines[end:])) and (end or number):
                taken.quoted += run.lines[end:]  # what a program draws above a quotation or signature
                del run.lines[end:]


def _keep(runs: list[_Run], taken: _Taken) -> list[str]:
    kept: list[str] = []
    passages = [at for at, run in enumerate(runs) if run.kind is _Kind.TEXT and not run.is_blank]
    written_above = False
    after_dropped = False
    attributed = 0  # length of `kept` when the last attribution was taken out
    for number, run in enumerate(runs):
        if run.kind is _Kind.TEXT:
            lines = run.lines if not after_dropped else _without_leading_blanks(run.lines)
            kept += lines
            written_above = written_above or not run.is_blank
            after_dropped = after_dropped and run.is_blank
        elif run.kind is _Kind.ATTRIBUTION:
            if _introduces(runs, number):
                taken.quoted += run.lines
                attributed = len(kept)
            else:
                kept += run.lines
                written_above, after_dropped = True, False
        elif _stays(runs, number, passages, written_above=written_above):
            kept += run.lines
            written_above, after_dropped = True, False
        else:
            if not any(line.strip() for line in kept[attributed:]):
                del kept[attributed:]  # the empty line between attribution and quotation
            taken.quoted += run.lines
            after_dropped = True
    return kept


def _introduces(runs: list[_Run], number: int) -> bool:
    """Whether a quotation stands below or its author is named by address; else `on 3 March we sent:` was written."""
    if any(_BRACKETED_ADDRESS.search(line) for line in runs[number].lines):
        return True
    below = next((run for run in runs[number + 1 :] if not run.is_blank), None)
    return below is None or below.kind is not _Kind.TEXT


def _without_leading_blanks(lines: list[str]) -> list[str]:
    start = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    return lines[start:]


def _stays(runs: list[_Run], number: int, passages: list[int], *, written_above: bool) -> bool:
    """Whether the quotation `runs[number]` is part of what was written; `passages` are the indexes of written text."""
    later = passages[bisect_right(passages, number) :]
    answered = bool(later) and not (len(later) == 1 and written_above and is_closing(runs[later[0]].lines))
    introduced = _is_introduced(runs, number)
    if not answered:
        return not written_above and not introduced and not later
    last = passages[-1]
    others = (run for at, run in enumerate(runs[:last]) if at != number)
    return written_above or not introduced or any(run.kind is _Kind.QUOTE for run in others)


def _is_introduced(runs: list[_Run], number: int) -> bool:
    above = next((run for run in reversed(runs[max(0, number - 2) : number]) if not run.is_blank), None)
    if above is not None and above.kind is _Kind.ATTRIBUTION:
        return True
    lines = [line for line in runs[number].lines if line.strip(" >|")]
    return bool(lines) and bool(attribution(lines, 0))
