"""Tickets that people file by a form and wait for: those who wait at the same moment share one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from core.conversations.actions import Submitted, tell_submitted
from core.conversations.enqueueing import remember_thread
from core.db.shared_work import SharedWork
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, DeskError, TryAgainLaterError
from core.files.actions import await_files
from core.files.values import RemoteFile, Sharing
from core.intake.acts import act_fingerprint, act_id, act_row
from core.intake.earlier_answers import have_thread_read
from core.intake.models import Intake
from core.intake.values import Channel, Outcome
from core.people.identities import find_or_create_people, role_of_sender
from core.people.jobs import ask_who_it_is
from core.people.models import User
from core.people.values import Actor, Sender, system_actor
from core.tickets.actions import Filing, NewTicket, check_new, write_tickets
from core.tickets.models import Ticket
from core.tickets.template_list import list_templates
from core.tickets.templates import Templates
from core.tickets.values import TicketSnapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class SentForm:
    """A form that somebody sent; it comes again with the same `key`.

    `read` makes the ticket of it by the organization's templates, and raises InvalidInputError for a mistake.
    `made_of` is the message (`CHANNEL:TS`) that it was opened on. `unread` is its thread where nobody could read that
    yet: the ticket is confirmed directly then, and still is where answers in that thread belong.
    """

    organization_id: int
    sender: Sender
    channel: Channel
    key: str
    content: bytes
    rule: str
    read: Callable[[Templates], NewTicket]
    participants: tuple[Sender, ...] = ()
    files: tuple[RemoteFile, ...] = ()
    made_of: str = ""
    unread: str = ""


_Result = TicketSnapshot | DeskError

# Put together once, which takes as long as asking.
_SENT_BEFORE = select(Intake.external_id, Intake.fingerprint, Intake.ticket_id).where(
    Intake.external_id.in_(bindparam("external_ids", expanding=True)),
    Intake.organization_id == bindparam("organization_id"),
    Intake.channel.in_(bindparam("channels", expanding=True)),
)


class Forms:
    """Where forms are sent to."""

    def __init__(self, unit_of_work: Callable[[Actor], UnitOfWork]) -> None:
        self._unit_of_work = unit_of_work
        self._work: SharedWork[SentForm, _Result] = SharedWork(self._file_all)

    async def file(self, form: SentForm) -> TicketSnapshot:
        """The ticket of this form, durably; the same form again gives the same ticket.

        Raises:
            InvalidInputError: a mistake in the form.
            ConflictError: the form has been sent before, with other words.
            TryAgainLaterError: the database is away, or the same form is being worked on.
        """
        result = await self._work.submit(form)
        if isinstance(result, DeskError):
            raise result
        return result

    async def _file_all(self, forms: Sequence[SentForm]) -> Sequence[_Result]:
        results: dict[int, _Result] = {}
        for organization_id in {form.organization_id for form in forms}:
            numbered = {n: form for n, form in enumerate(forms) if form.organization_id == organization_id}
            try:
                results |= await self._file_in(organization_id, numbered)
            except IntegrityError as error:
                if len(forms) > 1:
                    raise
                raise TryAgainLaterError("The same form is being worked on.", retry_after=1.0) from error
        return [results[number] for number in range(len(forms))]

    async def _file_in(self, organization_id: int, forms: Mapping[int, SentForm]) -> dict[int, _Result]:
        async with self._unit_of_work(system_actor(organization_id)) as uow:
            people = await _people(uow, forms.values())
            authors = [people[form.sender] for form in forms.values()]
            batch = _Batch(uow, people, await list_templates(uow), await _sent_before(uow, forms, authors))
            for number, form in forms.items():
                batch.take(number, form)
            results = await batch.file()
            await uow.commit()
        return results


class _Batch:
    """Forms of one organization in one unit of work."""

    def __init__(
        self,
        uow: UnitOfWork,
        people: Mapping[Sender, User],
        templates: Templates,
        sent_before: Mapping[str, tuple[str, Ticket | None]],
    ) -> None:
        self._uow = uow
        self._people = people
        self._templates = templates
        self._sent_before = sent_before
        self._results: dict[int, _Result] = {}
        self._filings: dict[str, tuple[SentForm, Filing]] = {}
        self._numbers: dict[int, str] = {}

    def take(self, number: int, form: SentForm) -> None:
        """Find out what is to be done with a form."""
        person = self._people[form.sender]
        external_id = act_id(person.id, form.key)
        if external_id in self._sent_before:
            fingerprint, ticket = self._sent_before[external_id]
            is_same = fingerprint == act_fingerprint(form.content)
            self._results[number] = ticket.snapshot() if is_same and ticket else _taken()
            return
        if external_id in self._filings:
            is_same = self._filings[external_id][0].content == form.content
        else:
            is_same = self._read(number, external_id, form, person)
        if is_same:
            self._numbers[number] = external_id
        elif number not in self._results:
            self._results[number] = _taken()

    def _read(self, number: int, external_id: str, form: SentForm, person: User) -> bool:
        others = (self._people[sender] for sender in form.participants)
        # Requesters only: who works tickets hears of them anyway.
        participants = [other for other in others if not other.role_may_work]
        try:
            new = replace(form.read(self._templates), participants=participants)
            check_new(new)
        except DeskError as error:
            self._results[number] = error
            return False
        self._filings[external_id] = (form, Filing(new, person, _actor(person, form)))
        return True

    async def file(self) -> dict[int, _Result]:
        """Write what is new, and give every form's result."""
        uow = self._uow
        if not self._filings:
            return self._results
        filings = [filing for _, filing in self._filings.values()]
        tickets = await write_tickets(uow, filings)
        told = [
            Submitted(ticket=ticket, thread_key=filing.new.thread_key)
            for ticket, filing in zip(tickets, filings, strict=True)
        ]
        await tell_submitted(uow, told)
        for (external_id, (form, filing)), ticket in zip(self._filings.items(), tickets, strict=True):
            uow.act_as(filing.actor)
            ask_who_it_is(uow, filing.requester, form.sender)
            for sender in form.participants:
                ask_who_it_is(uow, self._people[sender], sender)
            if form.unread:
                remember_thread(uow, ticket, form.channel.value, form.unread)
            await have_thread_read(
                uow,
                ticket,
                workspace_id=form.sender.external_id.partition(":")[0],
                thread_key=filing.new.thread_key or form.unread,
                made_of=form.made_of,
                tells=not form.unread,
            )
            row = act_row(uow, form.channel, external_id, content=form.content, rule=form.rule)
            row.ticket_id, row.outcome = ticket.id, Outcome.TICKETED
            uow.session.add(row)
            await await_files(uow, ticket, form.files, Sharing(person=form.sender.external_id.rpartition(":")[2]))
        made = dict(zip(self._filings, tickets, strict=True))
        return self._results | {number: made[external_id].snapshot() for number, external_id in self._numbers.items()}


def _taken() -> ConflictError:
    return ConflictError("This has been taken already.", mend="/ticket mine shows your tickets.")


def _actor(person: User, form: SentForm) -> Actor:
    return Actor(
        organization_id=person.organization_id,
        user_id=person.id,
        role=role_of_sender(person, form.sender),
        name=person.display_name,
        channel=form.channel.value,
    )


async def _people(uow: UnitOfWork, forms: Iterable[SentForm]) -> dict[Sender, User]:
    senders = list(dict.fromkeys(sender for form in forms for sender in (form.sender, *form.participants)))
    return dict(zip(senders, await find_or_create_people(uow, senders), strict=True))


async def _sent_before(
    uow: UnitOfWork, forms: Mapping[int, SentForm], people: Sequence[User]
) -> dict[str, tuple[str, Ticket | None]]:
    """The fingerprint and the ticket of every form that comes again, by the ledger's id of the act."""
    asked = {
        "external_ids": [act_id(person.id, form.key) for form, person in zip(forms.values(), people, strict=True)],
        "organization_id": uow.actor.organization_id,
        "channels": list({form.channel for form in forms.values()}),
    }
    rows = (await uow.session.execute(_SENT_BEFORE, asked)).all()
    if not rows:
        return {}
    of_rows = select(Ticket).where(Ticket.id.in_([row.ticket_id for row in rows]))
    tickets = {ticket.id: ticket for ticket in await uow.session.scalars(of_rows)}
    return {row.external_id: (row.fingerprint, tickets.get(row.ticket_id)) for row in rows}
