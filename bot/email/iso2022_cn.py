"""ISO-2022-CN (RFC 1922), which the standard library lacks. Never raises.

A designation (`ESC $ ) A` for GB 2312, `G` for plane 1 of CNS 11643) says what Shift Out turns on; a line end turns it
off. Plane 1 holds the first level of Big5 in its order; other planes are rare in mail and read as U+FFFD.
"""

import re

ESCAPES = re.compile(rb"\x1b\$\)[AGE]|\x1b\$\*H")
_TOKENS = re.compile(rb"\x1b\$[)*+][A-Z]|\x1b[NO]..|[\x0e\x0f\n]|[^\x1b\x0e\x0f\n]+|.", re.DOTALL)
_GB_2312, _CNS = b"A", b"G"
_CELLS = 94
_FIRST = 0x21  # row or cell
_FIRST_IDEOGRAPHS = 0x44  # row of plane 1; symbols stand before
_BIG5_LEAD, _BIG5_TRAILS = 0xA4, 157
_BIG5_LOW = 63  # trail bytes from 0x40; the others begin at 0xA1


def decode(raw: bytes) -> str:
    designated, shifted = b"", False
    pieces = []
    for token in _TOKENS.findall(raw):
        if token.startswith(b"\x1b$)"):
            designated = token[-1:]
        elif token in (b"\x0e", b"\x0f", b"\n"):
            shifted = token == b"\x0e"
            pieces.append("\n" if token == b"\n" else "")
        elif not token.startswith(b"\x1b"):
            pieces.append(_pairs(token, designated) if shifted else token.decode("ascii", "replace"))
        elif token[1:2] in (b"N", b"O"):
            pieces.append("\ufffd")
    return "".join(pieces)


def _pairs(run: bytes, designated: bytes) -> str:
    if designated == _GB_2312:
        return bytes(byte | 0x80 for byte in run).decode("gb18030", "replace")
    pairs = zip(run[::2], run[1::2], strict=False)
    return "".join(_from_cns(row, cell) if designated == _CNS else "\ufffd" for row, cell in pairs)


def _from_cns(row: int, cell: int) -> str:
    index = (row - _FIRST_IDEOGRAPHS) * _CELLS + cell - _FIRST
    if index < 0:
        return "\ufffd"
    lead, trail = divmod(index, _BIG5_TRAILS)
    trail += 0x40 if trail < _BIG5_LOW else 0xA1 - _BIG5_LOW
    return bytes((min(_BIG5_LEAD + lead, 0xFE), trail)).decode("big5", "replace")
