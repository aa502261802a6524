"""`/admin/users`: people, their roles, and who is shut out."""

from typing import Annotated
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, Field

from core.errors import ConflictError, InvalidInputError
from core.people.actions import deactivate, reactivate, set_role
from core.people.queries import get_user, list_users
from core.people.values import Role
from webhooks.pages.page import form_page, redirect
from webhooks.paging import page_of
from webhooks.people import add_person
from webhooks.problems import problem_of
from webhooks.site import Visit

PAGE_LENGTH = 50


class UsersQuery(BaseModel):
    role: Role | None = None
    q: Annotated[str, Field(max_length=300)] = ""
    cursor: Annotated[int, Field(ge=0, lt=2**63)] = 0


class UserForm(BaseModel):
    role: Role | None = None
    is_active: bool | None = None


class NewUserForm(BaseModel):
    email: Annotated[str, Field(max_length=300)] = ""
    full_name: Annotated[str, Field(max_length=200)] = ""
    role: Role = Role.USER


async def show_users(visit: Visit, query: UsersQuery) -> web.Response:
    """Everybody, by role and name."""
    return await _users_page(visit, query)


async def change_user(visit: Visit, user: int, form: UserForm) -> web.Response:
    """Give somebody another role, shut them out, or let them in again."""
    try:
        async with visit.unit_of_work() as uow:
            person = await get_user(uow, user)
            if form.role is not None:
                await set_role(uow, person, form.role)
            if form.is_active is not None:
                await (reactivate if form.is_active else deactivate)(uow, person)
            await uow.commit()
    except ConflictError as error:
        return await _users_page(visit, UsersQuery(), problem=str(error), status=409)
    return redirect("/admin/users")


async def add_user(visit: Visit, form: NewUserForm) -> web.Response:
    """Add somebody by their address; they sign in by a link that is mailed to it."""
    try:
        user = await add_person(visit, email=form.email, full_name=form.full_name, role=form.role)
    except (InvalidInputError, ConflictError) as error:
        status = problem_of(error).status
        return await _users_page(visit, UsersQuery(), problem=str(error), status=status, new=form)
    return redirect("/admin/users?" + urlencode({"q": user.email}))


async def _users_page(
    visit: Visit, query: UsersQuery, *, problem: str = "", status: int = 200, new: NewUserForm | None = None
) -> web.Response:
    async with visit.reading() as reading:
        found = await list_users(reading, role=query.role, text=query.q, after_id=query.cursor, limit=PAGE_LENGTH + 1)
    found, cursor = page_of(found, PAGE_LENGTH)
    given = query.model_dump(mode="json", exclude_defaults=True)
    following = "/admin/users?" + urlencode({**given, "cursor": cursor}) if cursor else ""
    return form_page(
        visit,
        "users.html",
        status=status,
        users=found,
        query=query,
        roles=list(Role),
        next_page=following,
        problem=problem,
        new=new or NewUserForm(),
        is_adding=new is not None,
    )
