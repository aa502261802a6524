"""What the desk needs from a door to understand its messages."""

from typing import Protocol

from core.intake.values import Channel, FetchedMail, InboundMessage, Interpretation, Pointing, ThreadPage, ThreadToRead
from core.people.values import Sender


class Interpreter(Protocol):
    """Reads one channel's raw bytes. Pure and CPU-bound: called on a worker thread, never raises on any bytes."""

    channel: Channel

    def interpret(self, message: InboundMessage) -> Interpretation: ...


class SenderCheck(Protocol):
    """Proves, by looking elsewhere, that a channel's sender is who they say. Never raises; unsure means no."""

    async def is_genuine(self, message: InboundMessage) -> bool: ...


class Directory(Protocol):
    """Asks a channel's own directory who a sender is (name, confirmed address). May return the sender unchanged."""

    channel: Channel

    async def look_up(self, sender: Sender) -> Sender: ...


class Reader(Protocol):
    """Reads the message that a gesture points at, where its channel keeps it.

    Raises:
        TryAgainLaterError: a passing fault; `retry_after` where the channel named a time.
    """

    channel: Channel

    async def read(self, message: InboundMessage, pointing: Pointing) -> Pointing: ...


class ThreadReader(Protocol):
    """Reads what was answered in a thread, where its channel keeps it, page by page.

    Raises:
        TryAgainLaterError: a passing fault; `retry_after` where the channel named a time.
    """

    channel: Channel

    async def read_thread(self, thread: ThreadToRead) -> ThreadPage: ...


class Fetcher(Protocol):
    """Gets a mail from a provider that has only told us that it is there.

    Raises:
        TryAgainLaterError: a passing fault, or one that the operator can mend.
        TooLargeError: larger than this desk takes.
    """

    source: str

    async def fetch(self, reference: str) -> FetchedMail: ...
