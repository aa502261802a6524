"""Content-Transfer-Encoding: the bytes of a part as its sender had them. Never raises."""

import binascii
import re

from bot.email.headers import from_base64

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_NOT_BASE64_LINE = re.compile(rb"[^A-Za-z0-9+/=]")
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}")
_MOST_FOREIGN = 4  # words apart by spaces, of which less than this part is base64, are words
_SEPARATORS = re.compile(r"[\s\"'_-]")
_IDENTITY = frozenset({"", "7bit", "8bit", "binary", "7bits", "8bits", "none", "plain"})
_BEGIN = re.compile(rb"(?:^|\n)begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n")
_BEGIN_TEXT = re.compile(r"(?:^|\n)begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n")
_END_TEXT = re.compile(r"\n(?:[` ]?[ \t\r]*\n)?end[ \t]*(?=\r?\n|$)")


def decode(raw: bytes, encoding: str) -> tuple[bytes, str]:
    """The decoded bytes and what was wrong (empty: nothing)."""
    name = _SEPARATORS.sub("", encoding.partition(";")[0].lower())
    if name in _IDENTITY:
        return raw, ""
    if name == "base64":
        return _base64(raw)
    if name == "quotedprintable":
        return binascii.a2b_qp(raw), ""
    if name in {"xuuencode", "uuencode", "xuue", "uue"}:
        begin = _BEGIN.search(raw)
        return uudecode(raw[begin.end() if begin else 0 :].split(b"\n")), ""
    return raw, f"unknown transfer encoding {name[:40]!r}"


def _base64(raw: bytes) -> tuple[bytes, str]:
    has_padding_inside = b"=" in raw.rstrip(b"= \t\r\n\v\f")
    if not _NOT_BASE64.search(raw) and not has_padding_inside:
        try:
            return binascii.a2b_base64(raw), ""
        except binascii.Error:
            return from_base64(raw), "truncated base64"
    # A relay's footer behind the padding, or several encoded pieces in one: keep what is base64, drop what is not.
    lines = [line for line in raw.split(b"\n") if not _NOT_BASE64_LINE.search(line.strip())]
    if b" " in raw.strip() and sum(map(len, lines)) * _MOST_FOREIGN < len(raw.strip()):
        return raw, "labelled base64, is none"
    pieces = _BASE64_RUN.findall(b"\n".join(lines))
    return b"".join(map(from_base64, pieces)), "foreign characters in base64"


def uudecode(lines: list[bytes]) -> bytes:
    """The bytes of uuencoded `lines` up to `end`; a line that is none is left out."""
    decoded = bytearray()
    for line in lines:
        stripped = line.rstrip(b"\r")
        if stripped == b"end":
            break
        if not stripped:
            continue
        try:
            decoded += binascii.a2b_uu(stripped)
        except binascii.Error:
            length = (((stripped[0] - 32) & 63) * 4 + 5) // 3  # some programs pad a line beyond its length
            try:
                decoded += binascii.a2b_uu(stripped[:length])
            except binascii.Error:
                continue
    return bytes(decoded)


def split_uuencoded(text: str, most: int) -> tuple[str, list[tuple[str, bytes]]]:
    """`text` without its uuencoded files, and those files as (name, content), at most `most`."""
    files: list[tuple[str, bytes]] = []
    kept: list[str] = []
    position = 0
    while len(files) < most and (begin := _BEGIN_TEXT.search(text, position)):
        end = _END_TEXT.search(text, begin.end() - 1)
        if end is None:
            break
        lines = text[begin.end() : end.end()].encode("ascii", "replace").split(b"\n")
        files.append((begin[1].strip(), uudecode(lines)))
        kept.append(text[position : begin.start()])
        position = end.end()
    return "".join([*kept, text[position:]]), files
