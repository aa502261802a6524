"""What the desk needs from a triage engine."""

from typing import Protocol

from core.triage.values import TriageRequest, TriageResult


class Triage(Protocol):
    """Suggests how to sort a ticket.

    Raises:
        core.triage.values.TriageFailedError: the engine could not answer; its `calls` still have to be billed.
    """

    model: str

    async def suggest(self, request: TriageRequest) -> TriageResult: ...

    async def close(self) -> None: ...
