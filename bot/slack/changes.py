"""What a moderator does to a ticket, by command, button or form: each form of words to its action of the core."""

import re
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import assert_never

from bot.slack import acts
from bot.slack.door import Act, SlackDoor, require_moderator
from bot.slack.overtaking import require_not_overtaken
from bot.slack.payloads.values import SlackUser
from bot.slack.zones import zone_of
from core.db.unit_of_work import UnitOfWork
from core.intake.values import Channel
from core.people.identities import find_or_create_person
from core.people.models import User
from core.people.queries import find_user
from core.people.values import Sender
from core.tickets.actions import NewReply, add_internal_note, add_reply
from core.tickets.merging import merge_ticket
from core.tickets.models import Ticket
from core.tickets.participating import add_participant, person_named, remove_participant
from core.tickets.queries import lock_ticket
from core.tickets.snoozing import snooze_ticket, wake_ticket
from core.tickets.values import TicketSnapshot
from core.tickets.working import assign_ticket, reopen_ticket, resolve_ticket, set_fields
from core.triage.correcting import accept_suggestion, correct_suggestion


async def change_ticket(door: SlackDoor, user: SlackUser, change: acts.TriageChange, *, key: str) -> TicketSnapshot:
    """Carry out one change as this person; the same `key` again changes nothing more.

    Raises:
        DeskError: not a moderator, no such ticket, or what the action refuses; nothing was changed.
    """
    assignee = await _assignee_in_slack(door, user, change)
    zone = await zone_of(door, user) if isinstance(change, acts.Snooze) else UTC

    async def work(uow: UnitOfWork, person: User) -> Ticket:
        require_moderator(uow)
        ticket = await lock_ticket(uow, change.number)
        await require_not_overtaken(uow, ticket, change)
        await _carry_out(uow, ticket, change, Circumstances(person=person, assignee=assignee, zone=zone))
        return ticket

    act = Act(user=user, key=key, rule=_rule_of(change), content=repr(change))
    return await door.act(act, work)


def _rule_of(change: acts.TriageChange) -> str:
    """`SetPriority` stands in the ledger as `slack-set-priority`."""
    return "slack" + re.sub(r"(?=[A-Z])", "-", type(change).__name__).lower()


async def _assignee_in_slack(door: SlackDoor, user: SlackUser, change: acts.TriageChange) -> Sender | None:
    if not (isinstance(change, acts.Assign | acts.AddPerson | acts.RemovePerson) and change.slack_user_id):
        return None
    return await door.person_behind(SlackUser(workspace_id=user.workspace_id, user_id=change.slack_user_id))


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """Who does it and where they are; `assignee` is whom they picked in Slack."""

    person: User
    assignee: Sender | None
    zone: tzinfo


async def _carry_out(uow: UnitOfWork, ticket: Ticket, change: acts.TriageChange, around: Circumstances) -> None:
    match change:
        case acts.Take() | acts.Assign():
            chosen = around.person if isinstance(change, acts.Take) else await _assignee(uow, change, around.assignee)
            await assign_ticket(uow, ticket, assignee=chosen)
        case acts.AddNote():
            await add_internal_note(uow, ticket, _words(change.text), author=around.person)
        case acts.AddReply():
            await add_reply(uow, ticket, _words(change.text), author=around.person)
        case acts.Resolve():
            await resolve_ticket(
                uow,
                ticket,
                resolution=change.resolution,
                helpful_notes=change.helpful_notes,
                is_public=change.is_public,
            )
        case acts.Reopen():
            await reopen_ticket(uow, ticket)
        case acts.Snooze():
            await snooze_ticket(uow, ticket, until=change.until.moment(uow.clock.now(), around.zone))
        case acts.Wake():
            await wake_ticket(uow, ticket)
        case acts.Merge():
            await merge_ticket(uow, ticket, into=await lock_ticket(uow, change.into))
        case acts.AddPerson() | acts.RemovePerson():
            await _change_people(uow, ticket, change, around.assignee)
        case _:
            await _sort(uow, ticket, change)


async def _sort(
    uow: UnitOfWork,
    ticket: Ticket,
    change: acts.SetPriority | acts.SetCategory | acts.SetStatus | acts.SetPublic | acts.Accept | acts.Correct,
) -> None:
    match change:
        case acts.SetPriority():
            await set_fields(uow, ticket, priority=change.priority)
        case acts.SetCategory():
            await set_fields(uow, ticket, category=change.category)
        case acts.SetStatus():
            await set_fields(uow, ticket, status=change.status)
        case acts.SetPublic():
            await set_fields(uow, ticket, is_public=change.is_public)
        case acts.Accept():
            await accept_suggestion(uow, ticket)
        case acts.Correct():
            skills = None if change.related_skills is None else list(change.related_skills)
            await correct_suggestion(
                uow, ticket, category=change.category, priority=change.priority, related_skills=skills
            )
        case _:
            assert_never(change)


async def _assignee(uow: UnitOfWork, change: acts.Assign, in_slack: Sender | None) -> User | None:
    if in_slack is not None:
        return await find_or_create_person(uow, in_slack)
    return await find_user(uow, change.username) if change.username else None


async def _change_people(
    uow: UnitOfWork, ticket: Ticket, change: acts.AddPerson | acts.RemovePerson, in_slack: Sender | None
) -> None:
    meant = await find_or_create_person(uow, in_slack) if in_slack else await person_named(uow, change.name)
    await (add_participant if isinstance(change, acts.AddPerson) else remove_participant)(uow, ticket, meant)


def _words(text: str) -> NewReply:
    return NewReply(text=text, channel=Channel.SLACK.value)
