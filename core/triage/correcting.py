"""What a person answers to advice: that it is right, or what would be."""

from typing import Any

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, InvalidInputError
from core.people.values import Permission
from core.tickets.actions import changed, require
from core.tickets.models import Ticket
from core.tickets.values import Category, Complexity, Priority
from core.tickets.working import set_fields
from core.triage.choices import note_choices
from core.triage.queries import latest_suggestion
from core.triage.values import Suggestion


async def accept_suggestion(uow: UnitOfWork, ticket: Ticket, *, expected_revision: int | None = None) -> Suggestion:
    """Make the newest advice the person's own choice, in every field on which it has an opinion.

    Raises:
        ForbiddenError: the actor does not work tickets.
        ConflictError: there is no advice, the ticket is deleted, or somebody changed it since `expected_revision`.
    """
    require(uow, Permission.WORK_TICKETS)
    suggestion = await _suggestion(uow, ticket)
    await _choose(
        uow,
        ticket,
        expected_revision,
        category=suggestion.category,
        priority=suggestion.priority,
        related_skills=list(suggestion.related_skills) or None,
        complexity=suggestion.complexity,
    )
    return suggestion


async def correct_suggestion(
    uow: UnitOfWork,
    ticket: Ticket,
    *,
    category: Category | None = None,
    priority: Priority | None = None,
    related_skills: list[str] | None = None,
    complexity: Complexity | None = None,
    expected_revision: int | None = None,
) -> None:
    """Set what the advice should have said; a field left out keeps its value. Kept as an example to learn from.

    Raises:
        ForbiddenError: the actor does not work tickets.
        InvalidInputError: nothing is chosen.
        ConflictError: there is no advice, the ticket is deleted, or somebody changed it since `expected_revision`.
    """
    require(uow, Permission.WORK_TICKETS)
    await _suggestion(uow, ticket)
    if category is None and priority is None and related_skills is None and complexity is None:
        raise InvalidInputError("Nothing is chosen.", mend="Choose at least one value that would be right.")
    await _choose(
        uow,
        ticket,
        expected_revision,
        category=category,
        priority=priority,
        related_skills=related_skills,
        complexity=complexity,
    )


async def _suggestion(uow: UnitOfWork, ticket: Ticket) -> Suggestion:
    suggestion = await latest_suggestion(uow, ticket.id)
    if suggestion is None:
        raise ConflictError(f"There is no advice on ticket #{ticket.number}.", mend="Set the fields by hand.")
    return suggestion


async def _choose(
    uow: UnitOfWork, ticket: Ticket, expected_revision: int | None, *, complexity: Complexity | None, **fields: Any
) -> None:
    """The fields as a person sets them; the complexity, which no ticket has, is kept as an example alone."""
    revision, set_by = ticket.revision, ticket.set_by
    await set_fields(uow, ticket, expected_revision=expected_revision, **fields)
    await note_choices(uow, ticket, {"complexity": complexity})
    if ticket.revision == revision and ticket.set_by != set_by:
        changed(uow, ticket)  # the values stay, but cards tell whose they are
