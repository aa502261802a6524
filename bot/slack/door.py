"""What every Slack listener holds: the desk, Slack's Web API, and who stands behind a Slack user."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import structlog

from bot.slack.apis import SlackApis
from bot.slack.blocks.pieces import Message, TicketUrl
from bot.slack.directory import SlackDirectory
from bot.slack.open_forms import OpenForms
from bot.slack.payloads.values import SlackUser
from bot.slack.screening import SlackScreening
from bot.slack.web_api import SlackWebApi
from core.db.unit_of_work import Reading, UnitOfWork
from core.desk import Desk
from core.errors import ConflictError, DeskError, ForbiddenError
from core.files.values import RemoteFile
from core.intake.acts import find_act, record_act
from core.intake.forms import SentForm
from core.intake.models import Intake
from core.intake.values import Channel, Outcome
from core.people.identities import find_or_create_person, role_of_sender
from core.people.jobs import ask_who_it_is
from core.people.models import User
from core.people.queries import find_known
from core.people.values import Actor, IdentityKind, Permission, Sender, system_actor
from core.tickets.actions import NewTicket
from core.tickets.models import Ticket
from core.tickets.templates import Templates
from core.tickets.values import TicketSnapshot

log = structlog.get_logger(__name__)

Work = Callable[[UnitOfWork, User], Awaitable[Ticket]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """Something a person does by a command, button or form; Slack sends it again with the same `key`."""

    user: SlackUser
    key: str
    rule: str
    content: str
    outcome: Outcome = Outcome.ACTED


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackDoor:
    """The Slack door of a desk. `screening` knows the moderators' channel; `api` speaks to who is at the door."""

    desk: Desk
    apis: SlackApis
    api: SlackWebApi
    directory: SlackDirectory
    screening: SlackScreening
    forms: OpenForms = field(default_factory=OpenForms)

    @property
    def ticket_url(self) -> TicketUrl:
        return self.desk.policy.ticket_url

    async def opened_for(self, workspace_id: str) -> "SlackDoor":
        """This door with the token of a workspace.

        Raises:
            DeliveryRefusedError: there is no access to that workspace.
        """
        return replace(self, api=await self.apis.of_workspace(workspace_id))

    async def organization_of(self, workspace_id: str) -> int:
        """The organization of a workspace.

        Raises:
            ForbiddenError: the workspace belongs to none.
        """
        organization_id = await self.desk.intake.route_workspace(workspace_id)
        if organization_id is None:
            raise ForbiddenError("This Slack workspace does not belong to this desk.")
        return organization_id

    @asynccontextmanager
    async def reading(self, user: SlackUser) -> AsyncIterator[Reading]:
        """A consistent read as this person; somebody the desk has not met may see nothing yet."""
        organization_id = await self.organization_of(user.workspace_id)
        stranger = Actor(organization_id=organization_id, name=user.name, channel=Channel.SLACK.value)
        async with self.desk.reading(stranger) as reading:
            person = await find_known(reading, IdentityKind.SLACK, user.external_id)
            if person is not None:
                reading.actor = _actor_of(person, _sender_of(user))
            yield reading

    async def person_behind(self, user: SlackUser) -> Sender:
        """Somebody whom another one names. Slack is asked only about whom the desk has never met."""
        sender = _sender_of(user)
        async with self.desk.reading(system_actor(await self.organization_of(user.workspace_id))) as reading:
            is_known = await find_known(reading, IdentityKind.SLACK, user.external_id) is not None
        return sender if is_known else await self.directory.look_up(sender)

    @asynccontextmanager
    async def acting(self, user: SlackUser) -> AsyncIterator[UnitOfWork]:
        """A unit of work by this person that leaves no ledger row: for what is no message and may be done twice.

        Raises:
            ForbiddenError: the workspace belongs to no organization.
        """
        sender = _sender_of(user)
        organization_id = await self.organization_of(user.workspace_id)
        async with self.desk.unit_of_work(system_actor(organization_id)) as uow:
            person = await find_or_create_person(uow, sender)
            uow.act_as(_actor_of(person, sender))
            ask_who_it_is(uow, person, sender)
            yield uow

    async def act(self, act: Act, work: Work) -> TicketSnapshot:
        """Do `work` as this person, with its ledger row, in one transaction; the same act again changes nothing.

        Nothing is asked of Slack before: who somebody new is, a job finds out.

        Raises:
            DeskError: what the person should read; nothing was changed.
        """
        sender = _sender_of(act.user)
        organization_id = await self.organization_of(act.user.workspace_id)
        content = act.content.encode("utf-8", "surrogatepass")
        async with self.desk.unit_of_work(system_actor(organization_id)) as uow:
            person = await find_or_create_person(uow, sender)
            uow.act_as(_actor_of(person, sender))
            earlier = await _earlier(uow, act.key, content)
            if earlier is not None:
                return (await uow.session.get_one(Ticket, earlier.ticket_id)).snapshot()
            ask_who_it_is(uow, person, sender)
            row = await record_act(uow, Channel.SLACK, act.key, content=content, rule=act.rule)
            ticket = await work(uow, person)
            row.ticket_id, row.outcome = ticket.id, act.outcome
            snapshot = ticket.snapshot()
            await uow.commit()
        log.info("slack.acted", rule=act.rule, ticket=snapshot.number)
        return snapshot

    async def file(
        self,
        user: SlackUser,
        read: Callable[[Templates], NewTicket],
        *,
        key: str,
        content: str,
        rule: str,
        others: Sequence[SlackUser] = (),
        files: Sequence[RemoteFile] = (),
        made_of: str = "",
        unread: str = "",
    ) -> TicketSnapshot:
        """File what `read` makes of a form that this person sent; the same form again gives the same ticket.

        `others` take part in it, `files` go along; `made_of` is the message (`CHANNEL:TS`) that it was opened on,
        `unread` the thread of that, where nobody could read it yet.

        Raises:
            DeskError: what the person should read; nothing was filed.
        """
        form = SentForm(
            organization_id=await self.organization_of(user.workspace_id),
            sender=_sender_of(user),
            channel=Channel.SLACK,
            key=key,
            content=content.encode("utf-8", "surrogatepass"),
            rule=rule,
            read=read,
            participants=tuple(_sender_of(other) for other in others),
            files=tuple(files),
            made_of=made_of,
            unread=unread,
        )
        ticket = await self.desk.forms.file(form)
        log.info("slack.acted", rule=rule, ticket=ticket.number)
        return ticket

    async def tell_privately(
        self, user: SlackUser, message: Message, *, response_url: str = "", instead: bool = False
    ) -> None:
        """Answer one person alone, beside what they pressed (`instead`: in its place) or by direct message.

        Whatever they did has happened by then, so a failure is logged and no more.
        """
        try:
            if response_url:
                answer = private_answer(message) | {"replace_original": instead}
                await self.api.respond(response_url, answer)
            else:
                opened = await self.api.call("conversations.open", users=user.user_id)
                channel = opened["channel"]["id"]
                await self.api.call("chat.postMessage", channel=channel, text=message.text, blocks=message.blocks)
        except DeskError as error:
            log.warning("slack.answer_lost", reason=str(error))


def private_answer(message: Message) -> dict[str, object]:
    """The answer to a command or button that only the person themselves sees."""
    return {"response_type": "ephemeral", "text": message.text, "blocks": message.blocks}


def require_moderator(reading: Reading) -> None:
    """Raises ForbiddenError where somebody who works no tickets asks for the moderators' view."""
    if not reading.actor.may(Permission.WORK_TICKETS):
        raise ForbiddenError("Only moderators can triage.", mend="/ticket is for everybody: try /ticket help.")


async def _earlier(uow: UnitOfWork, key: str, content: bytes) -> Intake | None:
    """The same act done before; a form whose answer got lost may come again with other words."""
    try:
        return await find_act(uow, Channel.SLACK, key, content=content)
    except ConflictError as error:
        raise ConflictError("This has been taken already.", mend="/ticket mine shows your tickets.") from error


def _sender_of(user: SlackUser) -> Sender:
    return Sender(kind=IdentityKind.SLACK, external_id=user.external_id, name=user.name, verified=True)


def _actor_of(person: User, sender: Sender) -> Actor:
    return Actor(
        organization_id=person.organization_id,
        user_id=person.id,
        role=role_of_sender(person, sender),
        name=person.display_name,
        channel=Channel.SLACK.value,
    )
