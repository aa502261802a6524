"""Header fields that are safe whatever is put into them.

Every value is cleaned, encoded and folded here and stored as it goes over the wire. The folding of
`email.policy.default` is not used: up to Python 3.11.9 it unquotes commas of encoded names (gh-121284), which lets a
name become an address, and it encodes a long Message-ID, which breaks threading.
"""

import re
import unicodedata
from collections.abc import Iterable
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP

import idna

WIRE = SMTP.clone(refold_source="none", cte_type="7bit")
WIRE_UTF8 = WIRE.clone(utf8=True)  # for a local part beyond ASCII, RFC 6532

_LINE_LENGTH = 76
_NAME_LENGTH = 100
_ID_LENGTH = 900  # a line has at most 998 octets, RFC 5322 section 2.1.1
_REFERENCES = 30  # the first, which names the thread, and the newest
_ADDRESS_LENGTH = 254

_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}")
_ID = re.compile(r"[!-;=?-~]+")  # visible ASCII without angle brackets
_CONTROL = {"Cc", "Cs"}
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def one_line(text: str, length: int) -> str:
    """`text` without control characters, on one line, at most `length` characters."""
    visible = "".join(_shown(character) for character in text)
    line = " ".join(visible.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def mail_address(address: str) -> str | None:
    """`address` ready for the wire, an international domain in its ASCII form; None for what is no address."""
    local, _, domain = address.strip().rpartition("@")
    if not _LOCAL.fullmatch(local) or len(address) > _ADDRESS_LENGTH:
        return None
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
    return f"{local}@{ascii_domain}"


def mailbox(address: str, name: str = "") -> str:
    """A display name, which can hold anything, and an address that `mail_address` returned."""
    name = one_line(name, _NAME_LENGTH)
    if not name:
        return address
    if name.isascii() and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{_folded(name, 'utf-8', 'Reply-To')}\r\n <{address}>"


def put_text(message: EmailMessage, name: str, text: str) -> None:
    is_plain = text.isascii() and "=?" not in text
    _put(message, name, _folded(text, "us-ascii" if is_plain else "utf-8", name))


def put_mailboxes(message: EmailMessage, name: str, mailboxes: Iterable[str]) -> None:
    _put(message, name, ",\r\n ".join(mailboxes))


def put_ids(message: EmailMessage, name: str, ids: Iterable[str]) -> None:
    """Message-IDs, given without angle brackets; what is no id is left out."""
    known = [f"<{one}>" for one in ids if len(one) <= _ID_LENGTH and _ID.fullmatch(one)]
    if len(known) > _REFERENCES:
        known = [known[0], *known[1 - _REFERENCES :]]
    if known:
        _put(message, name, "\r\n ".join(known))


def _put(message: EmailMessage, name: str, value: str) -> None:
    message.set_raw(name, value)  # any other way parses it and folds it anew


def _folded(text: str, charset: str, name: str) -> str:
    return Header(text, charset, maxlinelen=_LINE_LENGTH, header_name=name).encode(linesep="\r\n")


def _shown(character: str) -> str:
    if character in _BIDI:
        return ""
    return " " if unicodedata.category(character) in _CONTROL else character
