"""Taking over tickets of another desk, each once however often its export is read."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.db.unit_of_work import UnitOfWork
from core.errors import NotFoundError
from core.imports.values import Imported, ImportedComment, ImportedPerson, ImportedTicket
from core.intake.acts import find_act, record_act
from core.intake.values import Channel, Outcome
from core.people.actions import NewPerson, create_person
from core.people.identities import find_or_create_people
from core.people.models import User
from core.people.queries import find_user
from core.people.values import IdentityKind, Permission, Sender
from core.tickets.actions import require
from core.tickets.history import PastReply, PastTicket, record_past_ticket
from core.tickets.models import Ticket
from core.tickets.values import TEXT_LENGTH, Status, Visibility, title_from

CHANNEL = "import"
NO_ANSWER = "It was resolved without an answer on record."
CUT = "a text was longer than this desk keeps, and was cut"
NO_MODERATOR = "its assignee is no moderator here, so nobody is assigned"

People = Mapping[ImportedPerson, User]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where tickets come from: `source` names the kind of desk, `public` lets everybody read what was resolved."""

    source: str
    public: bool = False


async def import_ticket(uow: UnitOfWork, item: ImportedTicket, origin: Origin) -> Imported:
    """Write a ticket with its comments, people and times, telling nobody, unless it has been taken over before.

    Nobody gains rights by being named: agents of the other desk become moderators only where they are already.

    Raises:
        ForbiddenError: the actor does not work tickets.
        TryAgainLaterError: it is being imported by another command at this moment.
    """
    require(uow, Permission.WORK_TICKETS)
    key = f"import:{origin.source}:{item.key}"
    earlier = await find_act(uow, Channel.CLI, key, content=b"")
    if earlier is not None and earlier.ticket_id is not None:
        return Imported((await uow.session.get_one(Ticket, earlier.ticket_id)).number, is_new=False)
    act = await record_act(uow, Channel.CLI, key, content=b"", rule=f"import-{origin.source}")
    people = await _people(uow, item, origin)
    past, remarks = _past(item, origin, people)
    ticket = await record_past_ticket(uow, past)
    act.ticket_id, act.title, act.outcome = ticket.id, ticket.title, Outcome.TICKETED
    return Imported(ticket.number, is_new=True, remarks=(*item.remarks, *remarks))


async def _people(uow: UnitOfWork, item: ImportedTicket, origin: Origin) -> People:
    named = dict.fromkeys([item.requester, *(comment.author for comment in item.comments)])
    if item.assignee is not None:
        named[item.assignee] = None
    by_mail = [person for person in named if person.email]
    senders = [Sender(kind=IdentityKind.EMAIL, external_id=one.email, name=one.name) for one in by_mail]
    found = dict(zip(by_mail, await find_or_create_people(uow, senders), strict=True)) if senders else {}
    for person in named:
        if not person.email:
            found[person] = await _without_address(uow, person, origin)
    return found


async def _without_address(uow: UnitOfWork, person: ImportedPerson, origin: Origin) -> User:
    """Known by a username that tells where they are from."""
    digest = hashlib.sha256((person.key or person.name).encode()).hexdigest()[:12]
    username = f"{origin.source}-{digest}"
    try:
        return await find_user(uow, username)
    except NotFoundError:
        return await create_person(uow, NewPerson(username=username, full_name=person.name[:200]))


def _past(item: ImportedTicket, origin: Origin, people: People) -> tuple[PastTicket, list[str]]:
    remarks = []
    is_completed = item.status is Status.COMPLETED
    resolution = item.resolution or (_last_answer(item) if is_completed else "")
    texts = (item.description, resolution, *(comment.text for comment in item.comments))
    if any(len(text) > TEXT_LENGTH for text in texts):
        remarks.append(CUT)
    assignee = people[item.assignee] if item.assignee else None
    if assignee is not None and not assignee.role_may_work:
        assignee = None
        remarks.append(NO_MODERATOR)
    ended = item.resolved_at or item.updated_at or max((one.at for one in item.comments), default=item.created_at)
    past = PastTicket(
        title=title_from(item.title, item.description),
        description=_kept(item.description),
        requester=people[item.requester],
        created_at=item.created_at,
        channel=CHANNEL,
        category=item.category,
        priority=item.priority,
        status=item.status,
        is_public=item.is_public or (origin.public and is_completed and bool(resolution)),
        assignee=assignee,
        related_skills=item.related_skills,
        helpful_notes=_kept(item.helpful_notes),
        resolution=_kept(resolution or (NO_ANSWER if is_completed else "")),
        resolved_at=ended if is_completed else None,
        replies=_replies(item.comments, people),
    )
    return past, remarks


def _replies(comments: Sequence[ImportedComment], people: People) -> list[PastReply]:
    return [
        PastReply(
            author=people[comment.author],
            text=_kept(comment.text),
            at=comment.at,
            visibility=Visibility.INTERNAL if comment.internal else Visibility.PUBLIC,
        )
        for comment in comments
    ]


def _last_answer(item: ImportedTicket) -> str:
    """What somebody else than the requester said last in public: most desks keep no resolution of their own."""
    answers = [one.text for one in item.comments if not one.internal and one.author != item.requester]
    return answers[-1] if answers else ""


def _kept(text: str) -> str:
    text = text.replace("\x00", "")
    return text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…"
