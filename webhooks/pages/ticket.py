"""The page of one ticket, and what can be done on it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from core.conversations.queries import deliveries_of
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, DeskError, InvalidInputError, NotFoundError, TooLargeError, TryAgainLaterError
from core.files.queries import files_not_here
from core.people.queries import get_user, list_moderators
from core.people.values import Permission
from core.search.feedback import verdicts_on
from core.search.queries import similar_shown
from core.search.values import Verdict
from core.sla.values import running_clocks
from core.tickets.actions import NewReply
from core.tickets.attaching import StoredAttachment
from core.tickets.earlier import earlier_words
from core.tickets.models import Ticket
from core.tickets.public import find_public_ticket
from core.tickets.queries import find_ticket, list_attachments, list_in_copy, list_replies
from core.tickets.satisfaction import rating_of
from core.tickets.values import COMMENT_LENGTH, SCORES, TEXT_LENGTH, Category, Priority, Status
from core.tickets.working import (
    assign_ticket,
    delete_ticket,
    reopen_ticket,
    resolve_ticket,
    restore_ticket,
    set_fields,
)
from core.triage.queries import latest_suggestion
from core.triage.usage import cost_of_ticket
from webhooks import participants, tickets
from webhooks.pages.page import form_page, page, redirect
from webhooks.problems import problem_of
from webhooks.sent_files import SentFiles
from webhooks.site import Visit
from webhooks.uploads import file_limits

Text = Annotated[str, Field(max_length=TEXT_LENGTH)]


class WriteForm(BaseModel):
    text: Text = ""
    kind: Literal["reply", "note"] = "reply"
    waits: bool = False
    key: Annotated[str, Field(max_length=100)] = ""

    @property
    def then_waits(self) -> bool:
        """An internal note asks nothing of the requester."""
        return self.waits and self.kind == "reply"

    def idempotency_key(self, files: Sequence[StoredAttachment]) -> str:
        """The same page may send other words, after the browser's back button; only the same words are one reply."""
        if not self.key:
            return ""
        return "\n".join([self.key, self.kind, self.text, *(file.sha256 for file in files)])


class SortForm(BaseModel):
    category: Category | None = None
    priority: Priority
    status: Status
    is_public: bool = False
    assigned_to: Annotated[int | None, Field(ge=0, lt=2**31)] = None
    revision: int


class TakeForm(BaseModel):
    """`held_by` is who had the ticket on the page where the button was pressed."""

    held_by: Annotated[int | None, Field(ge=0, lt=2**31)] = None


class PersonForm(BaseModel):
    name: Annotated[str, Field(max_length=320)] = ""


class ResolveForm(BaseModel):
    resolution: Text = ""
    helpful_notes: Text = ""
    is_public: bool = False
    revision: int | None = None


async def show(visit: Visit, number: int) -> web.Response:
    """A ticket one may see; of others' public ones what is for everybody."""
    return await ticket_page(visit, number)


async def write(visit: Visit, number: int, form: WriteForm, files: SentFiles) -> web.Response:
    """Send a public reply, or keep an internal note, once, however often the button is pressed."""

    async def act() -> None:
        taken = files.taken()
        new = NewReply(text=tickets.with_files(form.text, taken), channel=visit.channel, attachments=taken)
        key = form.idempotency_key(taken)
        await tickets.write(visit, number, new, internal=form.kind == "note", key=key, waits=form.then_waits)

    words = {"draft": form.text, "draft_kind": form.kind, "file_mistake": str(files.refusal or "")}
    return await _then_show(visit, number, act, anchor="#latest", **words)


async def take(visit: Visit, number: int, form: TakeForm) -> web.Response:
    """Assign the ticket to oneself, unless a colleague was faster."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        holder = ticket.assigned_to
        if holder is not None and holder.id not in {form.held_by, visit.person.user_id}:
            raise ConflictError(
                f"{holder.display_name} has taken ticket #{number} in the meantime.",
                mend="Press “Take it” again to take it over.",
            )
        await assign_ticket(uow, ticket, assignee=await get_user(uow, visit.person.user_id))

    return await change_and_show(visit, number, act)


async def sort(visit: Visit, number: int, form: SortForm) -> web.Response:
    """Set category, priority, status, assignee and visibility in one go; a field left as it was stays nobody's."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        wanted: dict[str, Any] = {
            "category": form.category,
            "priority": form.priority,
            "status": form.status,
            "is_public": form.is_public,
        }
        changed = {name: value for name, value in wanted.items() if value != getattr(ticket, name)}
        tickets.require_revision(ticket, form.revision)
        if changed:
            await set_fields(uow, ticket, **changed)
        if (form.assigned_to or None) != ticket.assigned_to_id:
            assignee = await get_user(uow, form.assigned_to) if form.assigned_to else None
            await assign_ticket(uow, ticket, assignee=assignee)

    return await change_and_show(visit, number, act)


async def add_person(visit: Visit, number: int, form: PersonForm) -> web.Response:
    """Bring somebody into this ticket alone."""

    async def act() -> None:
        try:
            await participants.add(visit, number, form.name)
        except NotFoundError as error:
            raise InvalidInputError(str(error), field="name") from error

    return await _then_show(visit, number, act)


async def remove_person(visit: Visit, number: int, user: int) -> web.Response:
    """Let somebody go."""

    async def act() -> None:
        await participants.remove(visit, number, user)

    return await _then_show(visit, number, act)


async def resolve(visit: Visit, number: int, form: ResolveForm) -> web.Response:
    """Complete the ticket and tell its requester what solved it."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        tickets.require_revision(ticket, form.revision)
        await resolve_ticket(
            uow, ticket, resolution=form.resolution, helpful_notes=form.helpful_notes, is_public=form.is_public
        )

    return await change_and_show(visit, number, act, resolution=form.resolution, helpful_notes=form.helpful_notes)


async def reopen(visit: Visit, number: int) -> web.Response:
    """Bring it back to work."""
    return await change_and_show(visit, number, reopen_ticket)


async def delete(visit: Visit, number: int) -> web.Response:
    """Hide the ticket; its page then offers to restore it."""
    return await change_and_show(visit, number, delete_ticket)


async def restore(visit: Visit, number: int) -> web.Response:
    """Undo a deletion."""
    return await change_and_show(visit, number, restore_ticket, with_deleted=True)


async def change_and_show(
    visit: Visit,
    number: int,
    act: Callable[[UnitOfWork, Ticket], Awaitable[object]],
    *,
    with_deleted: bool = False,
    **drafts: str,
) -> web.Response:
    """Change the ticket, held against everybody else, and show it afresh."""

    async def change() -> None:
        await tickets.change(visit, number, act, with_deleted=with_deleted)

    return await _then_show(visit, number, change, **drafts)


async def _then_show(
    visit: Visit, number: int, act: Callable[[], Awaitable[None]], *, anchor: str = "", **drafts: str
) -> web.Response:
    """Do it and show the ticket afresh; what the person can mend shows the page with their words kept."""
    try:
        await act()
    except (InvalidInputError, ConflictError, TooLargeError, TryAgainLaterError) as error:
        return await ticket_page(visit, number, error=error, **drafts)
    return redirect(f"/tickets/{number}{anchor}")


async def ticket_page(visit: Visit, number: int, *, error: DeskError | None = None, **drafts: str) -> web.Response:
    """A ticket as this person may see it, with what they were refused and their words."""
    works = visit.may(Permission.WORK_TICKETS)
    async with visit.reading() as reading:
        try:
            ticket = await find_ticket(reading, number, with_deleted=works)
        except NotFoundError:
            return page(visit, "public_ticket.html", ticket=await find_public_ticket(reading, number))
        verdicts = await verdicts_on(reading, ticket)
        hidden = _unhelpful(verdicts) if ticket.created_by_id == visit.person.user_id else frozenset()
        values = {
            "ticket": ticket,
            "merged_into": await reading.session.get(Ticket, ticket.merged_into_id) if ticket.merged_into_id else None,
            "replies": await list_replies(reading, ticket),
            "attachments": await list_attachments(reading, ticket),
            "not_here": await files_not_here(reading, ticket),
            "similar": [one for one in await similar_shown(reading, ticket) if one.ticket_id not in hidden],
            "verdicts": verdicts,
            "earlier": await earlier_words(reading, ticket) if works and ticket.edited_at else [],
            "rating": await rating_of(reading, ticket),
            "clocks": running_clocks(ticket.snapshot(), reading.policy.sla, reading.clock.now()) if works else [],
            "in_copy": await list_in_copy(reading, ticket) if works else [],
            "deliveries": await deliveries_of(reading, ticket) if works else {},
            "suggestion": await latest_suggestion(reading, ticket.id) if works else None,
            "ai_cost": await cost_of_ticket(reading, ticket.id) if works else None,
            "moderators": await list_moderators(reading) if works else [],
        }
    return form_page(
        visit,
        "ticket.html",
        status=problem_of(error).status if error else 200,
        problem=str(error) if error else "",
        file_mistake=drafts.get("file_mistake", ""),
        limits=file_limits(visit),
        key=visit.request_id,
        draft=drafts.get("draft", ""),
        draft_kind=drafts.get("draft_kind", "reply"),
        resolution=drafts.get("resolution", ""),
        helpful_notes=drafts.get("helpful_notes"),
        statuses=[status for status in Status if status is not Status.COMPLETED],
        categories=list(Category),
        priorities=list(Priority),
        text_length=TEXT_LENGTH,
        scores=SCORES,
        comment_length=COMMENT_LENGTH,
        **values,
    )


def _unhelpful(verdicts: Mapping[int, Verdict]) -> frozenset[int]:
    return frozenset(ticket_id for ticket_id, verdict in verdicts.items() if verdict is Verdict.NOT_HELPFUL)
