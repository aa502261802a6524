"""What was answered in a thread before it became a ticket's: no event brings it any more, so the thread is read.

While that lasts, the ledger has an undecided row for it, so that edits and deletions of those answers wait. That row's
`sender` is the message that the ticket was made of, its `title` the last moment of which the reading knows everything.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from core.conversations.actions import tell_moderators
from core.conversations.audience import is_direct
from core.db.unit_of_work import UnitOfWork
from core.errors import InvalidInputError, TooLargeError
from core.intake.being_read import THREAD, thread_row_id
from core.intake.ledger import Ledger
from core.intake.models import Intake
from core.intake.placement import Arrival
from core.intake.ports import ThreadReader
from core.intake.revisions import require_soon
from core.intake.values import SAID_EARLIER, CandidateKind, Channel, InboundMessage, Outcome, ThreadPage, ThreadToRead
from core.jobs import kinds
from core.jobs.values import JobTicket
from core.people.values import system_actor
from core.tickets.models import Ticket

log = structlog.get_logger(__name__)

READ = "thread-read"
MOST_PAGES = 1000
SILENT = "thread-not-read"


def earlier_answer_id(workspace_id: str, place: str) -> str:
    """The ledger's id of an answer that was read where it stands: reading it again adds nothing."""
    return f"{SAID_EARLIER}{workspace_id}:{place}"


async def overtaken_by_reading(uow: UnitOfWork, arrival: Arrival) -> str:
    """The rule by which an answer comes too late: it was written before its thread was read, and is not what was found.

    It stood above the ticket's message, or has been deleted, and the event that told so was nobody's business then.

    Raises:
        TryAgainLaterError: the thread is about to be read, which says more than this event.
    """
    row, place = arrival.row, arrival.message.message_id
    thread = next((c.value for c in arrival.message.candidates if c.kind is CandidateKind.SLACK_THREAD), "")
    if not thread or row.external_id.startswith(SAID_EARLIER):
        return ""
    rows = await uow.session.scalars(
        select(Intake).where(
            Intake.organization_id == uow.actor.organization_id, Intake.fingerprint == _fingerprint(thread)
        )
    )
    covering = [reading for reading in rows.all() if _moment_of(place) <= _moment_of(reading.title)]
    if any(_moment_of(place) < _moment_of(reading.sender) for reading in covering):
        return "stood-above-the-ticket"
    if any(reading.outcome is Outcome.RECEIVED for reading in covering):
        require_soon(uow, row)
    if not any(reading.rule == READ for reading in covering):
        return ""
    found = select(Intake.id).where(
        Intake.organization_id == uow.actor.organization_id,
        Intake.external_id == earlier_answer_id(row.recipients[0], place),
    )
    return "" if await uow.session.scalar(found.limit(1)) else "deleted-before-it-came"


def _fingerprint(thread_key: str) -> str:
    return hashlib.sha256(f"{THREAD}{thread_key}".encode()).hexdigest()


def _moment_of(place: str) -> float:
    try:
        return float(place.rpartition(":")[2] or 0)
    except ValueError:
        return 0.0


async def have_thread_read(
    uow: UnitOfWork,
    ticket: Ticket,
    *,
    workspace_id: str,
    thread_key: str,
    made_of: str,
    asked_for_at: str = "",
    tells: bool = True,
) -> None:
    """See to it that answers which came before the ticket reach it, after the commit.

    `made_of` is the message (`CHANNEL:TS`) that the ticket was made of, `asked_for_at` when somebody asked for it by
    Slack's clock, if anybody did. A direct conversation needs no reading: whatever is said there is kept as it comes.
    """
    if not (thread_key and made_of and workspace_id) or is_direct(thread_key):
        return
    row = Intake(
        organization_id=ticket.organization_id,
        channel=Channel.SLACK,
        external_id=thread_row_id(ticket.id, thread_key),
        recipients=[workspace_id],
        received_at=uow.clock.now(),
        outcome=Outcome.RECEIVED,
        ticket_id=ticket.id,
        fingerprint=_fingerprint(thread_key),
        sender=made_of,
        title=f":{asked_for_at}",
    )
    uow.session.add(row)
    await uow.session.flush()
    payload = {"intake_id": row.id, "thread": thread_key, "after": made_of, "tells": tells}
    _enqueue(uow, payload, page=1)


def _enqueue(uow: UnitOfWork, payload: Mapping[str, object], *, page: int, cursor: str = "") -> None:
    key = f"intake.read_thread:{payload['intake_id']}:{page}"
    uow.jobs.enqueue(kinds.READ_THREAD, {**payload, "page": page, "cursor": cursor}, key=key)


@dataclass(frozen=True, slots=True)
class EarlierAnswers:
    """The job `intake.read_thread`: a page of a thread, each answer taken as its event would have been.

    Every step may be done again: an answer is known by where it stands, whichever way it came first.
    """

    unit_of_work: Callable[..., UnitOfWork]
    ledger: Ledger
    readers: Mapping[Channel, ThreadReader]

    async def run(self, job: JobTicket) -> None:
        thread = await self._thread(job)
        if thread is None:
            return
        if Channel.SLACK not in self.readers:
            await self._end(job, ThreadPage(obstacle=SILENT, advice="No Slack is set up here."))
            return
        page = await self.readers[Channel.SLACK].read_thread(thread)
        for answer in page.answers:
            await self._accept(answer)
        await self._end(job, page)

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed, until somebody has the job tried again."""
        await self._end(job, ThreadPage(obstacle=SILENT, advice=reason))

    async def _thread(self, job: JobTicket) -> ThreadToRead | None:
        """What is to be read; None where it has been, or the ticket is no longer there to be answered."""
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            row = await uow.session.get_one(Intake, int(job.payload["intake_id"]))
            ticket = await uow.session.get_one(Ticket, row.ticket_id)
            if row.rule == READ:
                return None
            if ticket.deleted_at is not None:
                _decide(uow, row, Outcome.IGNORED, "ticket-deleted")
                await uow.commit()
                return None
        return ThreadToRead(
            workspace_id=row.recipients[0],
            thread_key=str(job.payload["thread"]),
            after=str(job.payload["after"]),
            cursor=str(job.payload["cursor"]),
        )

    async def _accept(self, answer: InboundMessage) -> None:
        try:
            await self.ledger.accept(answer)
        except (InvalidInputError, TooLargeError) as refused:
            log.warning("intake.answer_refused", reason=str(refused))

    async def _end(self, job: JobTicket, page: ThreadPage) -> None:
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            row = await uow.session.get_one(Intake, int(job.payload["intake_id"]), with_for_update=True)
            row.title = max(row.title, page.newest, key=_moment_of)
            number = int(job.payload["page"])
            if page.cursor and number < MOST_PAGES:
                _enqueue(uow, job.payload, page=number + 1, cursor=page.cursor)
            elif page.obstacle:
                _decide(uow, row, Outcome.IGNORED, page.obstacle)
                row.error = page.advice[:1000]
                await self._tell(uow, row, page.advice if job.payload["tells"] else "")
            else:
                _decide(uow, row, Outcome.ACTED, READ if not page.cursor else f"{READ}+shortened")
            await uow.commit()

    @staticmethod
    async def _tell(uow: UnitOfWork, row: Intake, advice: str) -> None:
        if advice:
            ticket = await uow.session.get_one(Ticket, row.ticket_id)
            text = f"⚠️ What was answered in Slack before #{ticket.number} was a ticket may be missing here. {advice}"
            await tell_moderators(uow, ticket, text, key=f"thread-not-read:{row.id}")


def _decide(uow: UnitOfWork, row: Intake, outcome: Outcome, rule: str) -> None:
    row.outcome, row.rule, row.error, row.decided_at = outcome, rule[:100], "", uow.clock.now()
