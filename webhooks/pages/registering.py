"""`/register`: somebody new gives a name, an address and a password, and confirms the address by a mailed link."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from core.errors import ConflictError, DeskError, InvalidInputError, LimitReachedError
from core.people.actions import NewPerson
from core.people.passwords import LONGEST, SHORTEST
from webhooks import sign_in
from webhooks.pages.page import form_page, page, redirect
from webhooks.people import free_username
from webhooks.problems import problem_of
from webhooks.site import Visit


class RegisterForm(BaseModel):
    full_name: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Field(max_length=300)] = ""
    password: Annotated[str, Field(max_length=10_000, repr=False)] = ""


async def show(visit: Visit) -> web.Response:
    """The empty form; whoever is signed in has an account."""
    return redirect("/tickets") if visit.signed_in else _page(visit, RegisterForm())


async def register(visit: Visit, form: RegisterForm) -> web.Response:
    """Create the account. Whether the address is known already only its owner learns, by mail."""
    try:
        username = await free_username(visit, form.email)
        new = NewPerson(username=username, email=form.email, full_name=form.full_name.strip())
        await sign_in.join(visit, new, form.password)
    except (InvalidInputError, ConflictError, LimitReachedError) as error:
        return _page(visit, form, error=error)
    return page(visit, "link_sent.html", email=form.email, purpose="register")


def _page(visit: Visit, form: RegisterForm, *, error: DeskError | None = None) -> web.Response:
    return form_page(
        visit,
        "register.html",
        status=problem_of(error).status if error else 200,
        form=form,
        problem=str(error) if error else "",
        mistaken=error.field if isinstance(error, InvalidInputError) else "",
        shortest=SHORTEST,
        longest=LONGEST,
    )
