"""The worker: claims jobs by lease, runs them, finishes them fenced.

Every turn of its loop is one short transaction that finishes what has ended, extends the leases of what runs and claims
what is due. A process that dies leaves its leases to expire; another worker then takes the jobs over.
"""

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from core.clock import Clock
from core.db.engine import Database
from core.errors import TryAgainLaterError
from core.jobs import claims
from core.jobs.kinds import ALL_KINDS
from core.jobs.pace import DEFAULT_LANES, Pace
from core.jobs.values import JobTicket, Lane, retry_delay

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=15)
POLL = timedelta(seconds=1)
APART = 4  # jobs at once of a kind that runs many together, where they have to run by themselves
HOLD = 0.05  # seconds until a worker that gives way to busy doors looks again


RunMany = Callable[[Sequence[JobTicket], Callable[[JobTicket], None]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a kind of job does. `on_dead` is told when the last try has failed.

    `run_many` does many at once and may tell of each that is done before the others are. Where it raises, each of the
    others is run by itself, so running one twice must change nothing.
    """

    run: Callable[[JobTicket], Awaitable[None]]
    on_dead: Callable[[JobTicket, str], Awaitable[None]] | None = None
    run_many: RunMany | None = None


class Worker:
    """Runs jobs in this process with a bound for each lane.

    `arriving` tells how many messages a second come in just now: in a burst, jobs wait a little (see `Pace`).
    """

    def __init__(
        self,
        database: Database,
        runs: Mapping[str, JobRun],
        *,
        clock: Clock,
        lanes: Mapping[Lane, int] = DEFAULT_LANES,
        arriving: Callable[[], float] = lambda: 0.0,
        lease: timedelta = LEASE,
        poll: timedelta = POLL,
        jitter: random.Random | None = None,
    ) -> None:
        self._database = database
        self._runs = runs
        self._clock = clock
        self._pace = Pace(lanes, arriving, time.monotonic)
        self._lease = lease
        self._poll = poll.total_seconds()
        self._jitter = jitter or random.Random()  # noqa: S311 (spreads retries; no secret depends on it)
        self._owner = secrets.token_hex(8)
        self._claims = claims.Claims(database, lanes, owner=self._owner, lease=lease, clock=clock)
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], list[JobTicket]] = {}
        self._ended: list[claims.Ending] = []
        self._stopping = False
        self._renewed = 0.0
        self._looked_for_abandoned = 0.0
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
            if self._pace.holds_back() and not self._stopping:
                await asyncio.sleep(HOLD)
                continue
            self._wake.clear()  # before claiming, or a wake-up in between is lost
            try:
                pause = await self._turn()
            except TryAgainLaterError as error:
                log.warning("worker.database_away", reason=str(error))
                await asyncio.sleep(self._poll)
            except Exception:  # the loop is the process's heart: it reports and goes on
                log.exception("worker.turn_failed")
                await asyncio.sleep(self._poll)
            else:
                self.last_turn = time.monotonic()
                await self._rest(pause)

    async def stop(self, *, grace: float = 8.0) -> None:
        """Claim nothing more, let what runs end within `grace` seconds, then give the rest back to the queue."""
        self._stopping = True
        self._wake.set()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)
        self._wake.set()

    async def _rest(self, pause: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=min(pause, self._poll))
        except TimeoutError:
            return

    async def _turn(self) -> float:
        """One transaction: finish, renew, claim. Returns how many seconds it may rest."""
        ended = list(self._ended)
        async with self._database.writing() as connection:
            renewed = self._to_renew()
            await self._claims.hold(connection, [*(ending.job for ending in ended), *renewed])
            await self._finish(connection, ended)
            await self._keep_leases(connection, renewed)
            waiting = await self._claims.look(connection)
            claimed = await self._claim(connection, waiting)
        del self._ended[: len(ended)]  # only now that it is committed; what has ended since stays for the next turn
        if self._stopping:  # since it claimed them; `stop` no longer waits for what would only begin now
            self._ended += [claims.Ending(job, claims.How.RELEASED) for job in claimed]
        else:
            for jobs in self._together(claimed):
                self._start(jobs)
        return self._poll if waiting.next_due_in is None else max(0.0, waiting.next_due_in)

    async def _finish(self, connection: claims.Connection, ended: list[claims.Ending]) -> None:
        done = [ending.job for ending in ended if ending.how is claims.How.DONE]
        if done:
            await self._claims.end_well(connection, done)
        failed = [ending for ending in ended if ending.how is not claims.How.DONE]
        await claims.finish(connection, self._database, failed, clock=self._clock)

    def _to_renew(self) -> list[JobTicket]:
        """What runs, when it is time to extend the leases of that."""
        is_due = time.monotonic() - self._renewed > self._lease.total_seconds() / 3
        return [job for jobs in self._running.values() for job in jobs] if is_due else []

    async def _keep_leases(self, connection: claims.Connection, renewed: Sequence[JobTicket]) -> None:
        """Extend our own, before looking for those that nobody extends any more."""
        now = time.monotonic()
        if renewed:
            ids = [job.id for job in renewed]
            await claims.renew(connection, self._database, ids, owner=self._owner, lease=self._lease, clock=self._clock)
            self._renewed = now
        if now - self._looked_for_abandoned >= self._poll:
            abandoned = await claims.take_over(connection, self._database, clock=self._clock)
            self._looked_for_abandoned = now
            if abandoned:
                log.warning("jobs.taken_over", count=abandoned)

    async def _claim(self, connection: claims.Connection, waiting: claims.Waiting) -> list[JobTicket]:
        running = Counter(job.lane for jobs in self._running.values() for job in jobs)
        places = self._pace.places(running, waiting.due)
        claimed = await self._claims.claim(connection, places) if places and not self._stopping else []
        self._pace.started(waiting.due, places, Counter(job.lane for job in claimed))
        return claimed

    def _together(self, claimed: Sequence[JobTicket]) -> list[list[JobTicket]]:
        """Jobs in groups of one task each. What was tried before is kept apart: it may be what made others fail."""
        groups: dict[object, list[JobTicket]] = {}
        for job in claimed:
            if self._runs[job.kind].run_many is None:
                groups[job.id] = [job]
            else:
                name = (job.kind, "together" if job.attempts == 1 else job.id % APART)
                groups.setdefault(name, []).append(job)
        return list(groups.values())

    def _start(self, jobs: list[JobTicket]) -> None:
        is_group = len(jobs) > 1 and all(job.attempts == 1 for job in jobs)
        run = self._run_group(jobs) if is_group else self._run_apart(jobs)
        task = asyncio.create_task(run, name=f"job {jobs[0].id} {jobs[0].kind}")
        self._running[task] = jobs
        task.add_done_callback(self._ended_task)

    def _ended_task(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()

    async def _run_group(self, jobs: list[JobTicket]) -> None:
        """Run jobs together. `jobs` is also what counts as running: what is done leaves it."""
        kind = jobs[0].kind
        run_many = self._runs[kind].run_many
        assert run_many is not None  # noqa: S101 (groups are made of such jobs)

        def done(job: JobTicket) -> None:
            jobs.remove(job)
            self._ended.append(claims.Ending(job, claims.How.DONE))
            self._wake.set()

        try:
            async with asyncio.timeout(ALL_KINDS[kind].timeout.total_seconds()):
                await run_many(tuple(jobs), done)
        except asyncio.CancelledError:
            self._ended += [claims.Ending(job, claims.How.RELEASED) for job in jobs]
        except Exception as error:  # noqa: BLE001 (each is tried by itself, and reports what fails)
            log.info("jobs.group_failed", kind=kind, jobs=len(jobs), reason=str(error))
            await asyncio.gather(*(self._run_apart(jobs[first::APART]) for first in range(APART)))
        else:
            self._ended += [claims.Ending(job, claims.How.DONE) for job in jobs]

    async def _run_apart(self, jobs: Sequence[JobTicket]) -> None:
        for job in jobs:
            if self._stopping:
                self._ended.append(claims.Ending(job, claims.How.RELEASED))
            else:
                await self._run_one(job)

    async def _run_one(self, job: JobTicket) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, kind=job.kind):
            try:
                ending = await self._attempt(job)
            except asyncio.CancelledError:
                ending = claims.Ending(job, claims.How.RELEASED)
            self._ended.append(ending)

    async def _attempt(self, job: JobTicket) -> claims.Ending:
        if job.attempts > ALL_KINDS[job.kind].max_attempts:
            return await self._dead(job, job.last_error or "its worker died during the last try")
        seconds = ALL_KINDS[job.kind].timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds) as limit:
                await self._runs[job.kind].run(job)
        except TryAgainLaterError as error:
            return await self._failed(job, str(error), retry_after=error.retry_after)
        except asyncio.CancelledError:
            if self._stopping:
                raise
            return await self._failed(job, "was cancelled from within")
        except Exception as error:  # whatever a job does, its failure is kept with it and retried
            if limit.expired():
                return await self._failed(job, f"took longer than {seconds:.0f} s")
            log.exception("job.failed", attempt=job.attempts)
            return await self._failed(job, f"{type(error).__name__}: {error}")
        return claims.Ending(job, claims.How.DONE)

    async def _failed(self, job: JobTicket, reason: str, *, retry_after: float | None = None) -> claims.Ending:
        if job.attempts >= ALL_KINDS[job.kind].max_attempts:
            return await self._dead(job, reason)
        delay = retry_delay(job.attempts, jitter=self._jitter)
        if retry_after is not None:
            delay = max(delay, timedelta(seconds=retry_after))
        log.info("job.retried", attempt=job.attempts, seconds=round(delay.total_seconds(), 1), reason=reason)
        return claims.Ending(job, claims.How.RETRY, error=reason, delay=delay)

    async def _dead(self, job: JobTicket, reason: str) -> claims.Ending:
        """The job has failed for good once whoever waits for it has been told."""
        told = self._runs[job.kind].on_dead
        try:
            if told is not None:
                await told(job, reason)
        except Exception:  # the database may be away: nobody would ever hear of it, so it is told again later
            log.exception("job.on_dead_failed")
            delay = retry_delay(job.attempts, jitter=self._jitter)
            return claims.Ending(job, claims.How.RETRY, error=reason, delay=delay)
        log.error("job.dead", attempts=job.attempts, reason=reason)
        return claims.Ending(job, claims.How.DEAD, error=reason)
