"""From messages that were held together to one ticket, and to one that has grown."""

from sqlalchemy import select

from core.conversations.enqueueing import SLACK, remember_thread
from core.conversations.models import Delivery
from core.db.unit_of_work import UnitOfWork
from core.files.actions import await_files
from core.files.values import RemoteFile, Sharing
from core.gathering.composing import continued
from core.gathering.keeping import joined, messages_of
from core.gathering.models import GatheredMessage, Gathering
from core.gathering.questions import question_keys
from core.gathering.values import Stage
from core.intake.earlier_answers import have_thread_read
from core.intake.models import Intake
from core.people.models import User
from core.people.queries import slack_id_of, slack_ids
from core.tickets.actions import NewReply, NewTicket, add_reply, submit_ticket
from core.tickets.merging import merged_into
from core.tickets.models import ThreadMessage, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.revising import TAKEN_BACK, rewrite_ticket
from core.tickets.values import title_from


async def file_messages(uow: UnitOfWork, gathering: Gathering, requester: User) -> Ticket:
    """One ticket of all its messages, confirmed under the first of them. Filing twice gives the same ticket."""
    if gathering.stage is Stage.FILED and gathering.ticket_id is not None:
        return await lock_ticket_by_id(uow, gathering.ticket_id)
    messages = await messages_of(uow, gathering)
    text = joined(messages) or TAKEN_BACK
    new = NewTicket(
        title=title_from("", text),
        description=text,
        channel=SLACK,
        category=gathering.category,
        thread_key=messages[0].place if messages else "",
    )
    ticket = await submit_ticket(uow, new, requester=requester)
    for message in messages:
        _remember(uow, ticket, message)
        await _await_files(uow, ticket, message, requester)
        workspace_id = await _workspace_of(uow, message, requester)
        await have_thread_read(uow, ticket, workspace_id=workspace_id, thread_key=message.place, made_of=message.place)
    await _remember_questions(uow, gathering, ticket)
    _filed(uow, gathering, ticket)
    return ticket


async def _workspace_of(uow: UnitOfWork, message: GatheredMessage, author: User) -> str:
    """From which it came, as the ledger knows; its author may be in several workspaces of an organization."""
    came = select(Intake.recipients).where(
        Intake.organization_id == uow.actor.organization_id, Intake.fingerprint == message.fingerprint
    )
    if workspaces := await uow.session.scalar(came.order_by(Intake.id).limit(1)):
        return str(workspaces[0])
    return (await slack_ids(uow, [author])).get(author.id, "").partition(":")[0]


async def join_messages(uow: UnitOfWork, gathering: Gathering, author: User) -> Ticket:
    """Each of its messages as an answer on the ticket that they were asked about."""
    assert gathering.ticket_id is not None  # noqa: S101 (a question about a ticket names it)
    ticket = await merged_into(uow, await lock_ticket_by_id(uow, gathering.ticket_id))
    if gathering.stage is Stage.FILED:
        return ticket
    for message in await messages_of(uow, gathering):
        if message.text.strip():
            reply = await add_reply(uow, ticket, NewReply(text=message.text, channel=SLACK), author=author)
            _remember(uow, ticket, message, reply_id=reply.id)
            await _await_files(uow, ticket, message, author, reply_id=reply.id)
    _filed(uow, gathering, ticket)
    return ticket


async def grow(uow: UnitOfWork, gathering: Gathering, ticket: Ticket, added: GatheredMessage) -> None:
    """Bring the ticket's words up to date with one more message."""
    messages = await messages_of(uow, gathering)
    before = joined([message for message in messages if message.id != added.id])
    text = continued(ticket.description, before=before, after=joined(messages), was="", now=added.text)
    await rewrite_ticket(uow, ticket, text)


def _filed(uow: UnitOfWork, gathering: Gathering, ticket: Ticket) -> None:
    gathering.stage, gathering.ticket_id, gathering.touched_at = Stage.FILED, ticket.id, uow.clock.now()


async def _await_files(
    uow: UnitOfWork, ticket: Ticket, message: GatheredMessage, author: User, *, reply_id: int | None = None
) -> None:
    if not message.files:
        return
    person, conversation = await slack_id_of(uow, author) or "", message.place.partition(":")[0]
    sharing = Sharing(person=person, conversation=conversation, thread_key=message.place)
    await await_files(uow, ticket, [RemoteFile(**file) for file in message.files], sharing, reply_id=reply_id)


def _remember(uow: UnitOfWork, ticket: Ticket, message: GatheredMessage, *, reply_id: int | None = None) -> None:
    uow.session.add(
        ThreadMessage(
            organization_id=ticket.organization_id,
            ticket_id=ticket.id,
            reply_id=reply_id,
            channel=SLACK,
            external_id=message.place,
            fingerprint=message.fingerprint,
            created_at=uow.clock.now(),
        )
    )


async def _remember_questions(uow: UnitOfWork, gathering: Gathering, ticket: Ticket) -> None:
    """Who answers in the thread of one of our questions answers on the ticket."""
    asked = select(Delivery.external_id).where(Delivery.key.in_(question_keys(gathering)), Delivery.external_id != "")
    for external_id in await uow.session.scalars(asked):
        remember_thread(uow, ticket, SLACK, external_id)
