"""Who reads what of which ticket, by every path that the web has: read, and written to by those who may not.

Every route of the desk is tried. One that shows words of tickets stands in `SHOWS`; all others must show none to
anybody, so a new one fails here until it has its row.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel

from tests.slack.visibility_paths import Places, key_of, places_of
from tests.slack.visibility_rights import (
    ALL,
    BACK,
    BYTES,
    HUSH,
    MOST,
    NONE,
    NOTHING,
    OWN,
    PUBLIC,
    RIGHTS,
    TALK,
    TEXT,
    TITLE,
    Shown,
    expected,
    right_of,
)
from tests.slack.visibility_scene import ALIKE, KINDS, Scene, seen
from tests.slack.visibility_traces import logged_words, state_of_tickets
from webhooks.csrf import SAFE_METHODS, TOKEN_FIELD
from webhooks.routes import ROUTES
from webhooks.routing import Door, Route

_DESCRIPTION = frozenset({"description"})
_ALL_OF_IT: Shown = {ALL: TEXT | HUSH | {"reply"}, BACK: TEXT | HUSH | {"reply"}}


@dataclass(frozen=True, kw_only=True)
class Row:
    """Which words a path shows: to whom by their right, or to `only` these; `with_query` shows no more than that.

    `query` shows all at once. A page that `is_part` shows some of them: the newest, or those of a form.
    """

    shows: Shown
    only: Sequence[str] = tuple(RIGHTS)
    query: str = ""
    with_query: Sequence[str] = ()
    is_part: bool = False

    def expected(self, viewer: str, kind: str) -> frozenset[str]:
        return expected(self.shows, viewer, kind) if viewer in self.only else NOTHING


_LISTED: Shown = {ALL: TITLE, OWN: TITLE}
_LISTED_IN_API: Shown = {ALL: TEXT | {"helpful"}, OWN: TEXT}
_FILE: Shown = {ALL: BYTES, OWN: BYTES}
_SEARCHES = ("?q=printer", "?status=completed", "?assigned_to=none")
SHOWS: dict[str, Row] = {
    "GET /tickets": Row(shows=_LISTED, with_query=(*_SEARCHES, "?due=true")),
    "GET /tickets/{number}": Row(
        shows={ALL: TEXT | TALK | HUSH, BACK: TEXT | TALK | HUSH, OWN: TEXT | TALK, PUBLIC: TEXT}
    ),
    "GET /tickets/{number}/attachments/{attachment}": Row(shows=_FILE),
    "GET /tickets/{number}/formatted": Row(shows={ALL: _DESCRIPTION, OWN: _DESCRIPTION}),
    "GET /tickets/{number}/replies/{reply}/formatted": Row(
        shows={ALL: frozenset({"reply", "note"}), OWN: frozenset({"reply"})}
    ),
    "GET /tickets/{number}/edit": Row(shows={OWN: TEXT | TALK}, only=("requester",), is_part=True),
    "GET /admin/audit": Row(shows=_ALL_OF_IT, only=("admin",), is_part=True),
    "GET /api/v1/admin/audit-logs": Row(shows=_ALL_OF_IT, only=("admin",), query="?limit=200"),
    "GET /api/v1/tickets": Row(shows=_LISTED_IN_API, with_query=(*_SEARCHES, "?limit=200")),
    "GET /api/v1/tickets/my": Row(shows={OWN: TEXT}, only=("requester",)),
    "GET /api/v1/tickets/{number}": Row(shows={ALL: TEXT | {"helpful"}, OWN: TEXT, PUBLIC: TEXT}),
    "GET /api/v1/tickets/{number}/comments": Row(shows={ALL: frozenset({"reply", "note"}), OWN: frozenset({"reply"})}),
    "GET /api/v1/tickets/{number}/attachments": Row(shows={ALL: frozenset({"file"}), OWN: frozenset({"file"})}),
    "GET /api/v1/tickets/{number}/attachments/{attachment}": Row(shows=_FILE),
}
FOR_HOLDERS = {"GET /similar/{token}": "public", "POST /similar/{token}": ""}
"""Links that whoever has them may follow, signed in or not, and the only kind of ticket that they show."""
FOR_EVERYBODY = {"POST /api/v1/tickets/similar", "POST /tickets/new", "POST /api/v1/tickets"}
"""These look for similar tickets: for what is public."""
LAST = ("/logout", "/api/v1/auth/logout", "/account/password")
"""After these nobody is signed in any more."""
TRY_WRITING = [viewer for viewer in RIGHTS if viewer not in {"moderator", "admin"}]


@dataclass
class Web:
    """A desk with all kinds of tickets, and what stands in the place of each name in a path."""

    scene: Scene
    places: Places
    csrf: dict[str, str] = field(default_factory=dict)

    def paths(self, route: Route, kind: str) -> list[str]:
        """Where a route leads for the ticket of a kind."""
        paths = [key_of(route).partition(" ")[2]]
        for name in re.findall(r"{(\w+)}", paths[0]):
            chosen = self.places[f"{name} of {key_of(route)}" if name == "token" else name][kind]
            paths = [path.replace(f"{{{name}}}", one) for path in paths for one in chosen]
        return paths

    async def ask(self, viewer: str, route: Route, path: str) -> str:
        """Whatever comes back, errors and all."""
        browser, options = self.scene.browsers[viewer], dict[str, Any](allow_redirects=False)
        if route.method not in SAFE_METHODS:
            given = filled_in(route)
            if route.door is Door.PAGE:
                options["data"] = given | {TOKEN_FIELD: await self._token(viewer)}
            else:
                options["json"] = given
        answer = await browser.request(route.method, path, **options)
        assert answer.status != 429 or "/tickets" not in path, "the limits are in the way of this test"
        told = await answer.text(errors="replace")
        return f"{answer.headers.get('Location', '')}\n{told}"

    async def _token(self, viewer: str) -> str:
        if viewer not in self.csrf:
            path = "/login" if viewer == "anonymous" else "/account"
            page = await (await self.scene.browsers[viewer].get(path)).text()
            self.csrf[viewer] = re.findall(rf'name="{TOKEN_FIELD}" value="([^"]+)"', page)[0]
        return self.csrf[viewer]


WRITTEN: Mapping[str, object] = {
    "title": ALIKE,
    "description": f"{ALIKE}, again",
    "text": "somebody else was here",
    "name": "eve@people.example",
    "person": "eve@people.example",
    "email": "eve@people.example",
    "login": "eve",
    "username": "eve-again",
    "password": "correct horse battery",
    "current_password": "correct horse battery",
    "new_password": "correct horse battery",
    "token": "no-such-token-of-this-desk",
    "link": "no-such-link-of-this-desk",
    "score": 3,
    "verdict": "helpful",
    "priority": "high",
    "status": "waiting",
    "role": "admin",
    "revision": 1,
    "step": "similar",
    "resolution": "somebody else was here",
    "is_public": "true",
}
"""What is entered into a field of a form or of a JSON body by its name."""


def filled_in(route: Route) -> dict[str, object]:
    model = route.parameters.get("form") or route.parameters.get("body")
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {}
    missing = {name for name, one in model.model_fields.items() if one.is_required()} - {*WRITTEN}
    assert not missing, f"{key_of(route)}: say in WRITTEN what stands in {sorted(missing)}"
    return {name: WRITTEN[name] for name in model.model_fields if name in WRITTEN}


async def test_every_path_shows_everybody_their_part_of_every_ticket(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {key_of(route) for route in ROUTES} >= {*SHOWS, *FOR_HOLDERS, *FOR_EVERYBODY}
    web = Web(scene, places=await places_of(scene))
    wrong = [
        line
        for route in ROUTES
        if route.method in SAFE_METHODS
        for viewer in RIGHTS
        for line in await _wrong_reads(web, route, viewer)
    ]
    assert wrong == [], "\n".join(wrong)
    before = await state_of_tickets(scene)
    wrong = [
        line
        for route in sorted(ROUTES, key=lambda route: LAST.index(route.path) if route.path in LAST else -1)
        if route.method not in SAFE_METHODS
        for viewer in TRY_WRITING
        for line in await _wrong_writes(web, route, viewer)
    ]
    assert wrong == [], "\n".join(wrong)
    assert await state_of_tickets(scene) == before
    assert logged_words(capsys.readouterr().out) == []


async def _wrong_reads(web: Web, route: Route, viewer: str) -> list[str]:
    row = SHOWS.get(key_of(route), Row(shows={}))
    pages: dict[str, str] = {}
    read: dict[tuple[str, ...], str] = {}
    for kind in KINDS:
        paths = tuple(web.paths(route, kind))
        if paths not in read:
            read[paths] = "".join([await web.ask(viewer, route, path + row.query) for path in paths])
        pages[kind] = read[paths]
    wrong = []
    for kind, page in pages.items():
        right = row.expected(viewer, kind)
        if kind == FOR_HOLDERS.get(key_of(route)):
            right = TEXT - {"description"}
        shown = seen(page, kind)
        if shown - right or (shown != right and not row.is_part):
            wrong.append(f"{key_of(route)}: {viewer} sees {sorted(shown)} of {kind}, not {sorted(right)}")
    if viewer == "other user" and "{number" in route.path:
        theirs = key_of(route).partition(" ")[2].replace("{number}", str(web.scene.of_other_user))
        page = await web.ask(viewer, route, re.sub(r"{\w+}", "1", theirs))
        wrong += [f"{theirs} shows {kind}" for kind in KINDS if seen(page, kind) - MOST[right_of(viewer, kind)]]
    for query in row.with_query:
        page = await web.ask(viewer, route, route.path + query)
        wrong += [
            f"{key_of(route)}{query}: {viewer} sees {sorted(more)} of {kind}"
            for kind in KINDS
            if (more := seen(page, kind) - row.expected(viewer, kind))
        ]
    return wrong


async def _wrong_writes(web: Web, route: Route, viewer: str) -> list[str]:
    """Tried on every ticket that is not the viewer's; where no ticket is named, once."""
    wrong = []
    names_none = web.paths(route, "open") == web.paths(route, "solved")
    kinds = KINDS[:1] if names_none else [kind for kind in KINDS if right_of(viewer, kind) in {NONE, PUBLIC}]
    for kind in kinds:
        page = "".join([await web.ask(viewer, route, path) for path in web.paths(route, kind)])
        for of in KINDS:
            is_public = of == "public" and key_of(route) in FOR_EVERYBODY
            allowed = MOST[right_of(viewer, of)] & TEXT if is_public else NOTHING
            if more := seen(page, of) - allowed:
                wrong.append(f"{key_of(route)}: {viewer}, writing to {kind}, sees {sorted(more)} of {of}")
    return wrong
