"""The header block of a mail or part, read tolerantly: folding, RFC 2047 words and raw 8-bit text. Never raises."""

import binascii
import re
from collections.abc import Iterator
from itertools import groupby

from bot.email import charsets

MAX_BLOCK = 512 * 1024  # bytes of one header block
MAX_FIELDS = 2000
MAX_VALUE = 32 * 1024  # bytes of one value that is decoded; the longest real Received or DKIM field is far below
_LOOK_AHEAD = 3  # lines after a malformed one in which a good header shows that the block goes on

_FIELD = re.compile(rb"([!-9;-~]{1,256})[ \t]*:(.*)", re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,64})\?([bBqQ])\?(.{0,4000}?)(?:\?=|\??$)", re.DOTALL)
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,64}\?[bBqQ]\?)")
_FOLD = re.compile(r"\r?\n[ \t]*|\r")
_Q_BYTE = re.compile(rb"=([0-9A-Fa-f]{2})")
_WHOLE_WORD = re.compile(r"=\?[A-Za-z0-9_*-]{2,40}\?[bBqQ]\?[^?\s]{1,4000}\?=")
_MOST_ENCODINGS = 3
_MAX_WORDS = 1000


class Headers:
    """Fields in their order; names in lower case, values as raw unfolded bytes.

    `charset` is the mail's own label, a hint for 8-bit text that carries none.
    """

    __slots__ = ("_by_name", "charset", "fields")

    def __init__(self, fields: tuple[tuple[str, bytes], ...], charset: str | None = None) -> None:
        self.fields = fields
        self.charset = charset
        self._by_name: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._by_name.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def with_charset(self, charset: str | None) -> "Headers":
        return Headers(self.fields, charset)

    def raw(self, name: str) -> list[str]:
        """Values as text with encoded words still encoded, for fields that have a grammar; first field first."""
        return [self._to_text(value) for value in self._by_name.get(name, ())]

    def texts(self, name: str) -> list[str]:
        """Values decoded for reading; first field first."""
        return [decode_words(value) for value in self.raw(name)]

    def text(self, name: str) -> str:
        """The first value, decoded for reading; empty where there is none."""
        return next(iter(self.texts(name)), "")

    def eight_bit(self, names: tuple[str, ...]) -> list[bytes]:
        """The values of the fields of these names in which something stands unencoded above ASCII."""
        values = (value[:MAX_VALUE] for name in names for value in self._by_name.get(name, ()))
        return [value for value in values if not value.isascii()]

    def word_charsets(self, name: str) -> list[str]:
        """The labels of the encoded words in the first field of that name."""
        value = next(iter(self._by_name.get(name, ())), b"")[:MAX_VALUE].decode("ascii", "replace")
        return [word[1] for word in _ENCODED_WORD.finditer(value)] if "=?" in value else []

    def _to_text(self, value: bytes) -> str:
        value = value[:MAX_VALUE].replace(b"\x00", b"")
        is_plain = value.isascii() and b"\x1b" not in value
        text = value.decode("ascii") if is_plain else _unlabelled(value, self.charset)
        return _FOLD.sub(" ", text).strip()


def read_block(block: bytes) -> tuple[Headers, int, list[str]]:
    """The headers in `block`, the offset at which body text begins too early (or its length), and the defects."""
    fields: list[tuple[str, bytes]] = []
    defects: list[str] = []
    lines = block[:MAX_BLOCK].split(b"\n")
    if len(block) > MAX_BLOCK:
        defects.append("limit: header block")
    offset = 0
    for number, line in enumerate(lines):
        field = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            if len(value) < MAX_VALUE:
                fields[-1] = (name, value + b"\n" + line.rstrip(b"\r"))
        elif field is not None:
            fields.append((field[1].decode("ascii").lower(), field[2].rstrip(b"\r")))
        elif not _is_mbox_line(line, number) and line.strip():
            if not any(map(_FIELD.match, lines[number + 1 : number + 1 + _LOOK_AHEAD])) or not fields:
                defects.append("body begins without a blank line")
                return Headers(tuple(fields)), offset, defects
            defects.append("malformed header line")
        if len(fields) >= MAX_FIELDS:
            defects.append("limit: header fields")
            break
        offset += len(line) + 1
    return Headers(tuple(fields)), len(block), defects


def _is_mbox_line(line: bytes, number: int) -> bool:
    return number == 0 and line.startswith((b"From ", b">From "))


def decode_words(value: str) -> str:
    """RFC 2047 encoded words as text; tolerates missing spaces, spaces inside, split characters and bad base64.

    What a program encoded once more, encoded words and all, is decoded once more.
    """
    for _ in range(_MOST_ENCODINGS):
        decoded = _decode_once(value)
        if decoded == value or not _WHOLE_WORD.search(decoded):
            return decoded
        value = decoded
    return value


def _decode_once(value: str) -> str:
    if "=?" not in value or value.count("=?") > _MAX_WORDS:
        return value
    value = _BETWEEN_WORDS.sub(r"\1", value)
    pieces: list[tuple[str, str, bytes | str]] = []  # charset, encoding, payload; plain text has neither
    end = 0
    for word in _ENCODED_WORD.finditer(value):
        if not word[0].endswith("?=") and not charsets.is_known(word[1]):
            continue  # no word that was cut off, but text that looks like one
        if word.start() > end:
            pieces.append(("", "", value[end : word.start()]))
        charset, encoding, payload = word[1].split("*")[0].lower(), word[2].lower(), word[3]
        pieces.append((charset, encoding, _payload(encoding, payload)))
        end = word.end()
    pieces.append(("", "", value[end:]))
    return "".join(_joined(pieces))


def _joined(pieces: list[tuple[str, str, bytes | str]]) -> Iterator[str]:
    """Adjacent words of one charset are one run of bytes: senders split multi-byte characters between words."""
    for (charset, _), group in groupby(pieces, key=lambda piece: piece[:2]):
        run = [payload for _, _, payload in group]
        if charset:
            encoded = [payload for payload in run if isinstance(payload, bytes)]
            yield _words_text(encoded, charset)
        else:
            yield "".join(payload for payload in run if isinstance(payload, str))


def _words_text(encoded: list[bytes], charset: str) -> str:
    if charset.startswith("iso-2022"):  # stateful: each word starts in ASCII
        text = "".join(charsets.decode(payload, charset)[0] for payload in encoded)
    else:
        text = charsets.decode(b"".join(encoded), charset)[0]
    return text.replace("\x00", "")


def _payload(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding == "q":
        raw = raw.replace(b"_", b" ")
        return _Q_BYTE.sub(lambda byte: bytes((int(byte[1], 16),)), raw)
    return from_base64(raw)


def from_base64(raw: bytes) -> bytes:
    """As many bytes as `raw` holds; tolerates missing padding and foreign characters."""
    raw = re.sub(rb"[^A-Za-z0-9+/]", b"", raw.rstrip(b"=\r\n\t "))
    if len(raw) % 4 == 1:
        raw = raw[:-1]
    try:
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return b""


def _unlabelled(value: bytes, charset: str | None) -> str:
    try:
        return value.decode("utf-8") if b"\x1b" not in value else charsets.decode(value)[0]
    except UnicodeDecodeError:
        return charsets.decode(value, hint=charset)[0]
