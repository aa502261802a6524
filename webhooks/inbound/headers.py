"""Header fields on their way from a provider's post into a mail: read, kept in order, and made safe to write."""

import email.utils
import re
from collections.abc import Iterable, Sequence
from typing import Any

Header = tuple[str, bytes]
"""A field's name and its value, encoded words left as they are, other characters in UTF-8."""

LARGEST_BLOCK = 1024 * 1024  # bytes of a mail's header that are looked through for recipients
_NAME = re.compile(r"[!-9;-~]{1,200}")  # RFC 5322 section 2.2
_LINE_ENDS = re.compile(rb"[\r\n][ \t\r\n]*")
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*(?:\r?\n[ \t].*)*)", re.MULTILINE)
_RECIPIENT_FIELDS = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
# Since CVE-2023-27043 the email package refuses whole fields for one odd character unless told not to.
_TOLERANT: dict[str, Any] = {"strict": False} if hasattr(email.utils, "supports_strict_parsing") else {}


def header(name: str, value: str | bytes) -> Header | None:
    """A field that can be written: no line of its value can begin another field. None for an impossible name."""
    if not _NAME.fullmatch(name):
        return None
    content = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return name, _LINE_ENDS.sub(b"\r\n ", content.strip().replace(b"\x00", b""))


def headers(pairs: Iterable[tuple[str, str | bytes]]) -> list[Header]:
    """The fields that can be written, in their order."""
    return [one for name, value in pairs if (one := header(name, value)) is not None]


def with_missing(known: Sequence[Header], pairs: Iterable[tuple[str, str | bytes]]) -> list[Header]:
    """The known fields, and those of `pairs` that say something and are not among them."""
    names = {name.lower() for name, _ in known}
    return [*known, *headers((name, value) for name, value in pairs if value and name.lower() not in names)]


def read_headers(block: bytes) -> list[Header]:
    """The fields of a header block as it stood in the mail."""
    return headers((name.decode("ascii"), value) for name, value in _FIELD.findall(block))


def mailbox(name: str, address: str) -> str:
    """`"Name" <address>`, the name quoted whatever is in it (RFC 5322 section 3.2.4, RFC 6532)."""
    if not name:
        return address
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def addresses(values: Iterable[str]) -> tuple[str, ...]:
    """The bare addresses in some address fields, each once."""
    try:
        pairs = email.utils.getaddresses(list(values), **_TOLERANT)
    except (RecursionError, IndexError, AttributeError, ValueError, TypeError):  # getaddresses on hostile fields
        return ()
    return tuple(dict.fromkeys(address for _, address in pairs if "@" in address))


def named_recipients(raw: bytes) -> tuple[str, ...]:
    """Whom a mail itself names as its recipients: Delivered-To and its like first, then To and Cc."""
    block = re.split(rb"\r?\n\r?\n", raw[:LARGEST_BLOCK].lstrip(b"\r\n"), maxsplit=1)[0]
    found: dict[str, list[str]] = {name: [] for name in _RECIPIENT_FIELDS}
    for name, value in read_headers(block):
        if name.lower() in found:
            found[name.lower()].append(value.decode("utf-8", "replace"))
    return addresses(value for name in _RECIPIENT_FIELDS for value in found[name])
