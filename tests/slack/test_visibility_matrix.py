"""Who sees what of which ticket, on every surface: the whole table in one desk.

`RIGHTS` says what a viewer is to a ticket of a kind, `SHOWS` which of its words a surface has for whom. Every cell is
read, and what it shows must be exactly that.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from config.doors import web_options
from config.settings import Settings
from core.triage.precedents import DeskMemory
from core.triage.values import TriageRequest
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk
from tests.slack.visibility_scene import ALIKE, IN_SLACK, KINDS, WORDS, Look, Scene, build, mail_from_a_stranger, seen
from webhooks.app import build_web

ALL, OWN, PUBLIC, NONE = "works it", "is in it", "reads what is public", "nothing"
BACK = "may bring it back"

#                     open  solved public  hidden deleted merged
_OF = dict[str, tuple[str, ...]]
RIGHTS: _OF = {
    "requester":     (OWN,  OWN,   OWN,    OWN,   NONE,   OWN),
    "participant":   (OWN,  OWN,   OWN,    OWN,   NONE,   OWN),
    "added guest":   (OWN,  OWN,   OWN,    OWN,   NONE,   OWN),
    "other user":    (NONE, NONE,  PUBLIC, NONE,  NONE,   NONE),
    "guest":         (NONE, NONE,  PUBLIC, NONE,  NONE,   NONE),
    "stranger":      (NONE, NONE,  PUBLIC, NONE,  NONE,   NONE),
    "moderator":     (ALL,  ALL,   ALL,    ALL,   BACK,   ALL),
    "admin":         (ALL,  ALL,   ALL,    ALL,   BACK,   ALL),
    "foreign admin": (NONE, NONE,  NONE,   NONE,  NONE,   NONE),
    "anonymous":     (NONE, NONE,  NONE,   NONE,  NONE,   NONE),
}  # fmt: skip

_TEXT = frozenset({"title", "description", "resolution"})
_TALK = frozenset({"reply", "file"})
_HUSH = frozenset({"note", "helpful"})
_TITLE, _BYTES, _NOTHING = frozenset({"title"}), frozenset({"bytes"}), frozenset[str]()
_HAS = {"open": frozenset(WORDS) - {"resolution", "helpful"}}


def number_of(scene: Scene, kind: str) -> int:
    return scene.numbers[kind]


async def web_page(scene: Scene, viewer: str, kind: str) -> str:
    return await scene.page(viewer, f"/tickets/{number_of(scene, kind)}")


async def web_list(scene: Scene, viewer: str, _kind: str) -> str:
    return await scene.page(viewer, "/tickets")


async def web_search(scene: Scene, viewer: str, kind: str) -> str:
    return await scene.page(viewer, f"/tickets?q={kind}description")


async def api_ticket(scene: Scene, viewer: str, kind: str) -> str:
    return await scene.page(viewer, f"/api/v1/tickets/{number_of(scene, kind)}")


async def api_list(scene: Scene, viewer: str, _kind: str) -> str:
    return await scene.page(viewer, "/api/v1/tickets")


async def api_comments(scene: Scene, viewer: str, kind: str) -> str:
    return await scene.page(viewer, f"/api/v1/tickets/{number_of(scene, kind)}/comments")


async def api_attachments(scene: Scene, viewer: str, kind: str) -> str:
    return await scene.page(viewer, f"/api/v1/tickets/{number_of(scene, kind)}/attachments")


async def files(scene: Scene, viewer: str, kind: str) -> str:
    """What is in the files, as pages and the JSON API hand them out."""
    number = number_of(scene, kind)
    paths = (f"{where}/tickets/{number}/attachments/{file}" for where in ("", "/api/v1") for file in scene.files[kind])
    return "".join([await scene.page(viewer, path) for path in paths])


async def api_similar(scene: Scene, viewer: str, _kind: str) -> str:
    return await scene.page(viewer, "/api/v1/tickets/similar", title=ALIKE, description=ALIKE, limit=10)


async def slack_ticket(scene: Scene, viewer: str, kind: str) -> str:
    return await scene.command(viewer, "/ticket", str(number_of(scene, kind)))


async def slack_mine(scene: Scene, viewer: str, _kind: str) -> str:
    return await scene.command(viewer, "/ticket", "mine")


async def slack_similar(scene: Scene, viewer: str, _kind: str) -> str:
    return await scene.command(viewer, "/ticket", f"similar {ALIKE}")


async def slack_card(scene: Scene, viewer: str, kind: str) -> str:
    return await scene.command(viewer, "/triage", str(number_of(scene, kind)))


async def slack_queue(scene: Scene, viewer: str, _kind: str) -> str:
    return await scene.command(viewer, "/triage", "")


async def slack_home(scene: Scene, viewer: str, _kind: str) -> str:
    return await scene.home(viewer)


async def preview_in_channel(scene: Scene, viewer: str, kind: str) -> str:
    return await scene.linked(viewer, number_of(scene, kind), requests.CHANNEL)


async def preview_alone(scene: Scene, viewer: str, kind: str) -> str:
    return await scene.linked(viewer, number_of(scene, kind), f"D{IN_SLACK[viewer][1:]}")


_Shown = dict[str, frozenset[str]]
PAGE: _Shown = {ALL: _TEXT | _TALK | _HUSH, BACK: _TEXT | _TALK | _HUSH, OWN: _TEXT | _TALK, PUBLIC: _TEXT}
LISTED: _Shown = {ALL: _TITLE, OWN: _TITLE, PUBLIC: _NOTHING}
ON_THE_WEB: dict[Look, _Shown] = {
    web_page: PAGE,
    web_list: LISTED,
    api_ticket: {ALL: _TEXT | {"helpful"}, OWN: _TEXT, PUBLIC: _TEXT},
    api_list: {ALL: _TEXT | {"helpful"}, OWN: _TEXT, PUBLIC: _NOTHING},
    api_comments: {ALL: frozenset({"reply", "note"}), OWN: frozenset({"reply"}), PUBLIC: _NOTHING},
    api_attachments: {ALL: frozenset({"file"}), OWN: frozenset({"file"}), PUBLIC: _NOTHING},
    files: {ALL: _BYTES, OWN: _BYTES, PUBLIC: _NOTHING},
}
PREVIEW = frozenset({"title", "resolution"})
IN_SLACK_ITSELF: dict[Look, _Shown] = {
    slack_ticket: {ALL: _TEXT | {"reply", "note"}, OWN: _TEXT | {"reply"}, PUBLIC: _TEXT},
    slack_card: {ALL: _TEXT | {"helpful"}, OWN: _NOTHING, PUBLIC: _NOTHING},
    preview_alone: {ALL: PREVIEW, OWN: PREVIEW, PUBLIC: PREVIEW},
}


@pytest.fixture
async def scene(desk: SlackDesk, settings: Settings, tmp_path: Path) -> AsyncIterator[Scene]:
    server = TestServer(build_web(desk.desk, web_options(settings)))
    await server.start_server()
    built = Scene(desk=desk, server=server, outbox=tmp_path / "outbox")
    try:
        await build(built)
        yield built
    finally:
        for browser in built.browsers.values():
            await browser.session.close()
        await server.close()


def expected(shows: _Shown, viewer: str, kind: str) -> frozenset[str]:
    right = RIGHTS[viewer][KINDS.index(kind)]
    return shows.get(right, _NOTHING) & _HAS.get(kind, frozenset(WORDS))


ONE_PAGE = frozenset({web_list, api_list})
"""These show all tickets at once, and are read once a viewer."""


async def wrong_cells(scene: Scene, table: dict[Look, _Shown], viewers: list[str]) -> list[str]:
    wrong = []
    for look, shows in table.items():
        for viewer in viewers:
            page = await look(scene, viewer, "") if look in ONE_PAGE else ""
            for kind in KINDS:
                text = page if look in ONE_PAGE else await look(scene, viewer, kind)
                shown, right = seen(text, kind), expected(shows, viewer, kind)
                if look is preview_in_channel:  # whoever writes the address there
                    right = PREVIEW if kind == "public" else _NOTHING
                if shown != right:
                    wrong.append(f"{look.__name__}: {viewer} sees {sorted(shown)} of {kind}, not {sorted(right)}")
    return wrong


async def test_everybody_sees_their_part_of_every_ticket(scene: Scene) -> None:
    wrong = await wrong_cells(scene, ON_THE_WEB, [*RIGHTS])
    wrong += await wrong_cells(scene, IN_SLACK_ITSELF, [*IN_SLACK])
    wrong += await wrong_cells(scene, {preview_in_channel: {}}, ["requester", "moderator", "stranger"])
    wrong += await _what_searches_find(scene)
    wrong += await _what_was_posted(scene)
    assert wrong == [], "\n".join(wrong)


async def _what_searches_find(scene: Scene) -> list[str]:
    """Similar tickets are the public ones for everybody in the organization; lists and the Home tab show one's own."""
    wrong = []
    for viewer in RIGHTS:
        text = await api_similar(scene, viewer, "")
        found = {kind for kind in KINDS if seen(text, kind)}
        if found != (set() if viewer in {"foreign admin", "anonymous"} else {"public"}):
            wrong.append(f"api_similar: {viewer} finds {sorted(found)}")
    for viewer in RIGHTS:
        text = await web_search(scene, viewer, "hidden")
        if bool(seen(text, "hidden") & {"title"}) is not (RIGHTS[viewer][KINDS.index("hidden")] in {ALL, OWN}):
            wrong.append(f"web_search: {viewer} finds {sorted(seen(text, 'hidden'))} of hidden")
    for look in (slack_similar, slack_mine, slack_queue, slack_home):
        for viewer in IN_SLACK:
            text = await look(scene, viewer, "")
            allowed = {kind for kind in KINDS if RIGHTS[viewer][KINDS.index(kind)] in {ALL, OWN}}
            allowed = {"public"} if look is slack_similar else allowed
            shown = {kind for kind in KINDS if seen(text, kind)}
            if not shown <= allowed or (look is slack_similar and shown != allowed):
                wrong.append(f"{look.__name__}: {viewer} is shown {sorted(shown)}")
    return wrong


async def _what_was_posted(scene: Scene) -> list[str]:
    """What stands in the channel where all were filed, in other people's messages, and in a stranger's mail."""
    wrong = []
    form = await scene.desk.opened(requests.command("/ticket", user=IN_SLACK["other user"]))
    entered = {"title": ALIKE, "description": f"{ALIKE}, again"}
    await scene.desk.send(requests.submission(form, entered, user=IN_SLACK["other user"]))
    await scene.desk.run_jobs()
    await mail_from_a_stranger(scene)
    places = {
        "the channel": (str(scene.desk.slack.messages(requests.CHANNEL)), _TEXT | _TALK),
        "another's confirmation": (scene.direct("other user"), _TEXT),
        "a stranger's mail": (_of_stranger(scene), _TEXT),
        "a guest's messages": (scene.direct("guest"), _NOTHING),
    }
    places["what OpenAI is sent along"] = (await _sent_along(scene), _TEXT)
    for place, (text, of_public) in places.items():
        for kind in KINDS:
            shown = seen(text, kind)
            if not shown <= (of_public if kind == "public" else _NOTHING):
                wrong.append(f"{place} has {sorted(shown)} of {kind}")
        if of_public and "resolution" not in seen(text, "public"):
            wrong.append(f"{place} does not have the public solution")
    return wrong


async def _sent_along(scene: Scene) -> str:
    """The earlier tickets in the prompt of a new one."""
    memory = DeskMemory(scene.desk.desk.reading, scene.desk.desk.search.ask)
    asked = TriageRequest(organization_id=1, title=ALIKE, description=ALIKE)
    return str(await memory.precedents(asked))


def _of_stranger(scene: Scene) -> str:
    mails = [path.read_text() for path in sorted(scene.outbox.glob("*.eml"))]
    return "\n".join(mail for mail in mails if "zoe@strangers.example" in mail)
