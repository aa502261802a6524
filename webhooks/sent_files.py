"""The files that a form brought: all of them, or the reason why none of them was taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import DeskError
from core.tickets.attaching import StoredAttachment


@dataclass(slots=True)
class SentFiles:
    """`refusal` stands for the first that was not taken; its form is shown again, with all that was written."""

    stored: list[StoredAttachment] = field(default_factory=list)
    refusal: DeskError | None = None

    def taken(self) -> Sequence[StoredAttachment]:
        """Every file, in the order of the form.

        Raises:
            InvalidInputError, TooLargeError: one was refused, and so all are.
        """
        if self.refusal is not None:
            raise self.refusal
        return self.stored
