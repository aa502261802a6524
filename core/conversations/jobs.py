"""Sending what was enqueued, and keeping cards up to date.

What is only read is read before the write transaction: while that is open, nobody else on this desk can write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import select

from core.conversations.actions import tell_moderators
from core.conversations.enqueueing import SLACK
from core.conversations.exposure import exposed_channels, hold, would_be_read_there
from core.conversations.failures import tell_delivery_failed
from core.conversations.hiding import takes_back
from core.conversations.models import Delivery
from core.conversations.outdated import follows_elsewhere, make_follow, outdated
from core.conversations.outgoing import Links, may_wait_for_files, read_outgoing
from core.conversations.ports import Courier
from core.conversations.together import Together
from core.conversations.told import Told
from core.conversations.values import SHOWN, DeliveryKind, DeliveryStatus, Outgoing
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import AccessLostError, DeliveryRefusedError, TryAgainLaterError
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.tickets.models import Reply, Ticket
from core.tickets.revising import TAKEN_BACK

log = structlog.get_logger(__name__)

_FINISHED = frozenset(DeliveryStatus) - {DeliveryStatus.QUEUED, DeliveryStatus.SENDING}


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The jobs that speak: `deliver` sends one message once, `refresh` brings a ticket's cards up to date."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    couriers: Mapping[str, Courier]
    links: Links
    _together: Together = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_together", Together(self.unit_of_work))

    async def deliver(self, job: JobTicket) -> None:
        """Marked `sending` before the call: after a crash the courier is told that it may have gone out."""
        delivery_id = int(job.payload["delivery_id"])
        begun = await self._begin(job.organization_id, delivery_id)
        if begun is None:
            return
        channel, outgoing = begun
        try:
            receipt = await self._courier(channel).deliver(outgoing)
        except AccessLostError as error:
            await self._stop(job.organization_id, delivery_id, DeliveryStatus.HELD, str(error))
        except DeliveryRefusedError as error:
            await self._stop(job.organization_id, delivery_id, DeliveryStatus.FAILED, str(error))
        else:
            await self._together.note(job.organization_id, [Told(outgoing, receipt)])

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed, until somebody has the job tried again."""
        await self._stop(job.organization_id, int(job.payload["delivery_id"]), DeliveryStatus.FAILED, reason)

    async def refresh(self, job: JobTicket) -> None:
        """Update in place what shows an older revision of the ticket, of a reply, or of what its requester answered."""
        ticket_id = int(job.payload["ticket_id"])
        if "reply_id" in job.payload or "asks" in job.payload:
            copies = await self._copies(job)
            refused = await self._update(job.organization_id, copies)
            if refused and any(takes_back(copy) for copy in copies):
                raise TryAgainLaterError(f"Words that were taken back still stand in Slack. {refused[0]}")
            return
        actor = system_actor(job.organization_id)
        async with self.reading(actor) as reading:
            ticket = await reading.session.get_one(Ticket, ticket_id)
            follows = await follows_elsewhere(reading, ticket)
            found = None if follows else await outdated(reading, ticket, links=self.links)
        if found is None:
            async with self.unit_of_work(actor) as uow:
                ticket = await uow.session.get_one(Ticket, ticket_id)
                await make_follow(uow, ticket)
                found = await outdated(uow, ticket, links=self.links)
                await uow.commit()
        refused = await self._update(job.organization_id, found.to_hide)  # before anything that may have to wait
        await self._update(job.organization_id, found.to_show)
        if refused:
            raise TryAgainLaterError(f"{len(refused)} copies still show what they should not. {refused[0]}")

    async def refresh_gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed: whoever works the ticket can take its words out of Slack by hand."""
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            ticket = await uow.session.get_one(Ticket, int(job.payload["ticket_id"]))
            if where := await self._where_words_stand(uow, ticket, job):
                text = f"⚠️ Words of #{ticket.number} still stand {where}: {reason} Delete them there by hand."
                await tell_moderators(uow, ticket, text, key=f"not-hidden:{job.id}:{job.fence}")
                await uow.commit()

    async def _where_words_stand(self, reading: Reading, ticket: Ticket, job: JobTicket) -> str:
        """Empty where nothing but an update is missing."""
        if "reply_id" in job.payload:
            reply = await reading.session.get_one(Reply, int(job.payload["reply_id"]))
            return "in Slack that their author took back" if reply.text == TAKEN_BACK else ""
        found = await outdated(reading, ticket, links=self.links)
        return "where others read" if found.to_hide else ""

    async def _copies(self, job: JobTicket) -> list[Outgoing]:
        """Where in Slack a reply was copied to, or the requester was asked how satisfied they are, at last.

        Raises:
            TryAgainLaterError: a copy is being posted just now, perhaps with what it said before.
        """
        async with self.reading(system_actor(job.organization_id)) as reading:
            copies = []
            for row in await self._posted(reading, job):
                if row.status is DeliveryStatus.SENDING:
                    raise TryAgainLaterError("A copy is on its way.", retry_after=1.0)
                if row.status in SHOWN:
                    outgoing = await read_outgoing(reading, row, links=self.links)
                    copies.append(replace(outgoing, external_id=row.external_id))
            exposed = await exposed_channels(reading, job.organization_id)
        return [copy for copy in copies if not would_be_read_there(copy, exposed)]

    @staticmethod
    async def _posted(reading: Reading, job: JobTicket) -> Sequence[Delivery]:
        in_slack = select(Delivery).where(Delivery.channel == SLACK)
        if "reply_id" in job.payload:
            of_reply = in_slack.where(Delivery.reply_id == int(job.payload["reply_id"]))
            return (await reading.session.scalars(of_reply)).all()
        of_ticket = in_slack.where(
            Delivery.ticket_id == int(job.payload["ticket_id"]), Delivery.kind == DeliveryKind.RESOLUTION
        )
        rows = await reading.session.scalars(of_ticket.order_by(Delivery.id))
        return [row for row in rows if row.content.get("asks")][-1:]

    async def _update(self, organization_id: int, shown: Sequence[Outgoing]) -> list[str]:
        """Show each anew, then note in one transaction what is shown. Says why Slack refused some, which stay."""
        told: list[Told] = []
        refused = []
        try:
            for outgoing in shown:
                try:
                    receipt = await self._courier(SLACK).deliver(outgoing)
                except DeliveryRefusedError as error:
                    log.warning("card.refresh_refused", delivery=outgoing.delivery_id, reason=str(error))
                    refused.append(str(error))
                else:
                    told.append(Told(outgoing, receipt))
        finally:
            if told:
                await self._together.note(organization_id, told)
        return refused

    async def _begin(self, organization_id: int, delivery_id: int) -> tuple[str, Outgoing] | None:
        ahead = await self._read_ahead(organization_id, delivery_id)
        if ahead is not None:
            channel, outgoing = ahead
            tried = await self._together.mark_sending(outgoing)
            if tried is not None:
                return channel, replace(outgoing, may_have_been_sent=tried > 0)
        return await self._begin_alone(organization_id, delivery_id)

    async def _begin_alone(self, organization_id: int, delivery_id: int) -> tuple[str, Outgoing] | None:
        """What has to be read with the ticket or the message held, or is not to go out."""
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            delivery = await uow.session.get(Delivery, delivery_id, with_for_update=True)
            if delivery is None or delivery.status in _FINISHED:
                return None
            outgoing = await self._read(uow, delivery)
            if outgoing is None:
                await hold(uow, delivery)
                await uow.commit()
                return None
            outgoing = replace(outgoing, may_have_been_sent=delivery.attempts > 0)
            delivery.status = DeliveryStatus.SENDING
            delivery.attempts += 1
            await uow.commit()
        return delivery.channel, outgoing

    async def _read_ahead(self, organization_id: int, delivery_id: int) -> tuple[str, Outgoing] | None:
        """Channel and message, unless its files are to be chosen with the ticket held; see `may_wait_for_files`."""
        async with self.reading(system_actor(organization_id)) as reading:
            delivery = await reading.session.get(Delivery, delivery_id)
            if delivery is None or delivery.status in _FINISHED or may_wait_for_files(delivery):
                return None
            outgoing = await self._read(reading, delivery)
            return (delivery.channel, outgoing) if outgoing else None

    async def _read(self, reading: Reading, delivery: Delivery) -> Outgoing | None:
        """The message; None where others would read it."""
        is_slack = delivery.channel == SLACK
        exposed = await exposed_channels(reading, delivery.organization_id) if is_slack else frozenset[str]()
        if delivery.recipient in exposed:
            return None
        outgoing = await read_outgoing(reading, delivery, links=self.links)
        return None if would_be_read_there(outgoing, exposed) else outgoing

    def _courier(self, channel: str) -> Courier:
        if channel not in self.couriers:
            raise DeliveryRefusedError(f"No {channel} is set up here.", mend="See `tickmate doctor`.")
        return self.couriers[channel]

    async def _stop(self, organization_id: int, delivery_id: int, status: DeliveryStatus, reason: str) -> None:
        """It does not go out; what has failed for good is told."""
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            delivery = await uow.session.get(Delivery, delivery_id, with_for_update=True)
            if delivery is None or delivery.status in _FINISHED:
                return
            delivery.status = status
            delivery.error = reason[:1000]
            if delivery.ticket_id is not None and status is DeliveryStatus.FAILED:
                ticket = await uow.session.get_one(Ticket, delivery.ticket_id)
                await tell_delivery_failed(uow, delivery, ticket)
            await uow.commit()
