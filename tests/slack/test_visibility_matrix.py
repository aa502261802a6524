"""Who sees what of which ticket, on every surface: the whole table in one desk.

Every cell is read, and what it shows must be exactly what the table says. The paths of the web have theirs in
test_visibility_routes, what may be pressed, sent and typed in Slack in test_visibility_requests.
"""

from core.triage.precedents import DeskMemory
from core.triage.values import TriageRequest
from tests.fakes import slack_requests as requests
from tests.slack.visibility_rights import ALL, NOTHING, OWN, PUBLIC, RIGHTS, TALK, TEXT, Shown, expected, right_of
from tests.slack.visibility_scene import ALIKE, IN_SLACK, KINDS, Look, Scene, mail_from_a_stranger, seen


def number_of(scene: Scene, kind: str) -> int:
    return scene.numbers[kind]


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


PREVIEW = frozenset({"title", "resolution"})
IN_SLACK_ITSELF: dict[Look, Shown] = {
    slack_ticket: {ALL: TEXT | {"reply", "note"}, OWN: TEXT | {"reply"}, PUBLIC: TEXT},
    slack_card: {ALL: TEXT | {"helpful"}, OWN: NOTHING, PUBLIC: NOTHING},
    preview_alone: {ALL: PREVIEW, OWN: PREVIEW, PUBLIC: PREVIEW},
}


async def wrong_cells(scene: Scene, table: dict[Look, Shown], viewers: list[str]) -> list[str]:
    wrong = []
    for look, shows in table.items():
        for viewer in viewers:
            for kind in KINDS:
                shown, right = seen(await look(scene, viewer, kind), kind), expected(shows, viewer, kind)
                if look is preview_in_channel:  # whoever writes the address there
                    right = PREVIEW if kind == "public" else NOTHING
                if shown != right:
                    wrong.append(f"{look.__name__}: {viewer} sees {sorted(shown)} of {kind}, not {sorted(right)}")
    return wrong


async def test_everybody_sees_their_part_of_every_ticket(scene: Scene) -> None:
    wrong = await wrong_cells(scene, IN_SLACK_ITSELF, [*IN_SLACK])
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
    for look in (slack_similar, slack_mine, slack_queue, slack_home):
        for viewer in IN_SLACK:
            text = await look(scene, viewer, "")
            shown = {kind for kind in KINDS if seen(text, kind)}
            if shown != _listed(look, viewer):
                wrong.append(f"{look.__name__}: {viewer} is shown {sorted(shown)}, not {sorted(_listed(look, viewer))}")
    return wrong


def _listed(look: Look, viewer: str) -> set[str]:
    """Lists show one's own, the Home tab what is open of others' in which one takes part; queues are for moderators."""
    if look is slack_similar:
        return {"public"}
    works, theirs = right_of(viewer, "open") == ALL, {kind for kind in KINDS if right_of(viewer, kind) == OWN}
    if works:
        return set() if look is slack_mine else {"open"}
    if look is slack_queue:
        return set()
    return theirs if look is slack_mine or viewer == "requester" else theirs & {"open"}


async def _what_was_posted(scene: Scene) -> list[str]:
    """What stands in the channel where all were filed, in other people's messages, and in a stranger's mail."""
    wrong = []
    form = await scene.desk.opened(requests.command("/ticket", user=IN_SLACK["other user"]))
    entered = {"title": ALIKE, "description": f"{ALIKE}, again"}
    await scene.desk.send(requests.submission(form, entered, user=IN_SLACK["other user"]))
    await scene.desk.run_jobs()
    await mail_from_a_stranger(scene)
    places = {
        "the channel": (str(scene.desk.slack.messages(requests.CHANNEL)), TEXT | TALK),
        "another's confirmation": (scene.direct("other user"), TEXT),
        "a stranger's mail": (_of_stranger(scene), TEXT),
        "a guest's messages": (scene.direct("guest"), NOTHING),
    }
    places["what OpenAI is sent along"] = (await _sent_along(scene), TEXT)
    for place, (text, of_public) in places.items():
        for kind in KINDS:
            shown = seen(text, kind)
            if not shown <= (of_public if kind == "public" else NOTHING):
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
