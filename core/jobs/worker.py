"""The worker: claims jobs by lease, runs them, finishes them fenced.

Every turn of its loop is one short transaction that finishes what has ended, extends the leases of what runs and claims
what is due. A process that dies leaves its leases to expire; another worker then takes the jobs over.
"""

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from core.clock import Clock
from core.db.engine import Database
from core.errors import TryAgainLaterError
from core.jobs import claims
from core.jobs.kinds import ALL_KINDS
from core.jobs.values import JobTicket, Lane, retry_delay

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
POLL = timedelta(seconds=1)
DEFAULT_LANES = {Lane.INTAKE: 4, Lane.DELIVERY: 8, Lane.AI: 3, Lane.INDEX: 1, Lane.UPKEEP: 1}


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a kind of job does. `on_dead` is told when the last try has failed."""

    run: Callable[[JobTicket], Awaitable[None]]
    on_dead: Callable[[JobTicket, str], Awaitable[None]] | None = None


@dataclass(slots=True)
class _Running:
    job: JobTicket
    task: asyncio.Task[None] = field(repr=False)


class Worker:
    """Runs jobs in this process with a bound for each lane."""

    def __init__(
        self,
        database: Database,
        runs: Mapping[str, JobRun],
        *,
        clock: Clock,
        lanes: Mapping[Lane, int] | None = None,
        lease: timedelta = LEASE,
        poll: timedelta = POLL,
        jitter: random.Random | None = None,
    ) -> None:
        self._database = database
        self._runs = runs
        self._clock = clock
        self._lanes = dict(lanes or DEFAULT_LANES)
        self._lease = lease
        self._poll = poll.total_seconds()
        self._jitter = jitter or random.Random()  # noqa: S311 (spreads retries; no secret depends on it)
        self._owner = secrets.token_hex(8)
        self._wake = asyncio.Event()
        self._running: dict[int, _Running] = {}
        self._ended: list[claims.Ending] = []
        self._stopping = False
        self._renewed = 0.0
        self.last_turn: float | None = None

    def wake(self) -> None:
        """There may be work: called after every commit that enqueued some."""
        self._wake.set()

    @property
    def is_alive(self) -> bool:
        """Whether the loop has turned lately."""
        return self.last_turn is not None and time.monotonic() - self.last_turn < max(10 * self._poll, 15)

    async def run(self) -> None:
        """Work until `stop`."""
        while not (self._stopping and not self._running and not self._ended):
            self._wake.clear()  # before claiming, or a wake-up in between is lost
            pause = self._poll
            try:
                pause = await self._turn()
                self.last_turn = time.monotonic()
            except TryAgainLaterError as error:
                log.warning("worker.database_away", reason=str(error))
            except Exception:  # the loop is the process's heart: it reports and goes on
                log.exception("worker.turn_failed")
            await self._rest(pause)

    async def stop(self, *, grace: float = 8.0) -> None:
        """Claim nothing more, let what runs end within `grace` seconds, then give the rest back to the queue."""
        self._stopping = True
        self._wake.set()
        tasks = [running.task for running in self._running.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)
        self._wake.set()

    async def _rest(self, pause: float) -> None:
        if self._ended and not self._stopping:
            return
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=min(pause, self._poll))
        except TimeoutError:
            return

    async def _turn(self) -> float:
        """One transaction: finish, renew, claim. Returns how many seconds it may rest."""
        ended, self._ended = self._ended, []
        try:
            async with self._database.writing() as connection:
                await claims.finish(connection, self._database, ended, clock=self._clock)
                if self._is_renewal_due():
                    await claims.renew(connection, self._database, self._owner, self._lease, clock=self._clock)
                    self._renewed = time.monotonic()
                claimed = await self._claim(connection)
                next_due = await claims.seconds_to_next_due(connection, self._database, clock=self._clock)
        except BaseException:
            self._ended = ended + self._ended
            raise
        for job in claimed:
            self._start(job)
        if claimed:
            return 0.0
        return self._poll if next_due is None else max(0.0, next_due)

    def _is_renewal_due(self) -> bool:
        return bool(self._running) and time.monotonic() - self._renewed > self._lease.total_seconds() / 3

    async def _claim(self, connection: claims.Connection) -> list[JobTicket]:
        if self._stopping:
            return []
        busy = Counter(running.job.lane for running in self._running.values())
        claimed: list[JobTicket] = []
        for lane, most in self._lanes.items():
            free = most - busy[lane]
            if free > 0:
                claimed += await claims.claim(
                    connection, self._database, lane, free, owner=self._owner, lease=self._lease, clock=self._clock
                )
        return claimed

    def _start(self, job: JobTicket) -> None:
        task = asyncio.create_task(self._run_one(job), name=f"job {job.id} {job.kind}")
        self._running[job.id] = _Running(job, task)

    async def _run_one(self, job: JobTicket) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, kind=job.kind):
            try:
                ending = await self._attempt(job)
            except asyncio.CancelledError:
                ending = claims.Ending(job, claims.RELEASED)
            finally:
                self._running.pop(job.id, None)
            self._ended.append(ending)
            self._wake.set()

    async def _attempt(self, job: JobTicket) -> claims.Ending:
        kind = ALL_KINDS[job.kind]
        try:
            async with asyncio.timeout(kind.timeout.total_seconds()):
                await self._runs[job.kind].run(job)
        except TryAgainLaterError as error:
            return await self._failed(job, str(error), retry_after=error.retry_after)
        except TimeoutError:
            return await self._failed(job, f"took longer than {kind.timeout.total_seconds():.0f} s")
        except Exception as error:  # whatever a job does, its failure is kept with it and retried
            log.exception("job.failed", attempt=job.attempts)
            return await self._failed(job, f"{type(error).__name__}: {error}")
        return claims.Ending(job, claims.DONE)

    async def _failed(self, job: JobTicket, reason: str, *, retry_after: float | None = None) -> claims.Ending:
        if job.attempts < ALL_KINDS[job.kind].max_attempts:
            delay = retry_delay(job.attempts, jitter=self._jitter)
            if retry_after is not None:
                delay = max(delay, timedelta(seconds=retry_after))
            log.info("job.retried", attempt=job.attempts, seconds=round(delay.total_seconds(), 1), reason=reason)
            return claims.Ending(job, claims.RETRY, error=reason, delay=delay)
        log.error("job.dead", attempts=job.attempts, reason=reason)
        told = self._runs[job.kind].on_dead
        if told:
            try:
                await told(job, reason)
            except Exception:  # the job is dead either way and shown with its error
                log.exception("job.on_dead_failed")
        return claims.Ending(job, claims.DEAD, error=reason)
