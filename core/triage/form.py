"""What a ticket's form tells beside its words: the headings of a template, what stands below them, code, length.

Forms of issue trackers and of web pages arrive as Markdown; a plain text has simply no headings.
"""

import re
from collections.abc import Iterator

READ_LIMIT = 20_000
CODE_READ = 1_500
MOST_COUNTED = 3
MOST_HEADINGS = 60
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_HEADING = re.compile(
    r"^[ \t]{0,3}(?:#{1,6}[ \t]*|\*\*)([^\n*#]{2,60}?)[ \t:*#]{0,9}$"
    r"(?=\s*([^\n]{0,40}))",
    re.MULTILINE,
)
_WORD = re.compile(r"[\w@.\-/]{2,60}")
_MARKS = frozenset("@._-/")


def prose_of(text: str) -> str:
    """The text without code and comments: a trace of some thousand words would drown what its author says."""
    plain = text[:READ_LIMIT].replace("\r\n", "\n")
    return _CODE.sub(" _code_ ", _COMMENT.sub(" ", plain))


def code_of(text: str) -> str:
    """The beginning of what is marked as code: the kinds of errors, commands and calls in it say much."""
    return " ".join(_CODE.findall(text[:READ_LIMIT]))[:CODE_READ]


def form_terms(title: str, text: str, prose: str) -> Iterator[str]:
    """Terms of the form; those of the title come twice, as it has few."""
    for heading, below in _HEADING.findall(prose)[:MOST_HEADINGS]:
        name = heading.strip().lower()
        yield f"h:{name}"
        if below and not below.startswith(("#", "**")):
            yield f"h:{name}={below.strip().lower()}"
    for name, count in (("code", text[:READ_LIMIT].count("```") // 2), ("questions", prose.count("?"))):
        if count:
            yield f"s:{name}{min(MOST_COUNTED, count)}"
    if text.strip():
        yield f"s:length{len(text).bit_length()}"
    opening = title.split(maxsplit=1)
    for _ in range(2):
        if opening:
            yield f"s:first {opening[0].lower()}"
        if "?" in title:
            yield "s:title asks"


def names_in(text: str) -> frozenset[str]:
    """Whatever a number or a mark makes a name: hosts, jobs, versions, addresses, error codes."""
    return frozenset(
        word for word in _WORD.findall(text.lower()) if any(sign.isdigit() or sign in _MARKS for sign in word)
    )
