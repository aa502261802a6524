"""A page as a response: the frame that every page shares."""

from typing import Any
from urllib.parse import quote

from aiohttp import web

from core.people.values import Permission
from webhooks.problems import Problem
from webhooks.site import Visit


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


def error_page(visit: Visit, problem: Problem) -> web.Response:
    response = page(visit, "error.html", status=problem.status, problem=problem, request_id=visit.request_id)
    response.headers.update(problem.headers)
    return response


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
