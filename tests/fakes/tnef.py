"""winmail.dat as Outlook would write it (MS-OXTNEF), with files and texts of our own."""

import struct

MESSAGE, FILE = 1, 2
EMBEDDED_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def attribute(level: int, name: int, value: bytes, *, kind: int = 6, length: int | None = None) -> bytes:
    head = struct.pack("<BHHI", level, name, kind, len(value) if length is None else length)
    return head + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(*rows: tuple[int, int, bytes]) -> bytes:
    """Each row is id, type and value; strings, binaries and objects get their count and padding."""
    return struct.pack("<I", len(rows)) + b"".join(_property(*row) for row in rows)


def _property(name: int, kind: int, value: bytes) -> bytes:
    head = struct.pack("<HH", kind, name)
    if name >= 0x8000:
        head += b"\x11" * 16 + struct.pack("<II", 1, 6) + "abc".encode("utf-16-le") + b"\0\0"
    if kind in (0x1E, 0x1F, 0x0D, 0x102):
        return head + struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return head + value + b"\0" * (-len(value) % 4)


def winmail(*attributes: bytes, codepage: int = 1252) -> bytes:
    start = struct.pack("<IH", 0x223E9F78, 1)
    pages = attribute(MESSAGE, 0x9007, struct.pack("<II", codepage, 0))
    return start + attribute(MESSAGE, 0x9006, struct.pack("<I", 0x10000)) + pages + b"".join(attributes)


def file(name: str, content: bytes, *rows: tuple[int, int, bytes]) -> bytes:
    """One attachment the way Outlook does it: a short name, the bytes, then its properties with the long name."""
    return (
        attribute(FILE, 0x9002, b"\x01\x00" + b"\xff" * 12)
        + attribute(FILE, 0x8010, b"SHORT~1.BIN\0")
        + attribute(FILE, 0x800F, content)
        + attribute(FILE, 0x9005, properties((0x3707, 0x1F, f"{name}\0".encode("utf-16-le")), *rows))
    )


def message(*rows: tuple[int, int, bytes]) -> bytes:
    return attribute(MESSAGE, 0x9003, properties(*rows))
