"""Background work: `triage.learn`, which turns resolved and corrected tickets into a model of each organization."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from core.db.unit_of_work import Reading, UnitOfWork
from core.jobs.isolation import each_by_itself
from core.jobs.values import JobTicket
from core.people.models import Organization
from core.people.values import Actor, system_actor
from core.triage.examples import own_lessons
from core.triage.models import LearnedModel
from core.triage.own import source_of
from core.triage.ports import SentenceVectors

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Learned:
    """What is stored of a model: see `LearnedModel`."""

    source: str
    fingerprint: str
    examples: int
    content: bytes


@dataclass(frozen=True, slots=True)
class TriageLearning:
    """Learns in a process apart, outside any transaction; an organization that taught nothing new is passed over."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    embedder: SentenceVectors

    async def run(self, job: JobTicket) -> None:
        """Every organization in turn, whichever the job's row belongs to.

        Raises:
            TryAgainLaterError: the database or the embedder is away.
        """
        async with self.reading(system_actor(job.organization_id)) as reading:
            organizations = (await reading.session.scalars(select(Organization.id).order_by(Organization.id))).all()
        await each_by_itself(organizations, self.learn)

    async def learn(self, organization_id: int) -> bool:
        """Whether there was enough, and anything new, to learn from."""
        source = source_of(self.embedder)
        async with self.reading(system_actor(organization_id)) as reading:
            lessons = await own_lessons(reading)
            known = await reading.session.scalar(
                select(LearnedModel.fingerprint).where(
                    LearnedModel.organization_id == organization_id, LearnedModel.source == source
                )
            )
        fingerprint = await asyncio.to_thread(lambda: lessons.fingerprint)
        if not lessons.by_field or fingerprint == known:
            return False
        from core.triage.apart import learn_apart  # noqa: PLC0415 (numpy, only where there is something to learn)
        from core.triage.sentences import rows_of  # noqa: PLC0415 (as above)

        rows = {name: await rows_of(self.embedder, examples) for name, examples in lessons.by_field.items()}
        content = await learn_apart({name: (examples, rows[name]) for name, examples in lessons.by_field.items()})
        learned = Learned(source, fingerprint, max(map(len, lessons.by_field.values())), content)
        await self._keep(organization_id, learned)
        log.info("triage.learned", organization=organization_id, fields=[*lessons.by_field], bytes=len(content))
        return True

    async def _keep(self, organization_id: int, learned: Learned) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            row = await uow.session.get(LearnedModel, organization_id)
            if row is None:
                row = LearnedModel(organization_id=organization_id)
                uow.session.add(row)
            row.source = learned.source
            row.fingerprint = learned.fingerprint
            row.examples = learned.examples
            row.learned_at = uow.clock.now()
            row.content = learned.content
            await uow.commit()
