"""Who sees which ticket, over every way of reading one. What one may not see does not exist (404, never 403).

FAILURES: zammad#2757, frappe/helpdesk#2947 (sidebar and similar tickets leak confidential subjects).
"""

from dataclasses import dataclass

import pytest

from core.people.models import User
from core.people.values import Actor, Role, system_actor
from core.tickets.actions import NewReply, add_internal_note, add_reply
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket
from core.tickets.working import delete_ticket, resolve_ticket
from tests.web.web_desk import Client, WebDesk

WORDS = "a confidential subject"


@dataclass
class Scene:
    """One ticket of Ada's in one of its states, and those who look at it."""

    site: WebDesk
    ticket: Ticket
    people: dict[str, User]

    async def eyes(self, viewer: str) -> Client:
        return self.site.browser() if viewer == "stranger" else await self.site.signed_in(self.people[viewer])


@pytest.fixture
async def scene(site: WebDesk) -> Scene:
    people = {
        "requester": await site.person("ada"),
        "other user": await site.person("eve"),
        "moderator": await site.person("grace", Role.MODERATOR),
        "admin": await site.person("root", Role.ADMIN),
    }
    ticket = await site.ticket(people["requester"], title=WORDS, description="the secret description")
    async with site.desk.unit_of_work(_actor(people["moderator"])) as uow:
        locked = await lock_ticket(uow, ticket.number)
        grace = await uow.session.get_one(User, people["moderator"].id)
        await add_reply(uow, locked, NewReply(text="a public answer", channel="web"), author=grace)
        await add_internal_note(uow, locked, NewReply(text="an internal thought", channel="web"), author=grace)
        await uow.commit()
    return Scene(site, ticket, people)


def _actor(user: User) -> Actor:
    return Actor(organization_id=1, user_id=user.id, role=user.role, name=user.display_name, channel="web")


async def _make(scene: Scene, state: str) -> None:
    if state == "private":
        return
    async with scene.site.desk.unit_of_work(_actor(scene.people["moderator"])) as uow:
        ticket = await lock_ticket(uow, scene.ticket.number)
        if state == "deleted":
            await delete_ticket(uow, ticket)
        else:
            await resolve_ticket(
                uow, ticket, resolution="what solved it", helpful_notes="a helpful thought", is_public=True
            )
        await uow.commit()


SEES_ALL, SEES_OWN, SEES_PUBLIC, SEES_NOTHING, SIGNS_IN = "all", "own", "public", "nothing", "signs in"
MATRIX = [
    ("stranger", "private", SIGNS_IN),
    ("stranger", "public", SIGNS_IN),
    ("stranger", "deleted", SIGNS_IN),
    ("requester", "private", SEES_OWN),
    ("requester", "public", SEES_OWN),
    ("requester", "deleted", SEES_NOTHING),
    ("other user", "private", SEES_NOTHING),
    ("other user", "public", SEES_PUBLIC),
    ("other user", "deleted", SEES_NOTHING),
    ("moderator", "private", SEES_ALL),
    ("moderator", "public", SEES_ALL),
    ("admin", "private", SEES_ALL),
    ("admin", "public", SEES_ALL),
]


@pytest.mark.parametrize(("viewer", "state", "sees"), MATRIX)
async def test_the_page_shows_each_viewer_their_part(scene: Scene, viewer: str, state: str, sees: str) -> None:
    await _make(scene, state)
    answer = await (await scene.eyes(viewer)).get(f"/tickets/{scene.ticket.number}", allow_redirects=False)
    page = await answer.text()
    assert answer.status == {SIGNS_IN: 303, SEES_NOTHING: 404}.get(sees, 200)
    assert (WORDS in page) is (sees in {SEES_ALL, SEES_OWN, SEES_PUBLIC})
    assert ("what solved it" in page) is (state == "public" and sees in {SEES_ALL, SEES_OWN, SEES_PUBLIC})
    assert ("a public answer" in page) is (sees in {SEES_ALL, SEES_OWN})
    assert ("an internal thought" in page) is (sees == SEES_ALL)
    assert ("a helpful thought" in page) is (sees == SEES_ALL and state == "public")
    assert ("ada@people.example" in page) is (sees == SEES_ALL)
    if sees == SEES_PUBLIC:
        assert "Ada" not in page
        assert "Grace" not in page


@pytest.mark.parametrize(("viewer", "state", "sees"), MATRIX)
async def test_the_json_api_shows_each_viewer_their_part(scene: Scene, viewer: str, state: str, sees: str) -> None:
    await _make(scene, state)
    browser, path = await scene.eyes(viewer), f"/api/v1/tickets/{scene.ticket.number}"
    answer = await browser.get(path)
    assert answer.status == {SIGNS_IN: 401, SEES_NOTHING: 404}.get(sees, 200)
    if answer.status == 200:
        ticket = await answer.json()
        assert ticket["title"] == WORDS
        assert (ticket["created_by"] is None) is (sees == SEES_PUBLIC)
        assert (ticket["helpful_notes"] is None) is (sees != SEES_ALL)
        if sees == SEES_OWN:
            assert ticket["created_by"]["email"] == "ada@people.example"
    comments = await browser.get(f"{path}/comments")
    assert comments.status == {SIGNS_IN: 401, SEES_NOTHING: 404, SEES_PUBLIC: 404}.get(sees, 200)
    if comments.status == 200:
        texts = [one["text"] for one in (await comments.json())["items"]]
        assert texts == ["a public answer", "an internal thought"][: 2 if sees == SEES_ALL else 1]
    assert (await browser.get(f"{path}/attachments")).status == comments.status
    listed = await browser.get("/api/v1/tickets")
    if sees != SIGNS_IN:
        numbers = [one["number"] for one in (await listed.json())["items"]]
        assert (scene.ticket.number in numbers) is (sees in {SEES_ALL, SEES_OWN})


@pytest.mark.parametrize("viewer", ["other user", "requester"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"priority": "high"}),
        ("PATCH", "", {"resolution": "done"}),
        ("PATCH", "", {"assigned_to": "me"}),
        ("DELETE", "", None),
        ("POST", "/restore", None),
        ("POST", "/comments", {"text": "x", "internal": True}),
    ],
)
async def test_only_moderators_work_tickets(
    scene: Scene, viewer: str, method: str, path: str, body: dict[str, object] | None
) -> None:
    """The requester is told that they may not; to anybody else the ticket does not exist."""
    before = len(await scene.site.audit())
    browser = await scene.eyes(viewer)
    answer = await browser.request(method, f"/api/v1/tickets/{scene.ticket.number}{path}", json=body)
    assert answer.status == (403 if viewer == "requester" else 404)
    records = [record for record in (await scene.site.audit())[before:] if not record.action.startswith("user.")]
    assert records == []


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/audit", "/admin/users", "/admin/jobs", "/api/v1/admin/users", "/api/v1/admin/audit-logs"]
)
@pytest.mark.parametrize(("role", "status"), [(Role.USER, 403), (Role.MODERATOR, 403), (Role.ADMIN, 200)])
async def test_administration_is_for_admins(site: WebDesk, path: str, role: Role, status: int) -> None:
    browser = await site.signed_in_as(role)
    assert (await browser.get(path)).status == status


async def test_an_unconfirmed_address_is_shown_nothing_that_came_by_mail(site: WebDesk) -> None:
    """A stranger who registers somebody's address must not read what its owner mails."""
    mallory = site.browser()
    new = {"username": "mallory", "email": "ada@people.example", "password": "correct horse battery"}
    await mallory.post("/api/v1/auth/register", json=new)
    await mallory.post("/api/v1/auth/login", json={"login": "mallory", "password": new["password"]})
    async with site.desk.reading(system_actor(1)) as reading:
        user = await reading.session.get_one(User, 1)
    by_mail = await site.ticket(user, title=WORDS, channel="email")
    own = await site.ticket(user, title="filed here", channel="api")
    assert (await mallory.get(f"/api/v1/tickets/{by_mail.number}")).status == 404
    assert (await mallory.get(f"/api/v1/tickets/{own.number}")).status == 200
    assert [one["number"] for one in (await (await mallory.get("/api/v1/tickets")).json())["items"]] == [own.number]
    token = (await site.mailed_link("ada@people.example")).rpartition("/")[2]
    await mallory.post("/api/v1/auth/verify-email", json={"token": token})
    assert (await mallory.get(f"/api/v1/tickets/{by_mail.number}")).status == 200


async def test_another_organization_does_not_exist(scene: Scene) -> None:
    from core.people.actions import NewPerson, create_person  # noqa: PLC0415 (only here a second organization)
    from core.people.organizations import create_organization  # noqa: PLC0415 (see above)

    async with scene.site.desk.unit_of_work(system_actor(1)) as uow:
        other = await create_organization(uow, "Elsewhere")
        await uow.commit()
    async with scene.site.desk.unit_of_work(system_actor(other.id)) as uow:
        admin = await create_person(uow, NewPerson(username="boss", role=Role.ADMIN))
        await uow.commit()
    await _make(scene, "public")
    browser = await scene.site.signed_in(admin)
    assert (await browser.get(f"/tickets/{scene.ticket.number}")).status == 404
    assert (await browser.get(f"/api/v1/tickets/{scene.ticket.number}")).status == 404
    people = (await (await browser.get("/api/v1/admin/users")).json())["items"]
    assert [one["username"] for one in people] == ["boss"]
    assert (await browser.patch(f"/api/v1/admin/users/{scene.people['admin'].id}", json={"role": "user"})).status == 404
    records = (await (await browser.get("/api/v1/admin/audit-logs?limit=200")).json())["items"]
    assert WORDS not in str(records)
