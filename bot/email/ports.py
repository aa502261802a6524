"""What the doors of mail need from the desk."""

from typing import Protocol

from core.intake.values import Accepted, InboundMessage


class MailIntake(Protocol):
    """Where mail goes.

    Raises:
        TryAgainLaterError: a passing fault; the sender keeps the mail.
        TooLargeError: the desk takes no mail of this size.
    """

    async def route(self, address: str) -> int | None:
        """The id of the organization that `address` leads to; None where it leads nowhere."""

    async def accept(self, message: InboundMessage) -> Accepted:
        """Returns only after the message is durably stored."""
