"""A body in Rich Text as Outlook keeps it: compressed (MS-OXRTFCP), and with HTML wrapped inside (MS-OXRTFEX).

Never raises; what is damaged is read as far as it goes.
"""

import re
from dataclasses import dataclass

from bot.email import charsets
from bot.email.word_lists import words

_MAX_RAW = 4 * 1024 * 1024  # bytes of uncompressed Rich Text
_MAX_DEPTH = 200
_HEADER_LENGTH = 16
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_WINDOW = 4096
_PRIMED = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TOKEN = re.compile(
    rb"\\'([0-9A-Fa-f]{2})|\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\([^A-Za-z0-9])|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\"
)
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
_SYMBOLS = {
    "par": "\n",
    "line": "\n",
    "row": "\n",
    "page": "\n",
    "tab": "\t",
    "cell": "\t",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "bullet": "\u2022",
    "endash": "\u2013",
    "emdash": "\u2014",
}
_ESCAPED = {b"~": "\xa0", b"_": "-", b"\n": "\n", b"\r": "\n", b"{": "{", b"}": "}", b"\\": "\\"}
_SILENT = words(
    "fonttbl colortbl stylesheet info pict header footer object objdata themedata datastore listtable "
    "listoverridetable rsidtbl generator latentstyles fldinst pntext xmlnstbl mmathPr"
)


def read_rich_text(content: bytes) -> tuple[str, str]:
    """Text and HTML of compressed Rich Text; one of them is empty."""
    raw = _decompressed(content)
    if not raw.lstrip().startswith(b"{\\rtf"):
        return "", ""
    found = _CODE_PAGE.search(raw[:_WINDOW])
    is_html = b"\\fromhtml" in raw[:_WINDOW]
    written = _Writer(f"cp{found[1].decode()}" if found else "cp1252", is_html=is_html).read(raw)
    return ("", written) if is_html else (written.strip(), "")


def _decompressed(content: bytes) -> bytes:
    body = content[_HEADER_LENGTH:]
    if content[8:12] == _PLAIN:
        return body[:_MAX_RAW]
    return _expanded(body) if content[8:12] == _COMPRESSED else b""


def _expanded(body: bytes) -> bytes:
    """LZFu: a byte of flags, then eight literals or references into the last 4,096 bytes."""
    written = bytearray(_PRIMED)
    position, start = 0, len(_PRIMED)
    while position < len(body) and len(written) < _MAX_RAW:
        flags, position = body[position], position + 1
        for bit in range(8):
            if not flags >> bit & 1:
                written += body[position : position + 1]
                position += 1
                continue
            reference = int.from_bytes(body[position : position + 2], "big")
            position += 2
            offset, length = reference >> 4, (reference & 15) + 2
            distance = (len(written) - offset) % _WINDOW
            if not distance or position > len(body):
                return bytes(written[start:])  # a reference to where writing goes on: the end
            for _ in range(length):
                written += written[-distance:][:1]
    return bytes(written[start:])


@dataclass(slots=True)
class _State:
    """What holds inside of one group."""

    silent: bool = False
    in_tag: bool = False  # HTML that was kept as it was
    hidden: bool = False  # what Rich Text shows in the place of that HTML
    skipped: int = 1  # characters after \\u that stand for readers without Unicode

    def copy(self) -> "_State":
        return _State(self.silent, self.in_tag, self.hidden, self.skipped)


class _Writer:
    """Collects text out of tokens; bytes of several characters are decoded together."""

    def __init__(self, codec: str, *, is_html: bool) -> None:
        self._codec, self._is_html = codec, is_html
        self._states = [_State()]
        self._pieces: list[str] = []
        self._bytes = bytearray()
        self._left = 0  # characters to skip
        self._is_optional = False

    def read(self, raw: bytes) -> str:
        for token in _TOKEN.finditer(raw):
            byte, word, number, symbol, brace, text = token.groups()
            if brace:
                self._group(brace)
            elif word:
                self._word(word.decode("ascii"), int(number) if number else None)
            elif byte:
                self._write_bytes(bytes.fromhex(byte.decode("ascii")))
            elif symbol == b"*":
                self._is_optional = True
            elif symbol:
                self._write(_ESCAPED.get(symbol, ""))
            elif text:
                self._write_bytes(text)
        self._flush()
        return _joined("".join(self._pieces))

    def _group(self, brace: bytes) -> None:
        self._flush()
        self._is_optional, self._left = False, 0
        if brace == b"{" and len(self._states) < _MAX_DEPTH:
            self._states.append(self._states[-1].copy())
        elif brace == b"}" and len(self._states) > 1:
            self._states.pop()

    def _word(self, word: str, number: int | None) -> None:
        state = self._states[-1]
        if word == "htmltag":
            state.in_tag, state.hidden = True, False
        elif word == "htmlrtf":
            state.hidden = number != 0
        elif word in _SILENT or self._is_optional:
            state.silent = True
        elif word == "uc":
            state.skipped = max(0, min(number or 0, 10))
        elif word == "u" and number is not None:
            self._write(chr(number % 0x10000))
            self._left = state.skipped
        elif word in _SYMBOLS:
            self._write(_SYMBOLS[word])
        self._is_optional = False

    def _is_heard(self) -> bool:
        state = self._states[-1]
        return not state.silent and not (self._is_html and state.hidden and not state.in_tag)

    def _write(self, text: str) -> None:
        self._flush()
        if self._is_heard():
            self._pieces.append(text)

    def _write_bytes(self, raw: bytes) -> None:
        skipped = min(self._left, len(raw))
        self._left -= skipped
        if self._is_heard():
            self._bytes += raw[skipped:]

    def _flush(self) -> None:
        if self._bytes:
            self._pieces.append(charsets.decode(bytes(self._bytes), self._codec)[0])
            self._bytes.clear()


def _joined(text: str) -> str:
    """Characters beyond U+FFFF, which Rich Text writes as two."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
