"""The embedded engine in a process of its own: `python -m core.search.engine FOLDER DESCRIPTION`.

Its library lets no other Python code run during a call, and opening, flushing and closing take tenths of a second: in
the desk's own process the event loop would stand still. Requests arrive on standard input, answers go to standard
output. The end of the input is the end of the desk, however it came.
"""

import faulthandler
import io
import json
import os
import select
import signal
import sys
from collections import deque
from pathlib import Path
from typing import Any

from core.search.engine.compaction import Compaction
from core.search.engine.frames import HEAD, Fault, framed, unframed
from core.search.engine.shard import Shard

CHANGES = {"upsert", "delete", "clear", "note_position"}
CLOSE, SETTLED = "close", "settled"

Request = tuple[int, str, tuple[Any, ...]]


class Server:
    """Answers one request after another, and does what goes on between them."""

    def __init__(self, shard: Shard, requests: io.FileIO, answers: io.FileIO) -> None:
        self._shard = shard
        self._requests = requests
        self._answers = answers
        self._put_off: deque[Request] = deque()  # changes that arrived while the shard was being copied
        self._settling: list[int] = []

    def run(self) -> None:
        """Until the desk says `close`, or is gone."""
        while True:
            is_busy = self._between()
            heard = self._heard(is_busy=is_busy)
            if self._requests in heard:
                request = self._read()
                if request is None:
                    os._exit(0)  # what is not flushed is followed again: the slot is free the sooner
                if request[1] in CHANGES and (self._shard.is_copied or self._put_off):
                    self._put_off.append(request)
                else:
                    self._answer(request)
                if request[1] == CLOSE:
                    return

    def _between(self) -> bool:
        """True where there is more to do at once."""
        if self._put_off and not self._shard.is_copied:
            self._answer(self._put_off.popleft())
            return True
        is_busy = self._shard.go_on()
        if self._settling and self._shard.is_settled:
            for number in self._settling:
                self._send(number, None)
            self._settling.clear()
        return is_busy

    def _heard(self, *, is_busy: bool) -> list[Any]:
        compaction = self._shard.compaction
        watched: list[io.FileIO | Compaction] = [self._requests, *([compaction] if compaction else [])]
        heard, _, _ = select.select(watched, [], [], 0 if is_busy else None)
        if compaction in heard:
            self._shard.heed_compaction()
        return heard

    def _answer(self, request: Request) -> None:
        number, name, arguments = request
        if name == SETTLED:
            self._settling.append(number)
            return
        try:
            self._send(number, getattr(self._shard, name)(*arguments))
        except BaseException as error:  # noqa: BLE001 (bare Exception, or a panic of the engine)
            self._send(number, Fault(str(error)))

    def _send(self, number: int, answer: Any) -> None:
        notes, self._shard.notes = self._shard.notes, []
        message = memoryview(framed((number, answer, notes)))
        while message:
            message = message[self._answers.write(message) :]

    def _read(self) -> Request | None:
        head = self._exactly(HEAD.size)
        body = self._exactly(HEAD.unpack(head)[0]) if head else None
        return unframed(body) if body else None

    def _exactly(self, count: int) -> bytes | None:
        pieces, missing = [], count
        while missing:
            piece = self._requests.read(missing)
            if not piece:
                return None
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)


def main(folder: str, description: str) -> None:
    """Serve one slot."""
    faulthandler.enable()  # the desk logs what was printed by a process that crashed
    for ending in (signal.SIGINT, signal.SIGTERM):  # the desk ends us, after it has drained
        signal.signal(ending, signal.SIG_IGN)
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever the library prints must not stand among the answers
    with io.FileIO(0, "rb", closefd=False) as requests, io.FileIO(answers, "wb") as sent:
        Server(Shard(Path(folder), json.loads(description)), requests, sent).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
