"""What is inside of winmail.dat: text and files that Outlook has wrapped up (MS-OXTNEF). Never raises.

The library tnefparse was looked at: it copies the rest of the file for every attribute and believes any count, so that
a few megabytes made for it take hours. Here every step moves forward in the bytes that are there.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.email import charsets
from bot.email.rich_text import read_rich_text

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_FILES = 200
MAX_ATTRIBUTES = 20_000
MAX_PROPERTIES = 5_000  # of one list
MAX_DEPTH = 3  # messages inside of messages
_MAX_TEXT = 1_000_000  # characters

_HEADER = struct.Struct("<BHHI")  # level, name, type, length
_CHECKSUM = 2
_MOST_PADDING = 4  # bytes behind the last attribute
_OEM_CODEPAGE, _BODY, _MESSAGE_PROPERTIES = 0x9007, 0x800C, 0x9003
_FILE_BEGINS, _FILE_DATA, _FILE_TITLE, _FILE_PROPERTIES = 0x9002, 0x800F, 0x8010, 0x9005

_PLAIN, _HTML, _HTML_CODEPAGE, _RICH_TEXT = 0x1000, 0x1013, 0x3FDE, 0x1009
_DATA, _SHORT_NAME, _LONG_NAME, _SHOWN_NAME = 0x3701, 0x3704, 0x3707, 0x3001
_MIME_TYPE, _CONTENT_ID = 0x370E, 0x3712
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_VARIABLE = frozenset({_STRING, _UNICODE, _OBJECT, _BINARY})
_MANY, _NAMED = 0x1000, 0x8000
_EMBEDDED_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
_CODEPAGES = {
    65001: "utf-8",
    20127: "us-ascii",
    932: "shift_jis",
    936: "gb2312",
    949: "euc-kr",
    950: "big5",
    50220: "iso-2022-jp",
    51932: "euc-jp",
    20866: "koi8-r",
    21866: "koi8-u",
    1200: "utf-16-le",
    **{28590 + part: f"iso-8859-{part}" for part in range(1, 16)},
}


@dataclass(kw_only=True, slots=True)
class TnefFile:
    """One file. `name` and `content_type` are as the sender's program wrote them, either may be empty."""

    name: str = ""
    content: bytes = field(default=b"", repr=False)
    content_type: str = ""
    content_id: str = ""


@dataclass(kw_only=True, slots=True)
class Tnef:
    """What was read. `defect` says why reading ended early, or is empty."""

    text: str = ""
    html: str = ""
    files: list[TnefFile] = field(default_factory=list)
    defect: str = ""


def read_tnef(content: bytes, *, depth: int = 0) -> Tnef:
    """All that can be read up to the first impossible length."""
    tnef = Tnef()
    if not content.startswith(SIGNATURE):
        tnef.defect = "no TNEF"
        return tnef
    codepage = ""
    for name, value in _attributes(content, tnef):
        if name == _OEM_CODEPAGE:
            codepage = _codepage(value)
        elif name == _BODY:
            tnef.text = tnef.text or _text(value, codepage)
        elif name == _MESSAGE_PROPERTIES:
            _read_message(tnef, value, codepage)
        elif name == _FILE_BEGINS and len(tnef.files) < MAX_FILES:
            tnef.files.append(TnefFile())
        elif tnef.files:
            _read_file(tnef, name, value, codepage, depth)
    return tnef


def _attributes(content: bytes, tnef: Tnef) -> Iterator[tuple[int, bytes]]:
    position = len(SIGNATURE) + 2  # the key
    for _ in range(MAX_ATTRIBUTES):
        left = len(content) - position
        if left < _HEADER.size:
            tnef.defect = tnef.defect or ("TNEF ends early" if left > _MOST_PADDING else "")
            return
        _level, name, _type, length = _HEADER.unpack_from(content, position)
        start = position + _HEADER.size
        position = start + length + _CHECKSUM
        if start + length > len(content):
            tnef.defect = "TNEF ends early"
            return
        yield name, content[start : start + length]
    tnef.defect = "limit: TNEF attributes"


def _read_message(tnef: Tnef, value: bytes, codepage: str) -> None:
    properties = _properties(value)
    kind, plain = properties.get(_PLAIN, (0, b""))
    tnef.text = _text(plain, _UTF16 if kind == _UNICODE else codepage) or tnef.text
    kind, html = properties.get(_HTML, (0, b""))
    own = _codepage(properties.get(_HTML_CODEPAGE, (0, b""))[1]) or codepage
    tnef.html = _text(html, _UTF16 if kind == _UNICODE else own)
    _kind, rich = properties.get(_RICH_TEXT, (0, b""))
    if rich and not (tnef.text or tnef.html):
        tnef.text, tnef.html = read_rich_text(rich)


def _read_file(tnef: Tnef, name: int, value: bytes, codepage: str, depth: int) -> None:
    file = tnef.files[-1]
    if name == _FILE_DATA:
        file.content = value
    elif name == _FILE_TITLE:
        file.name = file.name or _text(value, codepage)
    elif name == _FILE_PROPERTIES:
        properties = _properties(value)

        def said(*names: int) -> str:
            found = (properties[one] for one in names if one in properties)
            texts = (_text(raw, _UTF16 if kind == _UNICODE else codepage) for kind, raw in found)
            return next(filter(None, texts), "")

        file.name = said(_LONG_NAME, _SHORT_NAME) or file.name or said(_SHOWN_NAME)
        file.content_type, file.content_id = said(_MIME_TYPE).lower(), said(_CONTENT_ID).strip("<> ")
        kind, held = properties.get(_DATA, (0, b""))
        if kind == _OBJECT and held.startswith(_EMBEDDED_MESSAGE):
            _unwrap(tnef, file, held[len(_EMBEDDED_MESSAGE) :], depth)
        elif held:
            file.content = held[len(_EMBEDDED_MESSAGE) :] if kind == _OBJECT else held


def _unwrap(tnef: Tnef, file: TnefFile, content: bytes, depth: int) -> None:
    """A message attached to the message: its words as a file, its files beside."""
    inner = read_tnef(content, depth=depth + 1) if depth < MAX_DEPTH else Tnef(defect="limit: TNEF nesting")
    words = inner.html or inner.text
    if inner.defect or not words:
        file.content, file.content_type = content, "application/ms-tnef"
        tnef.defect = tnef.defect or inner.defect
    else:
        file.content = words.encode("utf-8", "replace")
        file.name = f"{file.name or 'message'}.{'html' if inner.html else 'txt'}"
        file.content_type = "text/html; charset=utf-8" if inner.html else "text/plain; charset=utf-8"
    tnef.files += inner.files[: MAX_FILES - len(tnef.files)]


def _properties(value: bytes) -> dict[int, tuple[int, bytes]]:
    """Type and bytes of each property by its id; of several values the first."""
    found: dict[int, tuple[int, bytes]] = {}
    position = 4
    for _ in range(min(_number(value, 0), MAX_PROPERTIES)):
        kind, name = _number(value, position, 2), _number(value, position + 2, 2)
        position += 4
        if name >= _NAMED:
            position = _after_name(value, position)
        many, kind = bool(kind & _MANY), kind & ~_MANY
        count = 1
        if many or kind in _VARIABLE:
            count = _number(value, position)
            position += 4
        first, position = _values(value, position, kind, count)
        if first is None:
            break  # an unknown type, whose length nobody knows
        found.setdefault(name, (kind, first))
    return found


def _after_name(value: bytes, position: int) -> int:
    """Behind the GUID and the number or name of a named property."""
    is_text = _number(value, position + 16)
    length = _padded(_number(value, position + 20)) if is_text else 0
    return position + 24 + length


def _values(value: bytes, position: int, kind: int, count: int) -> tuple[bytes | None, int]:
    if kind in _FIXED:
        size = _FIXED[kind]
        return value[position : position + size], position + size * count
    if kind not in _VARIABLE:
        return None, position
    first: bytes | None = None
    for _ in range(min(count, MAX_PROPERTIES)):
        length = _number(value, position)
        if position + 4 + length > len(value):
            return None, position
        if first is None:
            first = value[position + 4 : position + 4 + length]
        position += 4 + _padded(length)
    return first or b"", position


def _number(value: bytes, position: int, size: int = 4) -> int:
    return int.from_bytes(value[position : position + size], "little")


def _padded(length: int) -> int:
    return length + -length % 4


def _codepage(value: bytes) -> str:
    number = _number(value, 0)
    return _CODEPAGES.get(number) or (f"cp{number}" if number else "")


_UTF16 = "utf-16-le"


def _text(value: bytes, codepage: str) -> str:
    return charsets.decode(value, codepage)[0][:_MAX_TEXT].rstrip("\x00")
