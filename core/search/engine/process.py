"""The engine's process as the desk sees it."""

import asyncio
import itertools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import structlog

from core.apart import environment_apart
from core.errors import TryAgainLaterError
from core.search.engine.frames import HEAD, Fault, framed, unframed

SECONDS_TO_END = 10.0
ENDED = "The process of the search index has ended; it is started again."

_log = structlog.get_logger(__name__)


class EngineProcess:
    """A running `python -m core.search.engine`. Calls are answered one after another, most in their order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._is_closing = False
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
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def ask(self, name: str, *arguments: Any) -> Any:
        """What the shard's method of this name gives.

        Raises:
            TryAgainLaterError: the call failed, or the process ended.
        """
        if self.has_ended or self._process.stdin is None:
            raise TryAgainLaterError(ENDED)
        number = next(self._numbers)
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._process.stdin.write(framed((number, name, arguments)))
            await self._process.stdin.drain()
            answer = await answered
        except ConnectionError as error:
            raise TryAgainLaterError(ENDED) from error
        finally:
            self._waiting.pop(number, None)
        if isinstance(answer, Fault):
            raise TryAgainLaterError(f"The search index failed: {answer.reason}")
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
                _log.warning("search.engine_ended", pid=self.pid, code=code)
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(TryAgainLaterError(ENDED))
