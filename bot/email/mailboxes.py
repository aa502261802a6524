"""Names and addresses in From, To, Cc and the envelope fields; Message-IDs and dates. Never raises."""

import email.utils
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from bot.email.address_fields import ADDRESS, read_pairs
from bot.email.headers import decode_words

_MAX_MAILBOXES = 500
_MAX_IDS = 200
_MAX_ID_LENGTH = 998  # a line's length, RFC 5322 section 2.1.1
_BRACKETED_ID = re.compile(r"<([^<>]{1,2000})>")
_SPACE = re.compile(r"\s+")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """One correspondent. `email` keeps its case and is empty where the field named nobody reachable."""

    name: str = ""
    email: str = ""


def read_mailboxes(values: list[str]) -> tuple[Mailbox, ...]:
    """The mailboxes in some address fields, in order; `values` still have their encoded words."""
    found: list[Mailbox] = []
    for value in values:
        found += _read_field(value)
    return tuple(found[:_MAX_MAILBOXES])


def _read_field(value: str) -> list[Mailbox]:
    if "@" not in value and "=?" in value:  # the whole field was encoded, address and all
        value = decode_words(value)
    mailboxes = [mailbox for name, address in read_pairs(value) if (mailbox := _mailbox(name, address)) is not None]
    if not any(mailbox.email for mailbox in mailboxes) and (rescued := ADDRESS.findall(value)[:_MAX_MAILBOXES]):
        return [Mailbox(email=address) for address in rescued]
    return mailboxes


def _mailbox(name: str, address: str) -> Mailbox | None:
    name, address = _text(decode_words(name)), _SPACE.sub("", decode_words(address))
    local, at, domain = address.rpartition("@")
    if not local.startswith('"') or not local.endswith('"'):
        local = local.strip("'\"<>,;")
    domain = domain.strip("'\"<>,;.")
    if not (local and at and domain):
        name = name or address
        return Mailbox(name=name) if name else None
    address = _UNSAFE.sub("", f"{local}@{domain}")
    return Mailbox(name="" if name == address else name, email=address)


def _text(name: str) -> str:
    return _UNSAFE.sub("", _SPACE.sub(" ", name)).strip().strip("'\"").strip()


def read_message_ids(values: list[str]) -> tuple[str, ...]:
    """Message-IDs without brackets, each once, in the order written."""
    found: list[str] = []
    for value in values:
        bracketed = _BRACKETED_ID.findall(value)
        for candidate in bracketed or value.split():
            plain = _SPACE.sub("", _UNSAFE.sub("", candidate)).strip("<>,;\"'")
            if plain and len(plain) <= _MAX_ID_LENGTH and (bracketed or "@" in plain or len(values) == 1):
                found.append(plain)
    return tuple(dict.fromkeys(found))[-_MAX_IDS:]


def read_date(value: str) -> datetime | None:
    """The moment in a Date field, with its offset (UTC where it names none); None where it is no date."""
    try:
        parsed = email.utils.parsedate_tz(value[:200])
        if parsed is None:
            return None
        year, month, day, hour, minute, second = parsed[:6]
        offset = parsed[9] or 0
        zone = UTC if offset == 0 else timezone(timedelta(seconds=offset))
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        moment.astimezone(UTC)  # refuses what leaves the calendar in UTC
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError, RecursionError):
        return None
    return moment
