"""`/account`: one's own name, time zone and password."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from aiohttp import web
from pydantic import BaseModel, Field

from core.errors import DeskError, InvalidInputError, LimitReachedError
from core.people.actions import change_profile
from core.people.passwords import LONGEST, SHORTEST
from core.people.queries import get_user
from webhooks import sign_in
from webhooks.api.users import check_time_zone
from webhooks.pages.page import form_page, redirect
from webhooks.problems import problem_of
from webhooks.site import Visit

Secret = Annotated[str, Field(max_length=10_000, repr=False)]


class ProfileForm(BaseModel):
    full_name: Annotated[str, Field(max_length=200)] = ""
    time_zone: Annotated[str, Field(max_length=64)] = ""


class PasswordForm(BaseModel):
    current_password: Secret = ""
    new_password: Secret = ""


async def show(visit: Visit) -> web.Response:
    """One's own account."""
    return await _page(visit, done=visit.request.query.get("done", ""))


async def change(visit: Visit, form: ProfileForm) -> web.Response:
    """Set name and time zone."""
    try:
        check_time_zone(form.time_zone)
    except InvalidInputError as error:
        return await _page(visit, error=error, form=form)
    async with visit.unit_of_work() as uow:
        user = await get_user(uow, visit.person.user_id)
        await change_profile(uow, user, full_name=form.full_name, time_zone=form.time_zone)
        await uow.commit()
    return redirect("/account?done=profile")


async def change_password(visit: Visit, form: PasswordForm) -> web.Response:
    """Set the password; other sessions end."""
    try:
        await sign_in.change_password(visit, form.current_password, form.new_password)
    except (InvalidInputError, LimitReachedError) as error:
        return await _page(visit, error=error)
    return redirect("/account?done=password")


async def _page(
    visit: Visit, *, done: str = "", error: DeskError | None = None, form: ProfileForm | None = None
) -> web.Response:
    async with visit.reading() as reading:
        user = await get_user(reading, visit.person.user_id)
    return form_page(
        visit,
        "account.html",
        status=problem_of(error).status if error else 200,
        user=user,
        form=form or ProfileForm(full_name=user.full_name, time_zone=user.time_zone),
        mistaken=error.field if isinstance(error, InvalidInputError) else "",
        zones=_zones(),
        done=done,
        problem=str(error) if error else "",
        shortest=SHORTEST,
        longest=LONGEST,
    )


@cache
def _zones() -> list[str]:
    """What the browser offers while somebody types: zones that are named after a place."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
