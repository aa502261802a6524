"""What goes wrong between this desk and Slack."""

from core.errors import InvalidInputError


class PayloadRefusedError(InvalidInputError):
    """A payload that this desk does not take; `reason` names why in a form fit for a log or a ledger row.

    `is_malformed` tells a broken payload (answered with 400) from a sound one that is of no use here (200).
    """

    def __init__(self, reason: str, *, is_malformed: bool = True) -> None:
        super().__init__(f"Slack payload refused: {reason}.")
        self.reason = reason
        self.is_malformed = is_malformed
