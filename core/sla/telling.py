"""Who is told of a promise that is due soon or broken, and in which words.

The assignee, below the card in Slack, by direct message where there is no card, else by mail; of a ticket of nobody the
moderators' channel, else everybody who works tickets by mail.
"""

from collections import Counter
from collections.abc import Container, Sequence
from datetime import datetime

from sqlalchemy import func, select

from core.conversations.actions import tell_moderators
from core.conversations.mailing import deliver_by_mail
from core.conversations.moderators import moderators_channel_of
from core.conversations.notices import Notice, tell_alone
from core.conversations.values import DeliveryKind, Urging
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.people.queries import slack_id_of
from core.people.values import Role
from core.sla.models import ToldPromise
from core.sla.values import Clock, Promise, Standing
from core.tickets.models import Ticket

PROMISE_LABELS = {Promise.FIRST_RESPONSE: "first answer", Promise.RESOLUTION: "solution"}
_TITLE = 200
_MOST_NAMED = 15
_SEE_THEM = "/triage breaching lists them."


async def tell_of_ticket(uow: UnitOfWork, ticket: Ticket, due: Sequence[Clock]) -> None:
    """Once for each of these promises; the caller has seen to that."""
    key = f"promise:{ticket.id}:" + "+".join(f"{clock.promise.value}.{clock.standing.value}" for clock in due)
    asleep = " (snoozed)" if ticket.snoozed_until else ""
    about = f"#{ticket.number} {' '.join(ticket.title.split())[:_TITLE]}{asleep}"
    page_url = uow.policy.ticket_url(ticket.number)
    assignee = ticket.assigned_to if ticket.assigned_to and ticket.assigned_to.is_active else None
    if assignee is None:
        text = f"Nobody has taken {about}"
        if channel := await moderators_channel_of(uow, ticket.organization_id):
            urging = Urging(due=tuple(due), page_url=page_url)
            tell_alone(uow, Notice(text=text, conversation=channel, urging=urging), key=key)
            return
        people: Sequence[User] = await _moderators(uow)
    else:
        text = about
        slack_id = await slack_id_of(uow, assignee) if uow.policy.slack_enabled else None
        urging = Urging(mentions=(slack_id,) if slack_id else (), due=tuple(due), page_url=page_url)
        is_below_card = await tell_moderators(uow, ticket, text, key=key, urging=urging)
        if slack_id and not is_below_card:
            tell_alone(uow, Notice(text=text, conversation=slack_id, urging=urging), key=key)
        people = [] if slack_id else [assignee]
    lines = [text + ".", *(_in_words(uow, clock) for clock in due)]
    title = f"{_title(due)}: {about}"
    await _mail(uow, people, title=title, text="\n".join(lines), page_url=page_url, key=key)


async def tell_of_many(uow: UnitOfWork, *, first_told: int) -> None:
    """One message instead of many, about what was claimed in this unit of work from row `first_told` on."""
    everybody = await _moderators(uow)
    holders = {person.id: person for person in everybody}
    counts = await _counts(uow, first_told=first_told, holders=holders)
    title = _counted(counts[Standing.OVERDUE].total(), counts[Standing.SOON].total())
    pressing = counts[Standing.OVERDUE] or counts[Standing.SOON]
    each = [
        f"{holders[holder].display_name if holder else 'nobody'}: {count}"
        for holder, count in pressing.most_common(_MOST_NAMED)
    ]
    text = "\n".join([f"{title}.", *each])
    key, page_url = f"promises:{uow.actor.organization_id}:{first_told}", f"{uow.policy.app_url}/tickets?due=true"
    channel = await moderators_channel_of(uow, uow.actor.organization_id)
    by_mail = everybody
    if channel:
        slack_ids = {person.id: await slack_id_of(uow, person) for person in everybody if person.id in pressing}
        urging = Urging(mentions=tuple(filter(None, slack_ids.values())), page_url=page_url)
        notice = Notice(text=f"{text}\n{_SEE_THEM}", conversation=channel, urging=urging)
        tell_alone(uow, notice, key=key)
        by_mail = [holders[user_id] for user_id, slack_id in slack_ids.items() if slack_id is None]
    await _mail(uow, by_mail, title=title, text=text, page_url=page_url, key=key)


async def _counts(uow: UnitOfWork, *, first_told: int, holders: Container[int]) -> dict[Standing, Counter[int | None]]:
    """How many tickets of each assignee stand how, by what is most pressing of each; None holds those of nobody."""
    rows = await uow.session.execute(
        select(Ticket.assigned_to_id, func.min(ToldPromise.standing))  # "overdue" is before "soon"
        .join(ToldPromise, ToldPromise.ticket_id == Ticket.id)
        .where(
            ToldPromise.organization_id == uow.actor.organization_id,
            ToldPromise.told_at == uow.clock.now(),
            ToldPromise.id >= first_told,
        )
        .group_by(Ticket.id, Ticket.assigned_to_id)
    )
    counts = {Standing.OVERDUE: Counter[int | None](), Standing.SOON: Counter[int | None]()}
    for assignee_id, standing in rows:
        counts[standing][assignee_id if assignee_id in holders else None] += 1
    return counts


async def _moderators(uow: UnitOfWork) -> Sequence[User]:
    """Everybody who works tickets here."""
    statement = select(User).where(
        User.organization_id == uow.actor.organization_id,
        User.role.in_((Role.MODERATOR, Role.ADMIN)),
        User.is_active.is_(True),
    )
    return (await uow.session.scalars(statement.order_by(User.id))).all()


async def _mail(uow: UnitOfWork, people: Sequence[User], *, title: str, text: str, page_url: str, key: str) -> None:
    content: dict[str, object] = {"title": title, "text": text, "page_url": page_url}
    for person in people:
        await deliver_by_mail(uow, None, DeliveryKind.ALERT, person, key=f"{key}:{person.id}", content=content)


def _title(due: Sequence[Clock]) -> str:
    is_overdue = any(clock.standing is Standing.OVERDUE for clock in due)
    return "Overdue" if is_overdue else "Due soon"


def _in_words(uow: UnitOfWork, clock: Clock) -> str:
    label = PROMISE_LABELS[clock.promise]
    verb = "was" if clock.standing is Standing.OVERDUE else "is"
    return f"The {label} {verb} due on {_moment(uow, clock.due_at)}."


def _moment(uow: UnitOfWork, moment: datetime) -> str:
    """Where the business hours are."""
    return f"{moment.astimezone(uow.policy.sla.hours.zone):%Y-%m-%d at %H:%M %Z}"


def _counted(overdue: int, soon: int) -> str:
    are = "ticket is past its promise" if overdue == 1 else "tickets are past their promise"
    will_be = f"{soon} more will be soon" if overdue else f"{soon} tickets will be past their promise soon"
    return ", ".join([*([f"{overdue} {are}"] if overdue else []), *([will_be] if soon else [])])
