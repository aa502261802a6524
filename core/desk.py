"""The one object that the doors hold."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.clock import Clock
from core.db.unit_of_work import Reading, Surroundings, UnitOfWork
from core.errors import DegradedError, DeskError
from core.gathering.channels import Watching
from core.intake.forms import Forms
from core.intake.jobs import IntakeProcess
from core.intake.ledger import Ledger
from core.jobs.wake import WakeUp
from core.jobs.worker import JobRun
from core.people.values import Actor
from core.policy import Policy
from core.search.search import Search
from core.storage.blobs import BlobStore
from core.triage.ports import Triage

CHECK_SECONDS = 3.0


class PartState(NamedTuple):
    """How one part of the desk is: `detail` says what it runs on, or what is wrong.

    `is_vital`: without it this process is not ready for work.
    """

    part: str
    ok: bool
    detail: str
    is_vital: bool = True


Check = Callable[[], Awaitable[str]]
"""Looks at one part: returns what it runs on, or raises a DeskError that says what is wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Everything a door may ask of the core. Built by the roof (`config.bootstrap.build_desk`)."""

    surroundings: Surroundings
    intake: Ledger
    watching: Watching
    forms: Forms
    processing: IntakeProcess
    search: Search
    triage: Triage
    blobs: BlobStore
    runs: Mapping[str, JobRun]
    wake: WakeUp
    link_key: str
    checks: Mapping[str, Check]
    closing: Sequence[Callable[[], Awaitable[None]]] = ()

    @property
    def policy(self) -> Policy:
        return self.surroundings.policy

    @property
    def clock(self) -> Clock:
        return self.surroundings.clock

    def unit_of_work(self, actor: Actor) -> UnitOfWork:
        """A transaction by `actor`: `async with desk.unit_of_work(actor) as uow: …; await uow.commit()`."""
        return UnitOfWork(self.surroundings, actor)

    def reading(self, actor: Actor) -> Reading:
        """A consistent read as `actor`."""
        return Reading(self.surroundings, actor)

    async def readiness(self, more: Mapping[str, Check] | None = None) -> list[PartState]:
        """Every part named, each looked at for at most `CHECK_SECONDS`."""
        checks = {**self.checks, **(more or {})}
        return list(await asyncio.gather(*(_look(part, check) for part, check in checks.items())))

    async def close(self) -> None:
        """Let go of connections, files and threads, in the order they depend on each other."""
        for close in self.closing:
            await close()


async def _look(part: str, check: Check) -> PartState:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return PartState(part, ok=True, detail=await check())
    except DegradedError as error:
        return PartState(part, ok=False, detail=str(error), is_vital=False)
    except DeskError as error:
        return PartState(part, ok=False, detail=str(error))
    except TimeoutError:
        return PartState(part, ok=False, detail=f"no answer within {CHECK_SECONDS:.0f} s")
