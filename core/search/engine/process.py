"""The engine's process as the desk sees it."""

import asyncio
import itertools
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import structlog

from core.apart import environment_apart
from core.errors import TryAgainLaterError
from core.search.engine.frames import HEAD, Fault, framed, unframed
from core.search.ports import IndexEndedError, IndexFullError

SECONDS_TO_END = 10.0
SECONDS_FOR_LAST_WORDS = 1.0
LAST_WORDS = 4000  # bytes of what it printed that are kept for the log
CRASHES = {-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT, -signal.SIGILL, -signal.SIGFPE}
ENDED = "The process of the search index has ended; it is started again."

_log = structlog.get_logger(__name__)


class EngineProcess:
    """A running `python -m core.search.engine`. Calls are answered one after another, most in their order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._is_closing = False
        self._printed = b""
        self._hearing = asyncio.create_task(self._hear(), name="search engine's standard error")
        self._listening = asyncio.create_task(self._listen(), name="search engine")

    @classmethod
    async def start(cls, folder: Path, description: Mapping[str, Any], *, lock: int) -> Self:
        """The process holds the slot's `lock` as well: the slot is free only when both are gone.

        Raises:
            TryAgainLaterError: it could not be started.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "core.search.engine", str(folder), json.dumps(description)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(lock,),
                env=environment_apart(),
            )
        except OSError as error:
            raise TryAgainLaterError("No process could be started for the search index.") from error
        return cls(process)

    @property
    def has_ended(self) -> bool:
        """Whether it must be started again."""
        return self._listening.done()

    @property
    def has_crashed(self) -> bool:
        """Whether it ended by a fault of its own, and was not killed by somebody."""
        return self._process.returncode in CRASHES

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def ask(self, name: str, *arguments: Any) -> Any:
        """What the shard's method of this name gives.

        Raises:
            IndexEndedError: the process ended.
            IndexFullError: the disk has no room for it.
            TryAgainLaterError: the call failed.
        """
        if self.has_ended or self._process.stdin is None:
            raise IndexEndedError(ENDED)
        number = next(self._numbers)
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._process.stdin.write(framed((number, name, arguments)))
            await self._process.stdin.drain()
            answer = await answered
        except ConnectionError as error:
            answered.cancel()
            await asyncio.wait([self._listening])  # until then nobody would start another
            raise IndexEndedError(ENDED) from error
        finally:
            self._waiting.pop(number, None)
        if isinstance(answer, Fault):
            failed = IndexFullError if answer.is_full else TryAgainLaterError
            raise failed(f"The search index failed: {answer.reason}")
        return answer

    async def close(self) -> None:
        """Let it flush and end."""
        self._is_closing = True
        try:
            async with asyncio.timeout(SECONDS_TO_END):
                await self.ask("close")
                await self._process.wait()
        except (TimeoutError, TryAgainLaterError):
            await self.kill()
        await asyncio.wait([self._listening])

    async def kill(self) -> None:
        """End it without a word; what was not flushed is lost to the folder."""
        self._is_closing = True
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _listen(self) -> None:
        try:
            while (answers := self._process.stdout) is not None:
                (length,) = HEAD.unpack(await answers.readexactly(HEAD.size))
                number, answer, notes = unframed(await answers.readexactly(length))
                for event, values in notes:
                    _log.info(event, **values)
                if (waiting := self._waiting.get(number)) is not None and not waiting.done():
                    waiting.set_result(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await self._process.wait()
            if not self._is_closing:
                await asyncio.wait([self._hearing], timeout=SECONDS_FOR_LAST_WORDS)
                printed = self._printed.decode("utf-8", "replace").strip()
                _log.warning("search.engine_ended", pid=self.pid, code=code, printed=printed)
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(IndexEndedError(ENDED))

    async def _hear(self) -> None:
        """Keep the end of what the library, and Python at a crash, have printed."""
        while (errors := self._process.stderr) is not None and (piece := await errors.read(LAST_WORDS)):
            self._printed = (self._printed + piece)[-LAST_WORDS:]
