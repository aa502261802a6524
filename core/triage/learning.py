"""Background work: `triage.learn`, which turns resolved and corrected tickets into a model of each organization."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from core.db.unit_of_work import Reading, UnitOfWork
from core.jobs.values import JobTicket
from core.people.models import Organization
from core.people.values import Actor, system_actor
from core.triage.examples import Examples, own_examples
from core.triage.models import LearnedModel
from core.triage.own import source_of
from core.triage.ports import SentenceVectors

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TriageLearning:
    """Learns in a thread, outside any transaction; an organization that taught nothing new is passed over."""

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
        for organization_id in organizations:
            await self.learn(organization_id)

    async def learn(self, organization_id: int) -> bool:
        """Whether there was enough, and anything new, to learn from."""
        source = source_of(self.embedder)
        async with self.reading(system_actor(organization_id)) as reading:
            own = await own_examples(reading)
            known = await reading.session.scalar(
                select(LearnedModel.fingerprint).where(
                    LearnedModel.organization_id == organization_id, LearnedModel.source == source
                )
            )
        if not own.are_enough or own.fingerprint == known:
            return False
        from core.triage.learned import Classifier  # noqa: PLC0415 (numpy, only where there is something to learn)
        from core.triage.packed import pack  # noqa: PLC0415 (as above)
        from core.triage.sentences import rows_of  # noqa: PLC0415 (as above)

        rows = await rows_of(self.embedder, own.examples)
        classifier = await asyncio.to_thread(Classifier.learn, own.examples, rows)
        content = await asyncio.to_thread(pack, classifier)
        await self._keep(organization_id, own, source, content)
        log.info("triage.learned", organization=organization_id, examples=len(own.examples), bytes=len(content))
        return True

    async def _keep(self, organization_id: int, own: Examples, source: str, content: bytes) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            row = await uow.session.get(LearnedModel, organization_id)
            if row is None:
                row = LearnedModel(organization_id=organization_id)
                uow.session.add(row)
            row.source = source
            row.fingerprint = own.fingerprint
            row.examples = len(own.examples)
            row.learned_at = uow.clock.now()
            row.content = content
            await uow.commit()
