"""Showing what an address of a ticket leads to, where somebody has written it: only what everybody there may read.

What is shown is remembered before Slack is told, so that it can be taken back when the ticket becomes private.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import structlog

from core.conversations.audience import is_direct
from core.conversations.exposure import is_exposed
from core.conversations.moderators import moderators_channel_of
from core.conversations.shared_links import SharedLinks, Shown, note_shown, remember, remembered
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import DeliveryRefusedError, NotFoundError
from core.jobs.kinds import PREVIEW_AGAIN
from core.jobs.values import JobTicket
from core.people.identities import role_of_sender
from core.people.queries import find_user
from core.people.values import Actor, IdentityKind, Sender, system_actor
from core.tickets.public import PublicTicket, find_public_ticket, public_part
from core.tickets.queries import find_ticket

log = structlog.get_logger(__name__)


class Readers(StrEnum):
    """Who reads where an address was written."""

    ANYBODY = "anybody"
    MODERATORS = "moderators"
    ONE_PERSON = "one_person"  # a direct conversation with the app


class PreviewWindow(Protocol):
    """Puts previews under a message, in place of those it has; `hidden` maps what is not to be read there any more.

    Raises:
        DeliveryRefusedError: the channel will never take them.
        TryAgainLaterError: a passing fault.
    """

    async def show(
        self, shared: SharedLinks, previews: Mapping[str, PublicTicket], hidden: Mapping[str, int]
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Previews:
    """The jobs `conversations.preview`, of a new message, and `conversations.preview_again`, when a ticket changed.

    Both bring the message to what may be read now, whatever it has shown so far.
    """

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    window: PreviewWindow | None

    async def run(self, job: JobTicket) -> None:
        shared = SharedLinks.of_job(job)
        if self.window is None or not await self._remember(shared):
            return
        # Read after the commit above: whatever changes from here on finds the preview remembered.
        shown = await self._now(shared)
        hidden = {address: one.number for address, one in shown.items() if one.ticket is None}
        try:
            await self.window.show(shared, {a: one.ticket for a, one in shown.items() if one.ticket}, hidden)
        except DeliveryRefusedError as error:  # the message is gone, or the app may not: nobody misses a preview
            tell = log.warning if hidden else log.info
            tell("preview.refused", reason=str(error), hidden=sorted(hidden.values()))
        else:
            await self._follow(shared, shown, again=f"{job.id}:{job.attempts}")

    async def _remember(self, shared: SharedLinks) -> bool:
        """Note what is about to be shown. Says whether there is anything to show, or to take back."""
        readable = await self._readable(shared, shared.links)
        async with self.unit_of_work(system_actor(shared.organization_id)) as uow:
            is_any = await remember(uow, shared, readable)
            await uow.commit()
        return is_any

    async def _now(self, shared: SharedLinks) -> dict[str, Shown]:
        async with self.reading(system_actor(shared.organization_id)) as reading:
            links = await remembered(reading, shared)
        readable = await self._readable(shared, links)
        return {address: Shown(number, readable.get(address)) for address, number in links.items()}

    async def _follow(self, shared: SharedLinks, shown: Mapping[str, Shown], *, again: str) -> None:
        """Keep what stands there now, and come back where a ticket has changed meanwhile."""
        async with self.unit_of_work(system_actor(shared.organization_id)) as uow:
            await note_shown(uow, shared, shown)
            await uow.commit()
        now = await self._now(shared)
        if any(one.mark != now[address].mark for address, one in shown.items() if address in now):
            async with self.unit_of_work(system_actor(shared.organization_id)) as uow:
                uow.jobs.enqueue(PREVIEW_AGAIN, shared.job_payload(), key=f"{PREVIEW_AGAIN.name}:after:{again}")
                await uow.commit()

    async def _readable(self, shared: SharedLinks, links: Mapping[str, int]) -> dict[str, PublicTicket]:
        async with self.reading(system_actor(shared.organization_id)) as reading:
            readers = await readers_of(reading, shared)
            actor = await _actor(reading, shared, readers)
        found: dict[str, PublicTicket] = {}
        async with self.reading(actor) as reading:
            for address, number in links.items():
                try:
                    found[address] = await _part(reading, number, readers)
                except NotFoundError:
                    log.debug("preview.none", number=number, readers=readers.value)
        return found


async def readers_of(reading: Reading, shared: SharedLinks) -> Readers:
    """Whom a preview has to be fit for. A direct conversation between two people is for anybody: who is the other?"""
    if await is_exposed(reading, shared.organization_id, shared.channel):
        return Readers.ANYBODY
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
