"""Words that mean exactly what they spell: error codes, versions, hosts, paths, names out of programs.

A list of words knows them only in pieces ("ORA-01555" is "ora" and "01555", "2.14.1" three small numbers), and a model
hardly at all, while one of them in common tells more than a page of prose.
"""

import re
import unicodedata

LONGEST = 200  # characters; what is longer is data, not a name
MOST = 400  # different ones of a text; a log of thousands would drown its ticket
SHOUTED_SHARE = 0.5  # of the words: where more are in capitals, capitals mean nothing

CODE = re.compile(
    r"\b(?:(?i:https?|error|err|errno|code|status|exit|rc|event|kb|smtp|ftp)[ \t:#/=]{1,3}|[A-Z]{2,12}[ #/=])"
    r"\d{3,8}(?![\w-]|\.\w)"
)
"""A number and the word that says what it counts: HTTP 502, error: 1392, SAP 4711."""

_WORD = re.compile(r"[\w~@/\\.:-]+")
_LETTERS = re.compile(r"\w+")
_MARKS = ".:-@"
_PARTS = re.compile(r"[/\\:@]+")
_NAME = re.compile(r"[A-Za-z0-9]{4,200}")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9]{3,}\Z")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_VERSION = re.compile(r"\Av(?=\d+\.\d)")
_NUMBER = re.compile(r"[\d.:/-]+\Z")


def exact_tokens(text: str) -> list[str]:
    """Each once, in a spelling without case, in order. At most `MOST`."""
    readable = unicodedata.normalize("NFKC", text)
    runs = (_stripped(found.group()) for found in _WORD.finditer(CODE.sub(" ", readable)))
    words = [run for run in runs if len(run) <= LONGEST]
    capitals = not _is_shouted(words)
    found = dict.fromkeys(" ".join(_LETTERS.findall(code.group())) for code in CODE.finditer(readable))
    found |= dict.fromkeys(
        token for word in words for token in (word, *_PARTS.split(word)) if _is_exact(token, capitals=capitals)
    )
    return list(dict.fromkeys(_VERSION.sub("", token.casefold()) for token in found))[:MOST]


def camel_parts(text: str) -> list[str]:
    """The words within names like NullPointerException."""
    words = (found.group() for found in _NAME.finditer(text))
    parts = (_CAMEL.split(word) for word in words if not word.islower())
    return [part for several in parts if len(several) > 1 for part in several if len(part) > 1]


def _stripped(word: str) -> str:
    """Without the marks of the sentence around it; a path keeps its root."""
    return word.rstrip(_MARKS + "/\\~").lstrip(_MARKS)


def _is_exact(token: str, *, capitals: bool) -> bool:
    if len(token) < 3 or (token.islower() and token.isalpha()):  # noqa: PLR2004 (a letter or two name nothing)
        return False
    digits, letters = any(c.isdigit() for c in token), any(c.isalpha() for c in token)
    if digits:
        return letters or (_NUMBER.match(token) is not None and token.count(".") > 1)
    if "_" in token or "\\" in token or token.count("/") > 1 or token[0] in "/~":
        return True
    if any(mark in token[1:-1] for mark in ".@") or "::" in token:
        return not _is_abbreviation(token)
    return (capitals and _CAPITALS.match(token) is not None) or (len(_CAMEL.split(token)) > 1 and token.isalnum())


def _is_abbreviation(token: str) -> bool:
    """Such as e.g, i.e or U.S.A, without the last dot."""
    return all(len(part) <= 1 for part in token.split("."))


def _is_shouted(words: list[str]) -> bool:
    long = [word for word in words if len(word) > 3 and word.isalpha()]  # noqa: PLR2004 (as `_CAPITALS`)
    return len(long) > 3 and sum(word.isupper() for word in long) > SHOUTED_SHARE * len(long)  # noqa: PLR2004 (few words: names)
