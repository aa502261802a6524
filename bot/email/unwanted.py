"""Senders that the operator blocked, and what a trusted relay in front of us found: spam or malware."""

import re
from collections.abc import Callable, Iterable

from bot.email.parse import ParsedMail
from bot.email.word_lists import words

_YES = words("yes true spam")
_REFUSED_SCL = 5  # Exchange's spam confidence level from which a mail goes to Junk
_SCL = re.compile(r"\bSCL:(\d)", re.IGNORECASE)
_SFV_SPAM = re.compile(r"\bSFV:(?:SPM|SKB|SKS)\b", re.IGNORECASE)


def is_blocked(addresses: Iterable[str], blocked: frozenset[str]) -> bool:
    """Whether an address is blocked by itself or by its domain; a domain (`example.org`) stands for those below it."""
    return any(name in blocked for address in addresses for name in _names(address.lower()))


def _names(address: str) -> list[str]:
    labels = address.rpartition("@")[2].rstrip(".").split(".")
    return [address, *(".".join(labels[start:]) for start in range(len(labels)))]


def is_spam(mail: ParsedMail) -> bool:
    """What SpamAssassin, rspamd, bogofilter, DSPAM, Exchange, Barracuda, Mailgun and SES write.

    Of each field the topmost counts: the relay writes above what came with the mail.
    """
    return any(says(mail.headers.text(name).strip().lower()) for name, says in _SPAM_FIELDS.items())


def is_infected(mail: ParsedMail) -> bool:
    """What ClamAV's milter, amavis and SES write."""
    return any(says(mail.headers.text(name).strip().lower()) for name, says in _VIRUS_FIELDS.items())


def _says_yes(value: str) -> bool:
    return re.split(r"[\s,;]", value, maxsplit=1)[0] in _YES


def _rspamd_result(value: str) -> bool:
    """`default: True [15.70 / 15.00]`."""
    return value.partition("[")[0].partition(":")[2].strip() == "true"


def _rspamd_action(value: str) -> bool:
    return value in {"add header", "rewrite subject", "reject"}


def _exchange_level(value: str) -> bool:
    return value.isdecimal() and int(value[:3]) >= _REFUSED_SCL


def _forefront(value: str) -> bool:
    level = _SCL.search(value)
    return bool(_SFV_SPAM.search(value)) or (level is not None and int(level[1]) >= _REFUSED_SCL)


_SPAM_FIELDS: dict[str, Callable[[str], bool]] = {
    "x-spam-flag": _says_yes,
    "x-spam-status": _says_yes,
    "x-spam": _says_yes,
    "x-spamd-result": _rspamd_result,
    "x-rspamd-action": _rspamd_action,
    "x-bogosity": _says_yes,
    "x-dspam-result": _says_yes,
    "x-barracuda-spam-flag": _says_yes,
    "x-barracuda-spam-status": _says_yes,
    "x-mailgun-sflag": _says_yes,
    "x-ses-spam-verdict": lambda value: value == "fail",
    "x-ms-exchange-organization-scl": _exchange_level,
    "x-forefront-antispam-report": _forefront,
}
_VIRUS_FIELDS: dict[str, Callable[[str], bool]] = {
    "x-virus-status": lambda value: value.startswith("infected") or value == "yes",
    "x-amavis-alert": lambda value: value.startswith("infected"),
    "x-ses-virus-verdict": lambda value: value == "fail",
}
