"""The job `gathering.end`: a question that nobody answered ends by itself."""

from collections.abc import Callable
from dataclasses import dataclass

from core.conversations.enqueueing import SLACK
from core.db.unit_of_work import UnitOfWork
from core.gathering.answers import end
from core.gathering.models import Gathering
from core.gathering.values import Stage
from core.jobs.values import JobTicket
from core.people.models import User
from core.people.values import Actor, system_actor


@dataclass(frozen=True, slots=True)
class EndGathering:
    unit_of_work: Callable[[Actor], UnitOfWork]

    async def run(self, job: JobTicket) -> None:
        """Unless more was said since the job was enqueued, which has a later one of its own."""
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            gathering = await uow.session.get(Gathering, int(job.payload["gathering_id"]), with_for_update=True)
            if gathering is None or gathering.stage is not Stage.OPEN:
                return
            if gathering.touched_at.isoformat() != job.payload["touched_at"]:
                return
            person = await uow.session.get_one(User, gathering.user_id)
            uow.act_as(
                Actor(
                    organization_id=person.organization_id, user_id=person.id, name=person.display_name, channel=SLACK
                )
            )
            await end(uow, gathering, person)
            await uow.commit()
