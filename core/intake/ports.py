"""What the desk needs from a door to understand its messages."""

from typing import Protocol

from core.intake.values import Channel, InboundMessage, Interpretation


class Interpreter(Protocol):
    """Reads one channel's raw bytes. Pure and CPU-bound: called on a worker thread, never raises on any bytes."""

    channel: Channel

    def interpret(self, message: InboundMessage) -> Interpretation: ...
