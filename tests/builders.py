"""What tests build: a desk of the core alone, with the doors in memory."""

import hashlib
import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from core.conversations.jobs import Deliveries
from core.conversations.outgoing import Links
from core.db.engine import Database
from core.db.first_start import prepare
from core.db.unit_of_work import Reading, Surroundings, UnitOfWork
from core.intake.jobs import IntakeProcess
from core.intake.ledger import Ledger
from core.intake.models import Intake
from core.intake.values import Accepted, Channel, InboundMessage, Outcome
from core.jobs.kinds import ALL_KINDS
from core.jobs.models import Job
from core.jobs.values import JobStatus, JobTicket, Lane
from core.jobs.wake import WakeUp
from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.values import Actor, Role, system_actor
from core.policy import Policy
from core.storage.blobs import DirectoryBlobs
from core.tickets.models import Ticket
from tests.fakes.channels import JsonInterpreter, RecordingCourier
from tests.fakes.clock import FakeClock

AUDIT_KEY = b"an audit key for tests, 32 bytes"
SUPPORT = "support@desk.example"
Run = Callable[[JobTicket], Awaitable[None]]


@dataclass(kw_only=True)
class CoreDesk:
    """The core on a real database, with a clock that stands still and couriers that only note."""

    database: Database
    surroundings: Surroundings
    clock: FakeClock
    ledger: Ledger
    processing: IntakeProcess
    deliveries: Deliveries
    mail: RecordingCourier
    slack: RecordingCourier
    runs: dict[str, Run] = field(default_factory=dict)
    organization_id: int = 1

    @property
    def system(self) -> Actor:
        return system_actor(self.organization_id)

    def unit_of_work(self, actor: Actor | None = None) -> UnitOfWork:
        return UnitOfWork(self.surroundings, actor or self.system)

    def reading(self, actor: Actor | None = None) -> Reading:
        return Reading(self.surroundings, actor or self.system)

    def set_policy(self, **changes: Any) -> None:
        """Decide otherwise for the rest of the test."""
        self.surroundings = replace(self.surroundings, policy=replace(self.surroundings.policy, **changes))

    async def person(self, name: str, role: Role = Role.USER) -> User:
        async with self.unit_of_work() as uow:
            new = NewPerson(
                username=name, email=f"{name}@people.example", full_name=name.title(), role=role, email_verified=True
            )
            user = await create_person(uow, new)
            await uow.commit()
        return user

    def actor(self, user: User, **more: Any) -> Actor:
        return Actor(
            organization_id=user.organization_id, user_id=user.id, role=user.role, name=user.display_name, **more
        )

    async def accept(self, **said: Any) -> Accepted:
        """Hand a message to the ledger as the mail door would; see `JsonInterpreter` for the words."""
        raw = json.dumps(said, sort_keys=True).encode()
        return await self.ledger.accept(
            InboundMessage(
                channel=Channel.EMAIL,
                external_id=hashlib.sha256(raw).hexdigest(),
                raw=raw,
                received_at=self.clock.now(),
                recipients=(SUPPORT,),
            )
        )

    async def mail_in(self, **said: Any) -> Intake:
        """A mail brought all the way to its outcome."""
        accepted = await self.accept(**said)
        await self.processing.process(self.organization_id, accepted.intake_id)
        async with self.reading() as reading:
            row = await reading.session.get_one(Intake, accepted.intake_id)
            assert row.outcome is not Outcome.RECEIVED
            return row

    async def ticket(self, ticket_id: int | None) -> Ticket:
        async with self.reading() as reading:
            return await reading.session.get_one(Ticket, ticket_id)

    async def run_jobs(self, *kinds: str) -> None:
        """Run every waiting job of these kinds (by default all that have a run), due or not, until none waits."""
        wanted = set(kinds) or set(self.runs)
        while jobs := [job for job in await self._waiting() if job.kind in wanted]:
            for job in jobs:
                await self.runs[job.kind](claimed(job))
                await end_well(self.database, job)

    async def jobs(self) -> list[Job]:
        async with self.reading() as reading:
            return list((await reading.session.scalars(select(Job).order_by(Job.id))).all())

    async def _waiting(self) -> list[Job]:
        return [job for job in await self.jobs() if job.status is JobStatus.QUEUED]


async def end_well(database: Database, job: Job) -> None:
    """Note that a job is done, as a worker would, unless it was asked for anew meanwhile."""
    async with database.writing() as connection:
        ours = update(Job).where(Job.id == job.id, Job.fence == job.fence)
        await connection.execute(ours.values(status=JobStatus.DONE))


def claimed(job: Job, attempts: int = 1) -> JobTicket:
    """The job as a worker would hand it to its run."""
    return JobTicket(
        id=job.id,
        organization_id=job.organization_id,
        kind=job.kind,
        lane=Lane(job.lane),
        payload=job.payload,
        attempts=attempts,
        fence=attempts,
    )


def unqueued(kind: str, **payload: Any) -> JobTicket:
    """A job of no queue, for its run to be called with."""
    lane = ALL_KINDS[kind].lane
    return JobTicket(id=1, organization_id=1, kind=kind, lane=lane, payload=payload, attempts=1, fence=1)


async def core_desk(url: str, folder: Path, **policy: Any) -> CoreDesk:
    """A desk on the database at `url`, its tables and default organization made."""
    database = Database(url)
    clock = FakeClock()
    await prepare(database, clock, support_address=SUPPORT)
    wake = WakeUp()
    surroundings = Surroundings(
        database=database,
        clock=clock,
        policy=Policy(support_address=SUPPORT, **policy),
        audit_key=AUDIT_KEY,
        strict_audit=True,
        committed=wake.ring,
    )
    mail, slack = RecordingCourier("email"), RecordingCourier("slack")
    desk: CoreDesk

    def unit_of_work(actor: Actor) -> UnitOfWork:
        return desk.unit_of_work(actor)

    def reading(actor: Actor) -> Reading:
        return desk.reading(actor)

    processing = IntakeProcess(
        unit_of_work=unit_of_work,
        reading=reading,
        interpreters={Channel.EMAIL: JsonInterpreter()},
        directories={},
        blobs=DirectoryBlobs(folder / "blobs"),
    )
    deliveries = Deliveries(
        unit_of_work=unit_of_work,
        reading=reading,
        couriers={"email": mail, "slack": slack},
        links=Links(
            magic=lambda link: f"https://desk.example/auth/magic-link/{link.id}",
            feedback=lambda link: f"https://desk.example/similar/{link.shown_id}.{link.user_id}",
            satisfaction=lambda row: f"https://desk.example/satisfaction/{row.id}",
        ),
    )
    desk = CoreDesk(
        database=database,
        surroundings=surroundings,
        clock=clock,
        ledger=Ledger(database, clock, committed=wake.ring),
        processing=processing,
        deliveries=deliveries,
        mail=mail,
        slack=slack,
    )
    desk.runs = {
        "intake.process": processing.run,
        "conversations.deliver": deliveries.deliver,
        "conversations.refresh": deliveries.refresh,
    }
    return desk


async def sqlite_template(folder: Path) -> Path:
    """A migrated, empty database to copy for each test."""
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}")
    await prepare(database, FakeClock(), support_address=SUPPORT)
    await database.close()
    return path


def copy_of(template: Path, folder: Path) -> str:
    """The URL of a fresh copy of the template."""
    shutil.copy(template, folder / "desk.db")
    return f"sqlite:///{folder / 'desk.db'}"
