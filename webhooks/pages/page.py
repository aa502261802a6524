"""A page as a response: the frame that every page shares."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from aiohttp import web

from core.people.values import Permission
from webhooks.problems import Problem
from webhooks.site import Visit

_TITLES = {
    400: "This could not be understood",
    401: "You are signed out",
    403: "This is not allowed",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "Somebody was faster",
    413: "That is too much at once",
    415: "This cannot be taken",
    422: "Something is not right yet",
    429: "That was too often",
    500: "Something went wrong",
    502: "It could not be delivered",
    503: "Not just now",
}
_WRITTEN = {
    "title": "What it is about",
    "description": "Description",
    "text": "Text",
    "resolution": "What solved it",
    "helpful_notes": "Helpful notes",
    "comment": "Comment",
}


def page(visit: Visit, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """Render a template for whoever asks."""
    person = visit.signed_in
    frame = {
        "person": person,
        "time_zone": person.time_zone if person else "",
        "path": visit.request.path,
        "frame_token": visit.csrf_token if person else "",
        "may": {permission.value: visit.may(permission) for permission in Permission},
    }
    values.setdefault("csrf_token", "")
    text = visit.site.pages.render(template, {**frame, **values})
    return web.Response(text=text, content_type="text/html", charset="utf-8", status=status)


def form_page(visit: Visit, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page with forms: it carries the token that they must bring back."""
    return page(visit, template, status=status, csrf_token=visit.csrf_token, **values)


async def error_page(visit: Visit, problem: Problem) -> web.Response:
    """What went wrong, in words, with whatever was written in a form that could not be taken."""
    response = page(
        visit,
        "error.html",
        status=problem.status,
        problem=problem,
        title=_TITLES.get(problem.status, problem.title),
        written=[(_label(name), name, value) for name, value in visit.form.items() if _label(name) and value.strip()],
        back=await _page_of_form(visit.request),
        signs_in=problem.status == HTTPStatus.UNAUTHORIZED,
        request_id=visit.request_id,
    )
    response.headers.update(problem.headers)
    return response


def _label(name: str) -> str:
    """What a field is called in which people write in their own words; empty for any other."""
    return _WRITTEN.get(name, "Answer" if name.startswith("ask:") else "")


async def _page_of_form(request: web.Request) -> str:
    """The page that a form was on: of `/tickets/1/replies` it is `/tickets/1`. Empty where nothing was posted."""
    address = request.path if request.method == "POST" else ""
    while address:
        found = await request.app.router.resolve(request.clone(method="GET", rel_url=address))
        if found.http_exception is None:
            return address
        address = address.rpartition("/")[0]
    return ""


def return_page(visit: Visit) -> web.Response:
    """Sends the browser to the same address once more, now from our own site, so that it brings its cookie along."""
    return page(visit, "return.html", address=visit.request.path_qs)


def sign_in_redirect(visit: Visit) -> web.Response:
    return redirect(f"/login?next={quote(visit.request.path_qs, safe='')}")


def redirect(address: str) -> web.Response:
    """See other (303): the browser goes on with GET."""
    return web.Response(status=303, headers={"Location": address})


def own_address(address: str, fallback: str = "/tickets") -> str:
    """Where to go after signing in, if it is a path of ours and not a way out to another site."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\", "/auth/", "/login"))
    return address if is_path and address.isprintable() and "\\" not in address else fallback
