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
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.search.engine.frames import HEAD, Fault, framed, unframed
from core.search.engine.shard import DiskFullError, Shard

CLOSE = "close"
PREFERRED_VICTIM = "500"
"""Where memory is short, the kernel ends this process before the desk: it can be started again."""

Request = tuple[int, str, tuple[Any, ...]]


class Server:
    """Answers one request after another."""

    def __init__(self, shard: Shard, requests: io.FileIO, answers: io.FileIO) -> None:
        self._shard = shard
        self._requests = requests
        self._answers = answers

    def run(self) -> None:
        """Until the desk says `close`, or is gone."""
        while (request := self._next()) is not None:
            self._answer(request)
            if request[1] == CLOSE:
                return
        os._exit(0)  # what is not flushed is followed again: the slot is free the sooner

    def _next(self) -> Request | None:
        """What has changed is also brought to the disk when nobody asks for anything."""
        while not select.select([self._requests], [], [], self._shard.seconds_to_flush)[0]:
            self._shard.flush()
        return self._read()

    def _answer(self, request: Request) -> None:
        number, name, arguments = request
        try:
            self._send(number, getattr(self._shard, name)(*arguments))
        except BaseException as error:  # noqa: BLE001 (bare Exception, or a panic of the engine)
            self._send(number, Fault(str(error), is_full=isinstance(error, DiskFullError)))

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
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(PREFERRED_VICTIM)
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever the library prints must not stand among the answers
    with io.FileIO(0, "rb", closefd=False) as requests, io.FileIO(answers, "wb") as sent:
        Server(Shard(Path(folder), json.loads(description)), requests, sent).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
