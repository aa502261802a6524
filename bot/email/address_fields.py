"""Names and addresses in an address field, in the standard's grammar and in what programs write instead. Never raises.

The standard library's reader is not used: it takes `Doe, John <j@x.example>` for two people, glues the words of a
name to an address without brackets, and raises for some fields.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\]{1,256}@[^\s<>,;:\"()\[\]\\]{1,256}")

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.){0,1000}"|=\?[^?\s]{1,64}\?[bq]\?[^?]{0,4000}\?=|<[^<>]{0,2000}>|\\.|[^"(),;:<=\\]+|.',
    re.IGNORECASE | re.DOTALL,
)
_SEPARATORS = frozenset(",;")
_GROUP = ":"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_ROUTE = re.compile(r"@[^:]{1,500}:(?=.*@)", re.DOTALL)
_QUOTED_LOCAL = re.compile(r'\s*"(?:[^"\\]|\\.){1,250}"\s*@\s*[^\s<>,;:"()]{1,256}\s*')
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
_LITERAL = re.compile(r"[^\s<>,;:\"()\[\]\\]{1,256}@\[[0-9A-Fa-f.:IPv]{2,60}\]")
_SPACED = re.compile(r" ?([.@]) ?")
_LEFT_OVER = re.compile(r"\[\s*\]")
_STRAY_BRACKET = re.compile(r"[<>]")


@dataclass(slots=True)
class _Item:
    """What stands between two separators; in `words` quoted strings are already without their quotes."""

    raw: str = ""
    words: str = ""
    comment: str = ""
    brackets: list[str] = field(default_factory=list)

    @property
    def remark(self) -> str:
        return self.comment.strip()[1:].removesuffix(")").strip()

    @property
    def is_name_only(self) -> bool:
        return not self.brackets and "@" not in self.raw and bool(self.words.strip())


def read_pairs(value: str) -> list[tuple[str, str]]:
    """Name and address of each; either may be empty. Names still have their encoded words."""
    pairs: list[tuple[str, str]] = []
    family_name = remark = ""
    for item in _items(_MAILTO.sub("", value)):
        remark = remark or item.remark
        found = _mailboxes(item)
        if family_name and found:
            name, address = found[0]
            if item.brackets and name and address:
                found[0] = (f"{family_name}, {name}", address)
            else:
                pairs.append((family_name, ""))
            family_name = ""
        if item.is_name_only and found:
            family_name = found[0][0]
        else:
            pairs += found
    if family_name:
        pairs.append((family_name, ""))
    return pairs or ([(remark, "")] if remark else [])


def _items(value: str) -> Iterator[_Item]:
    item, depth, in_group = _Item(), 0, False
    for piece in _TOKEN.findall(value):
        if depth or piece == "(":
            depth += (piece == "(") - (piece == ")")
            item.comment += _ESCAPED.sub(r"\1", piece)
        elif piece in _SEPARATORS:
            yield item
            item, in_group = _Item(), in_group and piece == ","
        elif piece == _GROUP and not in_group and item.is_name_only and ";" in value:
            item, in_group = _Item(), True  # the name of a group
        else:
            _take(item, piece)
    if not depth:
        yield item
        return
    unclosed, item.comment = item.comment.replace("(", " "), ""
    yield item
    yield from _items(unclosed)


def _take(item: _Item, piece: str) -> None:
    item.raw += piece
    if piece.startswith("<") and len(piece) > 1:
        if "@" in piece or not piece.strip("<> "):
            item.brackets.append(piece[1:-1])
            return
        piece = piece[1:-1]
    elif piece.startswith('"') and len(piece) > 1:
        piece = _ESCAPED.sub(r"\1", piece[1:-1])
    else:
        piece = _STRAY_BRACKET.sub(" ", piece)
    item.words += piece


def _mailboxes(item: _Item) -> list[tuple[str, str]]:
    """Usually one; none of a comment; two where somebody forgot to separate bare addresses."""
    address = next((one for one in reversed(item.brackets) if one.strip()), "")
    spaced = _SPACED.sub(r"\1", " ".join(item.raw.split()))
    others: list[str] = []
    name = item.words
    if address:
        address = _ROUTE.sub("", _COMMENT.sub("", address))
        if ":" in address and not address.lstrip().startswith('"'):
            address = next(iter(ADDRESS.findall(address)), "")
    elif _QUOTED_LOCAL.fullmatch(spaced) or ADDRESS.fullmatch(spaced):
        address, name = spaced, ""
    elif found := _LITERAL.findall(item.raw) or ADDRESS.findall(item.raw):
        address, *others = found
        for one in found:
            name = name.replace(one, " ", 1)
    name = " ".join(_LEFT_OVER.sub(" ", name).split())
    if not (name or address):
        return []
    if item.remark:
        name = f"{name} ({item.remark})" if name else item.remark
    return [(name, address), *(("", one) for one in others)]
