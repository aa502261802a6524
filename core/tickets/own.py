"""What requesters do with a ticket of their own: correct it, withdraw it, say who reads it and what solved it."""

import hashlib
from typing import Any

from core.conversations import actions as conversations
from core.conversations.publishing import forget_visibility
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import ConflictError, ForbiddenError, InvalidInputError
from core.search.feedback import record_ticket_feedback
from core.search.values import Verdict
from core.tickets.actions import audited_state, changed
from core.tickets.clocks import set_status
from core.tickets.models import Ticket
from core.tickets.public import find_public_ticket
from core.tickets.values import TEXT_LENGTH, Category, SetBy, Status, title_from
from core.triage.choices import note_choices

WITHDRAWN = "Withdrawn by its requester."


def mark_of_words(title: str, description: str) -> str:
    """Changes when somebody changes what a ticket says, and not with the rest of it."""
    return hashlib.sha256(f"{title}\0{description}".encode("utf-8", "replace")).hexdigest()[:16]


async def edit_own(uow: UnitOfWork, ticket: Ticket, *, title: str, description: str, seen: str = "") -> Ticket:
    """Put the requester's new words in the place of the old; the audit log keeps what stood there.

    `seen` is `mark_of_words` of what they had before them.

    Raises:
        ForbiddenError: somebody else's ticket.
        ConflictError: it is completed or deleted, or its words have been changed since they were seen.
        InvalidInputError: nothing is left, or the text is too long.
    """
    require_open(uow, ticket)
    text = description.replace("\x00", "").strip()
    if not title.strip() and not text:
        raise InvalidInputError("The ticket would be empty.", field="title", mend="Withdraw it if it has no purpose.")
    if len(text) > TEXT_LENGTH:
        raise InvalidInputError(f"The text is longer than {TEXT_LENGTH:,} characters.", field="description")
    new_title = title if title == ticket.title else title_from(title, text)
    if (new_title, text) == (ticket.title, ticket.description.strip()):
        return ticket  # also where the same form was sent twice
    if seen and seen != mark_of_words(ticket.title, ticket.description):
        raise ConflictError(
            f"Somebody has changed the words of ticket #{ticket.number} meanwhile.",
            mend="Copy yours, open the form again and put them in.",
        )
    before = audited_state(ticket)
    ticket.title, ticket.description, ticket.description_html = new_title, text, ""
    ticket.edited_at = uow.clock.now()
    _record(uow, ticket, "ticket.edited", before)
    return ticket


def may_sort_own(ticket: Ticket) -> bool:
    """Whether its requester still chooses the category: once somebody works on it, those who work it do."""
    return ticket.status is Status.PENDING and ticket.assigned_to_id is None


async def sort_own(uow: UnitOfWork, ticket: Ticket, *, category: Category, seen: Category | None) -> Ticket:
    """Set the category of a ticket on which nobody works yet. `seen` is the one that its requester had before them.

    Raises:
        ForbiddenError: somebody else's ticket.
        ConflictError: it is completed or deleted, somebody works on it, or another person has chosen one since.
    """
    require_open(uow, ticket)
    if category is ticket.category:
        return ticket
    if not may_sort_own(ticket):
        raise ConflictError(
            f"Somebody works on ticket #{ticket.number}: only moderators change its category now.",
            mend="Write on the ticket what it should be.",
        )
    if ticket.category is not seen and ticket.set_by.get("category") == SetBy.PERSON:
        raise ConflictError(
            f"Somebody has sorted ticket #{ticket.number} meanwhile.", mend="Look at it again, then repeat."
        )
    before = audited_state(ticket)
    ticket.category = category
    ticket.set_by = {**ticket.set_by, "category": SetBy.PERSON.value}
    _record(uow, ticket, "ticket.changed", before)
    await note_choices(uow, ticket, {"category": category})
    return ticket


async def withdraw_own(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """Complete a ticket that its requester no longer needs. It becomes private: nobody can learn from it.

    Raises:
        ForbiddenError: somebody else's ticket.
        ConflictError: it is completed or deleted.
    """
    require_open(uow, ticket)
    before = audited_state(ticket)
    ticket.is_public = False
    await forget_visibility(uow, ticket)
    await _complete(uow, ticket, WITHDRAWN, "ticket.withdrawn", before)
    return ticket


async def solve_own(uow: UnitOfWork, ticket: Ticket, *, solved_by: int) -> Ticket:
    """Complete a ticket whose requester found the answer in a similar one; that it helped is counted.

    Raises:
        ForbiddenError: somebody else's ticket.
        ConflictError: it is completed or deleted.
        NotFoundError: ticket `solved_by` was not shown on it, or may no longer be.
    """
    require_open(uow, ticket)
    await record_ticket_feedback(uow, ticket=ticket.number, number=solved_by, verdict=Verdict.SOLVED_IT)
    solution = await find_public_ticket(uow, solved_by)
    before = audited_state(ticket)
    text = f"Solved by ticket #{solution.number} ({solution.title}), as its requester says.\n\n{solution.resolution}"
    await _complete(uow, ticket, text.strip(), "ticket.solved_by_similar", before)
    return ticket


async def judge_similar(uow: UnitOfWork, ticket: Ticket, *, number: int, verdict: Verdict) -> Ticket:
    """Keep what its requester or a moderator says of a similar one; what did not help the requester they no longer see.

    Raises:
        ForbiddenError: somebody else's ticket, and the actor does not work tickets.
        NotFoundError: ticket `number` was not shown on it, or may no longer be.
    """
    await record_ticket_feedback(uow, ticket=ticket.number, number=number, verdict=verdict)
    uow.audit.record("ticket.similar_judged", ticket, after={"similar": number, "verdict": verdict.value})
    conversations.show_anew(uow, ticket)
    return ticket


async def show_own(uow: UnitOfWork, ticket: Ticket, *, is_public: bool) -> Ticket:
    """Say whether everybody may read it. A completed one stays as private as it is: its solution is not theirs.

    Raises:
        ForbiddenError: somebody else's ticket.
        ConflictError: it was deleted, or is completed and should become public.
    """
    _require_own(uow, ticket)
    if is_public and ticket.status is Status.COMPLETED:
        raise ConflictError(
            f"Ticket #{ticket.number} is completed: only moderators can make it public.", mend="Ask one of them."
        )
    if ticket.is_public is not is_public:
        before = audited_state(ticket)
        ticket.is_public = is_public
        ticket.set_by = {**ticket.set_by, "is_public": SetBy.PERSON.value}
        _record(uow, ticket, "ticket.changed", before)
        await forget_visibility(uow, ticket)
    return ticket


async def _complete(uow: UnitOfWork, ticket: Ticket, resolution: str, action: str, before: dict[str, Any]) -> None:
    ticket.resolution = resolution[:TEXT_LENGTH]
    set_status(uow, ticket, Status.COMPLETED)
    ticket.set_by = {**ticket.set_by, "status": SetBy.PERSON.value}
    _record(uow, ticket, action, before)
    await conversations.tell_resolved(uow, ticket)


def _record(uow: UnitOfWork, ticket: Ticket, action: str, before: dict[str, Any]) -> None:
    uow.audit.record(action, ticket, before, audited_state(ticket))
    changed(uow, ticket)


def _require_own(uow: Reading, ticket: Ticket) -> None:
    if uow.actor.user_id is None or uow.actor.user_id != ticket.created_by_id:
        raise ForbiddenError(f"Only whoever filed ticket #{ticket.number} can do that.")
    if ticket.deleted_at is not None:
        raise ConflictError(f"Ticket #{ticket.number} has been deleted.")


def require_open(uow: Reading, ticket: Ticket) -> None:
    """Raises ForbiddenError for somebody else's ticket, ConflictError for one that is completed or deleted."""
    _require_own(uow, ticket)
    if ticket.status is Status.COMPLETED:
        raise ConflictError(f"Ticket #{ticket.number} is completed already.", mend="Answer on it if it should not be.")
