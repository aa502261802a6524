"""A whole desk whose only door is mail: real parsing, composing and database, and other people's mailboxes."""

import email
import email.policy
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.email.transports.port import SentMail
from config.bootstrap import Replacements, build_desk
from config.settings import Settings
from core.conversations.models import Delivery
from core.desk import Desk
from core.intake.models import Intake
from core.intake.values import Channel, InboundMessage
from core.jobs.models import Job
from core.jobs.values import JobStatus
from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.values import Actor, Role, system_actor
from core.tickets.models import Reply, Ticket
from tests.builders import claimed
from tests.fakes.clock import FakeClock
from tests.fakes.deployment import deployment
from tests.fakes.search import MemoryIndex

SUPPORT = "support@desk.example"
MAIL_JOBS = ("intake.process", "conversations.deliver")
MOST_ROUNDS = 300


def mail_settings(database_url: str, folder: Path, **more: Any) -> Settings:
    return deployment(
        database_url,
        folder,
        support_address=SUPPORT,
        app_url="https://desk.example",
        **more,
    )


Answer = Callable[[EmailMessage], bytes | None]


@dataclass
class Mailboxes:
    """Everybody else's mailboxes. `programs` answer by themselves; `letters` are those answers, on their way to us."""

    name: str = "mailboxes"
    programs: dict[str, Answer] = field(default_factory=dict)
    sent: list[tuple[str, EmailMessage]] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)

    async def send(self, message: EmailMessage, recipients: Sequence[str], *, key: str) -> SentMail:
        del key
        arrived = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
        assert isinstance(arrived, EmailMessage)
        for recipient in recipients:
            self.sent.append((recipient, arrived))
            answer = self.programs[recipient](arrived) if recipient in self.programs else None
            if answer is not None:
                self.letters.append(answer)
        return SentMail(message_id=str(message["Message-ID"]).strip("<>"))

    def to(self, address: str) -> list[EmailMessage]:
        return [message for recipient, message in self.sent if recipient == address]


@dataclass(kw_only=True)
class MailDesk:
    """The desk and the mailboxes."""

    desk: Desk
    clock: FakeClock
    mailboxes: Mailboxes

    async def receive(self, raw: bytes, *, envelope_sender: str | None = None) -> Intake:
        """A mail brought to its outcome, and everything that follows from it sent."""
        accepted = await self.desk.intake.accept(
            InboundMessage(
                channel=Channel.EMAIL,
                external_id=hashlib.sha256(raw).hexdigest(),
                raw=raw,
                received_at=self.clock.now(),
                recipients=(SUPPORT,),
                envelope_sender=envelope_sender,
            )
        )
        await self.run_jobs()
        async with self.desk.reading(system_actor(1)) as reading:
            return await reading.session.get_one(Intake, accepted.intake_id)

    async def settle(self) -> int:
        """Carry mail to and fro until nobody says anything more; how many rounds that took."""
        for rounds in range(MOST_ROUNDS):
            await self.run_jobs()
            if not self.mailboxes.letters:
                return rounds
            letters, self.mailboxes.letters = self.mailboxes.letters, []
            for raw in letters:
                await self.receive(raw)
        raise AssertionError(f"no end after {MOST_ROUNDS} rounds")

    async def run_jobs(self, kinds: Sequence[str] = MAIL_JOBS) -> None:
        """Run every waiting job of these kinds, due or not, until none waits."""
        while jobs := await self.waiting(kinds):
            for job in jobs:
                await self.desk.runs[job.kind].run(claimed(job))
                async with self.desk.unit_of_work(system_actor(1)) as uow:
                    (await uow.session.get_one(Job, job.id)).status = JobStatus.DONE
                    await uow.commit()

    async def waiting(self, kinds: Sequence[str]) -> list[Job]:
        statement = select(Job).where(Job.status == JobStatus.QUEUED, Job.kind.in_(kinds)).order_by(Job.id)
        async with self.desk.reading(system_actor(1)) as reading:
            return list((await reading.session.scalars(statement)).all())

    async def person(self, name: str, role: Role = Role.USER) -> User:
        new = NewPerson(
            username=name, email=f"{name}@people.example", full_name=name.title(), role=role, email_verified=True
        )
        async with self.desk.unit_of_work(system_actor(1)) as uow:
            user = await create_person(uow, new)
            await uow.commit()
        return user

    def actor(self, user: User) -> Actor:
        return Actor(organization_id=1, user_id=user.id, role=user.role, name=user.display_name, channel="web")

    async def _all(self, table: type[Any]) -> list[Any]:
        async with self.desk.reading(system_actor(1)) as reading:
            return list((await reading.session.scalars(select(table).order_by(table.id))).all())

    async def tickets(self) -> list[Ticket]:
        return await self._all(Ticket)

    async def replies(self) -> list[Reply]:
        return await self._all(Reply)

    async def ledger(self) -> list[Intake]:
        return await self._all(Intake)

    async def deliveries(self) -> list[Delivery]:
        return await self._all(Delivery)


@asynccontextmanager
async def mail_desk(settings: Settings) -> AsyncIterator[MailDesk]:
    """The desk as the service builds it, mail carried by hand."""
    clock, mailboxes = FakeClock(), Mailboxes()
    desk = await build_desk(
        settings, Replacements(clock=clock, transport=mailboxes, index=MemoryIndex(), strict_audit=True)
    )
    try:
        yield MailDesk(desk=desk, clock=clock, mailboxes=mailboxes)
    finally:
        await desk.close()
