"""Telling the worker of this process that there may be work."""

from collections.abc import Callable


class WakeUp:
    """Rung after every commit that enqueued work; whoever listens looks at once instead of at the next poll."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def ring(self) -> None:
        for listener in self._listeners:
            listener()
