"""What every way out of the house for mail has in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class SentMail:
    """What became of a mail: its Message-ID on the wire without angle brackets, and the provider's own id for it."""

    message_id: str
    provider_id: str = ""


class Transport(Protocol):
    """Sends one composed mail.

    Args of `send`:
        recipients: the envelope, the one it is meant for first.
        key: names this mail for ever; a second try has the same key and the same Message-ID.

    Raises:
        DeliveryRefusedError: it will never be taken.
        TryAgainLaterError: a passing fault; `retry_after` where the other side named a time.
        ConfigurationError: by the constructor, where a setting is missing or wrong.
    """

    name: str

    async def send(self, message: EmailMessage, recipients: Sequence[str], *, key: str) -> SentMail: ...


def message_id(message: EmailMessage) -> str:
    return str(message["Message-ID"] or "").strip().strip("<>")
