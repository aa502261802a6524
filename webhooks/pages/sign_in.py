"""Pages of signing in and out."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from core.errors import DeskError, InvalidInputError, LimitReachedError, NotSignedInError
from core.people.magic_links import SIGN_IN_PURPOSES, LinkPurpose, find_link
from core.people.passwords import LONGEST, SHORTEST
from core.people.queries import get_user
from webhooks import sign_in
from webhooks.pages.page import form_page, own_address, page, redirect
from webhooks.problems import problem_of
from webhooks.site import Visit

Line = Annotated[str, Field(max_length=300)]


class SignInForm(BaseModel):
    login: Line = ""
    password: Annotated[str, Field(max_length=10_000)] = ""
    next: Annotated[str, Field(max_length=2000)] = ""


class LinkForm(BaseModel):
    email: Line = ""
    purpose: Literal["sign_in", "reset_password"] = "sign_in"


class RedeemForm(BaseModel):
    password: Annotated[str, Field(max_length=10_000)] = ""


async def show(visit: Visit) -> web.Response:
    """The sign-in page; whoever is signed in goes on to where they wanted."""
    wanted = own_address(visit.request.query.get("next", ""))
    return redirect(wanted) if visit.signed_in else _sign_in_page(visit, wanted)


async def sign_in_with_password(visit: Visit, form: SignInForm) -> web.Response:
    """Sign in; a mistake shows the page again, the name kept."""
    wanted = own_address(form.next)
    try:
        await sign_in.with_password(visit, form.login, form.password)
    except (NotSignedInError, LimitReachedError) as error:
        return _sign_in_page(visit, wanted, login=form.login, error=error)
    return redirect(wanted)


async def mail_link(visit: Visit, form: LinkForm) -> web.Response:
    """Mail a one-time link, to sign in or to set a password, and say the same whether or not the address is known."""
    try:
        await sign_in.mail_link(visit, form.email, LinkPurpose(form.purpose))
    except (InvalidInputError, LimitReachedError) as error:
        return _sign_in_page(visit, own_address(""), email=form.email, error=error)
    return page(visit, "link_sent.html", email=form.email, purpose=form.purpose)


async def show_link(visit: Visit, token: str) -> web.Response:
    """What a one-time link opens: a button. Looking changes nothing, however often a mail scanner does it."""
    async with visit.reading() as reading:
        try:
            user, purpose = await find_link(reading, token)
        except NotSignedInError as error:
            return _spent_page(visit, error)
    return _link_page(visit, user.username, user.email, purpose)


async def redeem_link(visit: Visit, token: str, form: RedeemForm) -> web.Response:
    """Spend the link: sign in, confirm the address, or set the new password."""
    async with visit.reading() as reading:
        try:
            user, purpose = await find_link(reading, token)
        except NotSignedInError as error:
            return _spent_page(visit, error)
    try:
        return await _redeem(visit, token, purpose, form.password)
    except NotSignedInError as error:  # somebody was faster
        return _spent_page(visit, error)
    except InvalidInputError as error:
        return _link_page(visit, user.username, user.email, purpose, error=error)


async def _redeem(visit: Visit, token: str, purpose: LinkPurpose, password: str) -> web.Response:
    if purpose in SIGN_IN_PURPOSES:
        signed_in = await sign_in.with_link(visit, token)
        async with visit.reading() as reading:
            user = await get_user(reading, signed_in.user_id)
        needs_password = purpose is LinkPurpose.FIRST_ADMIN and user.password_hash is None
        return redirect("/account" if needs_password else "/tickets")
    if purpose is LinkPurpose.VERIFY_EMAIL:
        await sign_in.confirm_address(visit, token)
        text = "Your address is confirmed. You can close this page, or go on."
        return page(visit, "message.html", title="Address confirmed", text=text)
    await sign_in.reset_password(visit, token, password)
    text = "Your password is changed, and every earlier session has ended. Please sign in with the new one."
    return page(visit, "message.html", title="Password changed", text=text)


async def sign_out(visit: Visit) -> web.Response:
    """End the session and show the sign-in page."""
    await sign_in.out(visit)
    return redirect("/login")


def _sign_in_page(
    visit: Visit, wanted: str, *, login: str = "", email: str = "", error: DeskError | None = None
) -> web.Response:
    problem = problem_of(error) if error else None
    response = form_page(
        visit,
        "sign_in.html",
        status=problem.status if problem else 200,
        next=wanted,
        login=login,
        email=email,
        problem=str(error) if error else "",
    )
    response.headers.update(problem.headers if problem else {})
    return response


def _link_page(
    visit: Visit, username: str, email: str | None, purpose: LinkPurpose, *, error: DeskError | None = None
) -> web.Response:
    return form_page(
        visit,
        "magic_link.html",
        status=problem_of(error).status if error else 200,
        username=username,
        email=email,
        purpose="sign_in" if purpose in SIGN_IN_PURPOSES else purpose.value,
        shortest=SHORTEST,
        longest=LONGEST,
        problem=str(error) if error else "",
    )


def _spent_page(visit: Visit, error: NotSignedInError) -> web.Response:
    return page(visit, "link_spent.html", status=410, problem=error.message)
