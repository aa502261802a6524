"""How much content the SMTP door holds in memory, and which part of it one client may take."""

import asyncio
from collections import Counter
from typing import Any

ALWAYS = 1 << 16  # bytes of every mail, for which there is room in any case: connections are bounded, too


class Room:
    """Room for content that is arriving or being stored, over all connections.

    A client may hold no more than it leaves free to others: alone half of `size`, a second one a quarter. What most
    mails need is not counted, so that they arrive however many clients hold on to how much.
    """

    def __init__(self, size: int) -> None:
        self._free = size
        self._held: Counter[str] = Counter()
        self._storing: set[asyncio.Future[Any]] = set()

    def take(self, client: str) -> "Place":
        """The place of one more mail of a client, empty yet."""
        return Place(self, client)

    def keep(self, storing: asyncio.Future[Any]) -> None:
        """Hold on to a task until it has ended: the event loop alone does not."""
        self._storing.add(storing)
        storing.add_done_callback(self._storing.discard)

    def held_by(self, client: str) -> int:
        return self._held[client]

    def reserve(self, client: str, size: int) -> bool:
        """Count `size` more bytes of a client; False where that is more than its share."""
        if self._held[client] + size > self._free - size:
            return False
        self._free -= size
        self._held[client] += size
        return True

    def release(self, client: str, size: int) -> None:
        """Count `size` bytes fewer."""
        self._free += size
        self._held[client] -= size
        if not self._held[client]:
            del self._held[client]


class Place:
    """What one mail holds of the room."""

    def __init__(self, room: Room, client: str) -> None:
        self._room = room
        self._client = client
        self._counted = 0

    def hold(self, size: int) -> bool:
        """Whether the mail may have `size` bytes in all; it holds that many from then on."""
        more = size - ALWAYS - self._counted
        if more > 0:
            if not self._room.reserve(self._client, more):
                return False
            self._counted += more
        return True

    def leave_after(self, storing: asyncio.Future[Any]) -> None:
        """Give everything back when the mail is stored, whether or not the client waits for that."""
        self._room.keep(storing)
        storing.add_done_callback(lambda _: self.leave())

    def leave(self) -> None:
        """Give everything back."""
        self._room.release(self._client, self._counted)
        self._counted = 0
