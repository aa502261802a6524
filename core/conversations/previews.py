"""Showing what an address of a ticket leads to, where somebody has written it: only what everybody there may read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import structlog

from core.conversations.audience import is_direct
from core.conversations.moderators import moderators_channel_of
from core.db.unit_of_work import Reading
from core.errors import DeliveryRefusedError, NotFoundError
from core.jobs.values import JobTicket
from core.people.identities import role_of_sender
from core.people.queries import find_user
from core.people.values import Actor, IdentityKind, Sender, system_actor
from core.tickets.public import PublicTicket, find_public_ticket, public_part
from core.tickets.queries import find_ticket

log = structlog.get_logger(__name__)

MOST_LINKS = 5


class Readers(StrEnum):
    """Who reads where an address was written."""

    ANYBODY = "anybody"
    MODERATORS = "moderators"
    ONE_PERSON = "one_person"  # a direct conversation with the app


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedLinks:
    """Addresses of tickets in one message. `is_with_app`: the app is in this conversation.

    `links` maps each address as it was written to its ticket's number.
    """

    organization_id: int
    person: str
    channel: str
    ts: str
    is_with_app: bool
    links: Mapping[str, int]

    def job_payload(self) -> dict[str, object]:
        return {
            "person": self.person,
            "channel": self.channel,
            "ts": self.ts,
            "is_with_app": self.is_with_app,
            "links": dict(self.links),
        }

    @classmethod
    def of_job(cls, job: JobTicket) -> "SharedLinks":
        return cls(organization_id=job.organization_id, **job.payload)


class PreviewWindow(Protocol):
    """Puts previews under a message.

    Raises:
        DeliveryRefusedError: the channel will never take them.
        TryAgainLaterError: a passing fault.
    """

    async def show(self, shared: SharedLinks, previews: Mapping[str, PublicTicket]) -> None: ...


@dataclass(frozen=True, slots=True)
class Previews:
    """The job `conversations.preview`."""

    reading: Callable[[Actor], Reading]
    window: PreviewWindow | None

    async def run(self, job: JobTicket) -> None:
        shared = SharedLinks.of_job(job)
        found = await self._readable(shared)
        if not found or self.window is None:
            return
        try:
            await self.window.show(shared, found)
        except DeliveryRefusedError as error:  # the message is gone, or the app may not: nobody misses a preview
            log.info("preview.refused", reason=str(error))

    async def _readable(self, shared: SharedLinks) -> dict[str, PublicTicket]:
        async with self.reading(system_actor(shared.organization_id)) as reading:
            readers = await readers_of(reading, shared)
            actor = await _actor(reading, shared, readers)
        found: dict[str, PublicTicket] = {}
        async with self.reading(actor) as reading:
            for address, number in list(shared.links.items())[:MOST_LINKS]:
                try:
                    found[address] = await _part(reading, number, readers)
                except NotFoundError:
                    log.debug("preview.none", number=number, readers=readers.value)
        return found


async def readers_of(reading: Reading, shared: SharedLinks) -> Readers:
    """Whom a preview has to be fit for. A direct conversation between two people is for anybody: who is the other?"""
    if shared.channel == await moderators_channel_of(reading, shared.organization_id):
        return Readers.MODERATORS
    return Readers.ONE_PERSON if shared.is_with_app and is_direct(shared.channel) else Readers.ANYBODY


async def _actor(reading: Reading, shared: SharedLinks, readers: Readers) -> Actor:
    if readers is not Readers.ONE_PERSON:
        return reading.actor
    stranger = Actor(organization_id=shared.organization_id, name="somebody", channel="slack")
    try:
        person = await find_user(reading, shared.person)
    except NotFoundError:
        return stranger
    if not person.is_active:
        return stranger
    role = role_of_sender(person, Sender(kind=IdentityKind.SLACK, external_id=shared.person, verified=True))
    return Actor(
        organization_id=person.organization_id, user_id=person.id, role=role, name=person.display_name, channel="slack"
    )


async def _part(reading: Reading, number: int, readers: Readers) -> PublicTicket:
    if readers is Readers.ANYBODY:
        return await find_public_ticket(reading, number)
    try:
        return public_part(await find_ticket(reading, number))
    except NotFoundError:
        return await find_public_ticket(reading, number)
