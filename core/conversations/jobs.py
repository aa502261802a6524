"""Sending what was enqueued, and keeping cards up to date."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import select

from core.conversations.actions import tell_moderators
from core.conversations.audience import Audience, audience_of
from core.conversations.enqueueing import SLACK
from core.conversations.exposure import exposed_channels, would_be_read_there
from core.conversations.failures import tell_delivery_failed
from core.conversations.hiding import copies_to_hide, must_lose_words, note_hidden, showed_too_much
from core.conversations.marks import is_marked_as, mark_message, marked
from core.conversations.models import Delivery
from core.conversations.moderators import moderators_channel_of
from core.conversations.outgoing import Links, read_outgoing
from core.conversations.ports import Courier
from core.conversations.shared_links import preview_again
from core.conversations.values import UPDATED_IN_PLACE, DeliveryKind, DeliveryStatus, Outgoing, Receipt
from core.db.unit_of_work import UnitOfWork
from core.errors import AccessLostError, DeliveryRefusedError, TryAgainLaterError
from core.jobs import kinds
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.tickets.models import ThreadMessage, Ticket
from core.tickets.revising import TAKEN_BACK
from core.tickets.values import TicketSnapshot

log = structlog.get_logger(__name__)

_SHOWN = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)
_FINISHED = frozenset(DeliveryStatus) - {DeliveryStatus.QUEUED, DeliveryStatus.SENDING}


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The jobs that speak: `deliver` sends one message once, `refresh` brings a ticket's cards up to date."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    couriers: Mapping[str, Courier]
    links: Links

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
            await self._sent(job.organization_id, delivery_id, outgoing, receipt)

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed, until somebody has the job tried again."""
        await self._stop(job.organization_id, int(job.payload["delivery_id"]), DeliveryStatus.FAILED, reason)

    async def refresh(self, job: JobTicket) -> None:
        """Update in place what shows an older revision of the ticket, of a reply, or of what its requester answered."""
        ticket_id = int(job.payload["ticket_id"])
        if "reply_id" in job.payload or "asks" in job.payload:
            copies = await self._copies(job)
            refused = await self._update(job.organization_id, copies)
            if refused and any(copy.reply and copy.reply.text == TAKEN_BACK for copy in copies):
                raise TryAgainLaterError(f"Words that were taken back still stand in Slack. {refused[0]}")
            return
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            ticket = await uow.session.get_one(Ticket, ticket_id)
            await mark_message(uow, ticket)
            await preview_again(uow, ticket)
            rows = await uow.session.scalars(
                select(Delivery)
                .where(
                    Delivery.ticket_id == ticket_id,
                    Delivery.kind.in_(UPDATED_IN_PLACE),
                    Delivery.status.in_(_SHOWN),
                )
                .order_by(Delivery.kind == DeliveryKind.MARK, Delivery.id)
            )
            to_show, to_hide = list[Outgoing](), list[Outgoing]()
            for row in rows:
                if row.shown_revision < ticket.revision and not is_marked_as(row, ticket):
                    outgoing = await read_outgoing(uow, row, may_have_been_sent=False, links=self.links)
                    (to_hide if must_lose_words(row, ticket) else to_show).append(outgoing)
            to_hide += await copies_to_hide(uow, ticket, links=self.links)
            exposed = await exposed_channels(uow, job.organization_id)
            await uow.commit()
        to_show = [outgoing for outgoing in to_show if not would_be_read_there(outgoing, exposed)]
        await self._update(job.organization_id, to_show)
        if refused := await self._update(job.organization_id, to_hide):
            raise TryAgainLaterError(f"{len(refused)} copies still show what they should not. {refused[0]}")

    async def refresh_gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed: whoever works the ticket can take its words out of Slack by hand."""
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            ticket = await uow.session.get_one(Ticket, int(job.payload["ticket_id"]))
            if await copies_to_hide(uow, ticket, links=self.links):
                text = f"⚠️ Words of #{ticket.number} still stand where others read: {reason} Delete them there by hand."
                await tell_moderators(uow, ticket, text, key=f"not-hidden:{job.id}")
                await uow.commit()

    async def _copies(self, job: JobTicket) -> list[Outgoing]:
        """Where in Slack a reply was copied to, or the requester was asked how satisfied they are, at last.

        Raises:
            TryAgainLaterError: a copy is being posted just now, perhaps with what it said before.
        """
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            copies = []
            for row in await self._posted(uow, job):
                if row.status is DeliveryStatus.SENDING:
                    raise TryAgainLaterError("A copy is on its way.", retry_after=1.0)
                if row.status in _SHOWN:
                    outgoing = await read_outgoing(uow, row, may_have_been_sent=False, links=self.links)
                    copies.append(replace(outgoing, external_id=row.external_id))
            exposed = await exposed_channels(uow, job.organization_id)
        return [copy for copy in copies if not would_be_read_there(copy, exposed)]

    @staticmethod
    async def _posted(uow: UnitOfWork, job: JobTicket) -> Sequence[Delivery]:
        in_slack = select(Delivery).where(Delivery.channel == SLACK)
        if "reply_id" in job.payload:
            of_reply = in_slack.where(Delivery.reply_id == int(job.payload["reply_id"]))
            return (await uow.session.scalars(of_reply)).all()
        of_ticket = in_slack.where(
            Delivery.ticket_id == int(job.payload["ticket_id"]), Delivery.kind == DeliveryKind.RESOLUTION
        )
        asking = [row for row in await uow.session.scalars(of_ticket.order_by(Delivery.id)) if row.content.get("asks")]
        return asking[-1:]

    async def _update(self, organization_id: int, shown: Sequence[Outgoing]) -> list[str]:
        """Why Slack refused some of them, which stay as they are."""
        refused = []
        for outgoing in shown:
            try:
                receipt = await self._courier(SLACK).deliver(outgoing)
            except DeliveryRefusedError as error:
                log.warning("card.refresh_refused", delivery=outgoing.delivery_id, reason=str(error))
                refused.append(str(error))
            else:
                await self._sent(organization_id, outgoing.delivery_id, outgoing, receipt)
        return refused

    async def _begin(self, organization_id: int, delivery_id: int) -> tuple[str, Outgoing] | None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            delivery = await uow.session.get(Delivery, delivery_id, with_for_update=True)
            if delivery is None or delivery.status in _FINISHED:
                return None
            exposed = await self._exposed(uow, delivery)
            if delivery.recipient in exposed:
                await self._hold(uow, delivery)
                return None
            outgoing = await read_outgoing(
                uow,
                delivery,
                may_have_been_sent=delivery.attempts > 0,
                links=self.links,
            )
            if would_be_read_there(outgoing, exposed):
                await self._hold(uow, delivery)
                return None
            delivery.status = DeliveryStatus.SENDING
            delivery.attempts += 1
            await uow.commit()
        return delivery.channel, outgoing

    @staticmethod
    async def _exposed(uow: UnitOfWork, delivery: Delivery) -> frozenset[str]:
        return await exposed_channels(uow, delivery.organization_id) if delivery.channel == SLACK else frozenset()

    @staticmethod
    async def _hold(uow: UnitOfWork, delivery: Delivery) -> None:
        delivery.status = DeliveryStatus.HELD
        delivery.error = "Others read in that channel."
        await uow.commit()

    def _courier(self, channel: str) -> Courier:
        if channel not in self.couriers:
            raise DeliveryRefusedError(f"No {channel} is set up here.", mend="See `tickmate doctor`.")
        return self.couriers[channel]

    async def _sent(self, organization_id: int, delivery_id: int, outgoing: Outgoing, receipt: Receipt) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            delivery = await uow.session.get_one(Delivery, delivery_id, with_for_update=True)
            is_first = delivery.status is DeliveryStatus.SENDING
            if is_first:
                delivery.status = DeliveryStatus.SENT
                delivery.sent_at = uow.clock.now()
                delivery.external_id = receipt.external_id
                delivery.provider_id = receipt.provider_id
                delivery.error = ""
            if outgoing.ticket is not None and delivery.kind is DeliveryKind.MARK:
                marked(delivery, outgoing.ticket.status.value)
            if outgoing.ticket is not None:
                note_hidden(delivery, outgoing.ticket)
                await self._remember_thread(uow, delivery, outgoing.ticket.id, is_first=is_first)
                await self._follow_ticket(uow, delivery, outgoing.ticket)
            await uow.commit()

    @staticmethod
    async def _remember_thread(uow: UnitOfWork, delivery: Delivery, ticket_id: int, *, is_first: bool) -> None:
        """What is said below a message to the moderators is said to them alone."""
        is_internal = delivery.recipient == await moderators_channel_of(uow, delivery.organization_id)
        if is_first and delivery.external_id != delivery.message_id:
            uow.session.add(
                ThreadMessage(
                    organization_id=delivery.organization_id,
                    ticket_id=ticket_id,
                    reply_id=delivery.reply_id,
                    channel=delivery.channel,
                    external_id=delivery.external_id,
                    is_internal=is_internal or audience_of(delivery, uow.policy) is Audience.MODERATORS,
                    created_at=uow.clock.now(),
                )
            )

    @staticmethod
    async def _follow_ticket(uow: UnitOfWork, delivery: Delivery, shown: TicketSnapshot) -> None:
        """See to it that what can be updated shows the ticket as it is now."""
        overtaken = delivery.shown_revision
        delivery.shown_revision = shown.revision  # the last update wins, also where it is an older one
        ticket = await uow.session.get_one(Ticket, shown.id)
        is_stale = delivery.kind in UPDATED_IN_PLACE and ticket.revision > shown.revision
        if is_stale or showed_too_much(delivery, shown, ticket):
            key = f"conversations.refresh:{ticket.id}:{ticket.revision}:{delivery.id}:{overtaken}"
            uow.jobs.enqueue(kinds.REFRESH, {"ticket_id": ticket.id}, key=key)

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
