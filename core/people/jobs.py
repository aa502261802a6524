"""Asking who somebody is, after what they did has been stored: nothing that people wait for waits for a directory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from core.conversations.actions import show_anew
from core.db.unit_of_work import UnitOfWork
from core.intake.ports import Directory
from core.intake.values import Channel
from core.jobs import kinds
from core.jobs.values import JobTicket
from core.people.models import User
from core.people.profiles import Profile, learn_profile
from core.people.values import Actor, IdentityKind, Sender, system_actor
from core.tickets.models import Ticket
from core.tickets.values import Status


def ask_who_it_is(uow: UnitOfWork, person: User, sender: Sender) -> None:
    """Have the directory asked about somebody who is known by no address, once a day at most."""
    if person.email is None:
        key = f"people.look_up:{uow.actor.organization_id}:{sender.external_id}:{uow.clock.now():%Y-%m-%d}"
        uow.jobs.enqueue(kinds.LOOK_UP, {"external_id": sender.external_id, "called": sender.name}, key=key)


@dataclass(frozen=True, slots=True)
class LookUps:
    """The job `people.look_up`."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    directories: Mapping[Channel, Directory]

    async def run(self, job: JobTicket) -> None:
        """Learn name and address from the directory, and show them on what the person has open."""
        if Channel.SLACK not in self.directories:
            return
        external_id, called = str(job.payload["external_id"]), str(job.payload["called"])
        asked = Sender(kind=IdentityKind.SLACK, external_id=external_id, verified=True)
        sender = await self.directories[Channel.SLACK].look_up(asked)
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            person = await learn_profile(uow, Profile(sender, called))
            if person is not None and person.full_name != called:
                open_ones = select(Ticket).where(Ticket.created_by_id == person.id, Ticket.status != Status.COMPLETED)
                for ticket in await uow.session.scalars(open_ones.with_for_update(of=Ticket)):
                    uow.audit.record("ticket.requester_recognised", ticket, after={"requester": person.display_name})
                    show_anew(uow, ticket)
            await uow.commit()
