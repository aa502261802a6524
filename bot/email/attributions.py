"""Recognises `On <date>, <somebody> wrote:` in many languages, wrapped or not. Unsure means no."""

import re

from bot.email import quote_words

# ruff: noqa: RUF001 (full-width colons and long dashes are meant)

MAX_LENGTH = 400  # characters of an attribution
_MOST_LINES = 6  # that one attribution is wrapped over


def any_of(words: tuple[str, ...]) -> str:
    """A pattern for any of `words`, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


_LEAD = re.compile(rf"(?:{any_of(quote_words.ON)})(?=[\s\d,(])[^<@]{{0,60}}?\d", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_FURTHEST_DIGIT = 90  # characters; beyond the longest `On <weekday>` before a date
_CJK_LEAD = re.compile(r"[在於于]\s*\d{2,4}\s*[年/-]")
_DATE_FIRST = re.compile(
    r"(?:\w{1,12}[.,]{1,2}\s*)?(?:[^\W\d_]{3,9}\.?\s\d{1,2},\s\d{4}|\d{1,2}[.\s/-]{1,2}[\w.]{2,12}[.\s,/-]{1,2}\d{2,4}|\d{4}\s?[-/.年년]\s?\d{1,2})"
)
_YEAR_FIRST = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}\b")
_GMAIL = re.compile(r"\d{4}-\d{2}-\d{2} \d{1,2}:\d{2} GMT[+-]\d{1,2}:\d{2} \S.*[^<]$")
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}|\d{1,2}\s?(?:am|pm|時|点)", re.IGNORECASE)
# The last year is one of the Buddhist or the Persian calendar, or in Arabic digits.
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\b(?:19|20|25)\d{2}\b|\b(?![0-9])\d{4}\b")
_ADDRESS = re.compile(r"[^\s<>()\[\]\"]{1,250}@[^\s<>()\[\]\"]")
_ENDS_WITH_ADDRESS = re.compile(r"[<(\[](?![^<>]{0,100}://)[^<>()\[\]]{0,100}@[^<>]{1,200}[>)\]]{1,2}\s*[:：]?$")
_BRACKETED = re.compile(r"[<(\[]\s*(?:mailto:)?[^\s<>()\[\]:/]{1,64}@[^\s<>()\[\]/]{1,190}\s*[>)\]]")
_WROTE = re.compile(rf"(?<![^\W\d_])(?:{any_of(quote_words.WROTE)})(?![^\W\d_]|\()", re.IGNORECASE)
_LAST_CHARACTERS = (":", "：", ">", ")", "]")
_LONGEST_END = 120  # characters from the verb to the end, where names follow
_LONGEST_ADDRESS = 320  # characters with its brackets
_LONGEST_TAIL = 40  # characters; longer than any word of `WROTE`
_BY_PRONOUN = re.compile(
    r"\b(?:i|we|you|he|she|they|ich|wir|er|je|nous|yo)\s+(?:wrote|sent|schrieb\w*)\b"
    r"|\b(?:schrieb\w*|skrev|schreef|schreven)\s+(?:ich|wir|er|sie|du|ihr|mir|uns|ihm|dir|ihnen|mich"
    r"|ik|we|wij|mij|ons|jag|jeg|vi|han|hun|hon|mig|oss|meg)\b",
    re.IGNORECASE,
)
_IN_QUOTATION_MARKS = re.compile(r"\"[^\"]{1,80}\"")
_QUOTED = re.compile(r" {0,3}(?:>|[A-Z][A-Za-z]{0,2}>)")
# A line of a log, not of a mail program; names and addresses may hold such words in small letters.
_LOG = re.compile(
    r"\b(?:ERROR|ERR|WARN(?:ING)?|FATAL|INFO|DEBUG|CRITICAL|NOTICE|TRACE)\b|\b(?:status|relay|from|to|user|uid)=|\[\d+\]:"
    r"|\b(?:failed|failure|denied|rejected|refused|timed out|timeout|logged|login|exception)\b"
)
_DATED_ADDRESS = re.compile(r"\d[^<>()\[\]]{0,200}[<(\[][^<>()\[\]]{3,300}[>)\]][^<>]{0,40}$")
_MOMENT_LAST = re.compile(r"[^<>:]{2,100}<[^<>\s]{1,64}@[^<>\s]{1,190}>,? ?[\[(]?[^\[\]()<>]{8,60}[\])]?:$")  # Mutt
_SHARED_LINE = re.compile(r"(.{0,300}?[^\s-])\s?-{2,}\s*(On\b[^\n]{5,200}\bwrote:)\s*$")
_MARGIN = " \t>|*_-–—\u200e\u200f\u202a\u202b\u202c"
_END = " \t*_-\u200e\u200f\u202c"
# Tutanota; Horde; Thunderbird in Finnish.
_BY_ADDRESS = re.compile(r"\b(?:by|von|from|par|de|da|door|av|af|od|от)\s\S{1,64}@\S{1,190}?\s?:$")
_QUOTING = re.compile(
    r"(?:quoting|zitat von|citando a|citando|en réponse à|citat från|citerar|cytowanie)\s[^\d]{0,80}[<(]", re.IGNORECASE
)
_FINNISH = re.compile(r"[^:\n]{2,60} kirjoitti \d{1,2}\.\d{1,2}\.\d{2,4}[^:\n]{0,20}:$")
_NOTES = re.compile(r"[^<>\n]{2,60}? ?---\d{1,4}[./-]\d{1,2}[./-]\d{2,4} \d{1,2}[:.]\d{2}[^\n-]{0,12}---")
_NAME = r"(?!(?:The|This|That|Der|Die|Das|Le|La|Les|El|Los|Las|Il|Lo|Het|De|Den|Det|En|Ett) )[^\W\d_a-z][\w.'/’-]{0,40}"
# `Ada Lovelace schrieb am 01.06.2026 um 10:30:`; a log or a server has no two names.
_NAME_FIRST = re.compile(
    rf"{_NAME}(?:\s{_NAME}|\svia){{1,4}}\s(?:{any_of(quote_words.WROTE)})\s[^:\n]{{0,40}}\d[^\n]{{0,40}}:$"
)
_NAME_ONLY = re.compile(rf"{_NAME}(?:\s{_NAME}){{1,3}}\s(?:{any_of(quote_words.WROTE)}):$")
_VERB = rf"(?<![^\W\d_])(?i:{any_of(quote_words.WROTE)})"
_WITHOUT_COLON = re.compile(rf"{_VERB}(?:\s{_NAME}){{1,4}}$")
_NAMED_LAST = re.compile(rf"{_VERB}(?:\s[\"']?{_NAME}[\"',]{{0,2}}){{0,4}}\s?[<(\[][^<>()\[\]\s]{{3,320}}[>)\]]$")
_TO_YOU = re.compile(r"(?:you wrote|вы писали[^\n]{5,60}|sie schrieben|vous écriviez|vous avez écrit):$", re.IGNORECASE)


def split_shared_line(line: str) -> list[str]:
    """Text and attribution apart where a program wrote both on one line (`bye--- On …, X wrote:`)."""
    shared = _SHARED_LINE.match(line) if "wrote:" in line and len(line) < MAX_LENGTH else None
    return [shared[1], shared[2]] if shared else [line]


def attribution(lines: list[str], at: int) -> int:
    """How many lines the attribution that begins at `at` takes; 0 where none begins there."""
    if not _may_begin(lines[at][:MAX_LENGTH]):
        return 0
    joined = ""
    blanks = 0
    for count, line in enumerate(lines[at : at + _MOST_LINES], start=1):
        part = line[: MAX_LENGTH + 1].lstrip(" \t>|").rstrip()
        blanks += not part
        another = count > 1 and (_is_new_quote(line, lines[at]) or _is_new_attribution(part, joined))
        joined = f"{joined} {part}".strip()
        if another or blanks > 1 or len(joined) > MAX_LENGTH:
            return 0
        if part and (_is_whole(joined) or (_is_whole_above_quote(joined) and _quote_below(lines, at + count))):
            return count
    return 0


def _quote_below(lines: list[str], at: int) -> bool:
    below = next((line for line in lines[at : at + 2] if line.strip()), "")
    return bool(_QUOTED.match(below))


def _is_new_quote(line: str, first: str) -> bool:
    """A quoted line below one that is not: the attribution above it ended before (`>` alone is a torn address)."""
    return (
        line.lstrip().startswith(">")
        and not first.lstrip().startswith(">")
        and bool(line.strip(" \t>:"))
        and not _has_verb(line)
    )


def _is_new_attribution(part: str, above: str) -> bool:
    return _begins(part) and (_is_whole(part) or not _begins(above.lstrip(_MARGIN)))


def _may_begin(line: str) -> bool:
    text = line.lstrip(_MARGIN)
    if not text:
        return False
    if ("@" in text and _ADDRESS.search(text)) or text.endswith("<"):
        return True
    if "---" in text and (_is_dashed(line) or _NOTES.match(text)):
        return True
    has_digit = bool(_DIGIT.search(text, 0, _FURTHEST_DIGIT))
    if has_digit and _begins(text):
        return True
    return _has_verb(text) if text.endswith(":") else has_digit and _is_dated(text[:_FURTHEST_DIGIT])


def _has_verb(text: str) -> bool:
    lowered = text.lower()
    return any(verb in lowered for verb in quote_words.WROTE) and bool(_WROTE.search(text))


def _is_dated(text: str) -> bool:
    return bool(_DIGIT.search(text) and _CLOCK.search(text) and _DATE.search(text))


def _begins(text: str) -> bool:
    """Whether `text` starts with `On <date>` in some language, or with a date."""
    if not _DIGIT.search(text, 0, _FURTHEST_DIGIT):
        return False
    return bool(_LEAD.match(text) or _CJK_LEAD.match(text) or _DATE_FIRST.match(text))


def _is_whole(joined: str) -> bool:
    """Whether `joined` is an attribution from its first to its last word."""
    text = joined.lstrip(_MARGIN).rstrip(_END)
    if not (text.endswith(_LAST_CHARACTERS) or _ends_with_verb(text) or "---" in joined or " GMT" in text):
        return False
    return _is_dashed(joined) or _is_without_verb(text) or _is_with_verb(text) or _is_by_form(text)


def _is_by_form(text: str) -> bool:
    """Date, time, name and address above a colon, whatever the words between them; or as Notes writes it."""
    if not text.endswith((":", "：")):
        return bool(_NOTES.match(text))
    if len(_BRACKETED.findall(text)) != 1 or not _DATED_ADDRESS.search(text[-MAX_LENGTH:]):
        return False
    return _is_dated(text[: text.rindex("@")]) and not is_by_pronoun(text) and not _LOG.search(text)


def _is_whole_above_quote(joined: str) -> bool:
    """What is an attribution only where quoted lines follow: no address, no colon, or no date."""
    text = joined.lstrip(_MARGIN).rstrip(_END)
    if _NAME_ONLY.match(text) or (_MOMENT_LAST.match(text) and _is_dated(text) and not _LOG.search(text)):
        return True
    if not (_begins(text) and _is_dated(text)):
        return False
    end = text[-_LONGEST_END:]
    return bool(_TO_YOU.search(end) or (_has_verb(end) and _WITHOUT_COLON.search(end) and not is_by_pronoun(text)))


def _is_dashed(line: str) -> bool:
    """`---- John Smith wrote ----`."""
    text = line.strip(" \t>*")
    return text.startswith("---") and text.endswith("---") and _ends_with_verb(text.strip("- "))


def _ends_with_verb(text: str) -> bool:
    return text.rstrip(" :：")[-_LONGEST_TAIL:].lower().endswith(quote_words.WROTE)


def _ends_with_address(text: str) -> bool:
    return text.rstrip(" :：")[-1:] in {">", ")", "]"} and bool(_ENDS_WITH_ADDRESS.search(text[-_LONGEST_ADDRESS:]))


def _ends_with_name(text: str) -> bool:
    """`… schrieb Ada <address>`; a sentence that ends with an address has other words before it."""
    return _ends_with_address(text) and bool(_NAMED_LAST.search(text[-_LONGEST_ADDRESS:]))


def _is_without_verb(text: str) -> bool:
    """`2016-03-03 17:21 GMT+01:00 Some One <address>:` and what Gmail writes in Russian, Japanese and Korean."""
    if _GMAIL.match(text) or _FINNISH.match(text) or (_NAME_FIRST.match(text) and _is_dated(text)):
        return True
    if _QUOTING.match(text) and _ends_with_address(text):
        return True
    dated = _DATE_FIRST.match(text) and (_YEAR_FIRST.match(text) or _CLOCK.search(text))
    return bool(dated and (_ends_with_address(text) or _BY_ADDRESS.search(text)) and not _LOG.search(text))


def is_by_pronoun(text: str) -> bool:
    """Whether `On Monday, I wrote:` is somebody's own words; a name in quotation marks is a name."""
    return bool(_BY_PRONOUN.search(_IN_QUOTATION_MARKS.sub("", text)))


def _is_with_verb(text: str) -> bool:
    colon = text.endswith((":", "："))
    if not _has_verb(text) or not (colon or _ends_with_verb(text) or _ends_with_name(text)) or is_by_pronoun(text):
        return False
    has_address = bool(_ADDRESS.search(text))
    has_moment = _begins(text) and bool(_CLOCK.search(text) or _DATE.search(text))
    return (has_address or has_moment) if colon else (has_address and has_moment)
