"""What requesters do on the page of a ticket of their own, and what is said of the similar ones there."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, DeskError, InvalidInputError
from core.search.values import Verdict
from core.tickets.models import Ticket
from core.tickets.own import (
    edit_own,
    judge_similar,
    mark_of_words,
    may_sort_own,
    require_open,
    show_own,
    solve_own,
    sort_own,
    withdraw_own,
)
from core.tickets.queries import find_ticket
from core.tickets.values import TEXT_LENGTH, TITLE_LENGTH, Category
from webhooks import participants, tickets
from webhooks.pages.page import form_page, redirect
from webhooks.pages.ticket import change_and_show, ticket_page
from webhooks.problems import problem_of
from webhooks.site import Visit


class VisibilityForm(BaseModel):
    is_public: bool = False


class VerdictForm(BaseModel):
    verdict: Literal["solved_it", "helpful", "not_helpful"]


class EditForm(BaseModel):
    """`seen` and `category_seen` are what the page was made of; without a category it stays as it is."""

    title: Annotated[str, Field(max_length=300)] = ""  # an imported one may be longer than people write
    description: Annotated[str, Field(max_length=TEXT_LENGTH)] = ""
    category: Category | None = None
    category_seen: Category | None = None
    seen: str = ""


async def show_edit(visit: Visit, number: int) -> web.Response:
    """The form with the words as they are; where it is too late for it, the ticket.

    Raises:
        ForbiddenError: somebody else's ticket.
    """
    try:
        async with visit.reading() as reading:
            ticket = await find_ticket(reading, number)
            require_open(reading, ticket)
    except ConflictError as error:
        return await ticket_page(visit, number, error=error)
    form = EditForm(title=ticket.title, description=ticket.description, category=ticket.category)
    return _edit_page(visit, ticket, form)


async def edit(visit: Visit, number: int, form: EditForm) -> web.Response:
    """Put the new words in the place of the old. Whoever was overtaken sees both, and loses none."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        await edit_own(uow, ticket, title=form.title, description=form.description, seen=form.seen)
        if form.category is not None and form.category is not form.category_seen:
            await sort_own(uow, ticket, category=form.category, seen=form.category_seen)

    try:
        await tickets.change(visit, number, act)
    except (InvalidInputError, ConflictError) as error:
        async with visit.reading() as reading:
            return _edit_page(visit, await find_ticket(reading, number), form, error)
    return redirect(f"/tickets/{number}")


def _edit_page(visit: Visit, ticket: Ticket, form: EditForm, error: DeskError | None = None) -> web.Response:
    mark = mark_of_words(ticket.title, ticket.description)
    is_overtaken = bool(form.seen) and form.seen != mark
    problem = str(error) if error else ""
    if is_overtaken:
        problem = (
            f"Somebody has changed the words of ticket #{ticket.number} meanwhile. Nothing of yours is lost: "
            "below the form is what the ticket says now; put together what shall stay, and save again."
        )
    return form_page(
        visit,
        "ticket_edit.html",
        status=problem_of(error).status if error else 200,
        ticket=ticket,
        form=form,
        mark=mark,
        is_overtaken=is_overtaken,
        problem=problem,
        mistaken=error.field if isinstance(error, InvalidInputError) else "",
        categories=list(Category) if may_sort_own(ticket) else [],
        title_length=TITLE_LENGTH,
        text_length=TEXT_LENGTH,
    )


async def withdraw(visit: Visit, number: int) -> web.Response:
    """Complete a ticket that its requester no longer needs."""
    return await change_and_show(visit, number, withdraw_own)


async def leave(visit: Visit, number: int) -> web.Response:
    """Take part no more in a ticket that somebody else has filed."""
    await participants.remove(visit, number, visit.person.user_id)
    return redirect("/tickets")


async def set_visibility(visit: Visit, number: int, form: VisibilityForm) -> web.Response:
    """Say whether everybody may read it."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        await show_own(uow, ticket, is_public=form.is_public)

    return await change_and_show(visit, number, act)


async def judge(visit: Visit, number: int, similar: int, form: VerdictForm) -> web.Response:
    """Say whether a similar ticket helped; one that solved it completes the requester's own."""
    verdict = Verdict(form.verdict)

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        if verdict is Verdict.SOLVED_IT and ticket.created_by_id == uow.actor.user_id:
            await solve_own(uow, ticket, solved_by=similar)
        else:
            await judge_similar(uow, ticket, number=similar, verdict=verdict)

    return await change_and_show(visit, number, act)
