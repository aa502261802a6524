"""One ticket of every kind, whoever may look at it, and every surface that they look at."""

import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, update

from core.db.unit_of_work import Reading
from core.intake.values import Channel, InboundMessage
from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.organizations import create_organization
from core.people.queries import find_user
from core.people.sign_in import show_magic_link
from core.people.values import Actor, Role, system_actor
from core.search.feedback import NO_QUESTION, record_shown_on
from core.search.models import ShownTicket
from core.tickets.actions import NewReply, NewTicket, add_internal_note, add_reply, submit_ticket
from core.tickets.attaching import StoredAttachment
from core.tickets.merging import merge_ticket
from core.tickets.models import Attachment, Ticket
from core.tickets.participating import add_participant
from core.tickets.queries import lock_ticket
from core.tickets.values import Scan
from core.tickets.working import delete_ticket, resolve_ticket, set_fields
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk

KINDS = ("open", "solved", "public", "hidden", "deleted", "merged")
"""Private and open or solved; public and solved; public once and private now; public and then deleted, or merged."""
ONCE_PUBLIC = ("hidden", "deleted", "merged")
IN_SLACK = {
    "requester": requests.REQUESTER,
    "participant": "U0BEA",
    "added guest": "U0GUS",
    "other user": "U0EVE",
    "guest": "U0GINA",
    "stranger": "U0SAM",
    "moderator": requests.MODERATOR,
    "admin": "U0ROOT",
}
_RESTRICTED = {"is_restricted": True, "is_ultra_restricted": True}
_PEOPLE: Mapping[str, tuple[str, Role, dict[str, object]]] = {
    "requester": ("Ada", Role.USER, {}),
    "participant": ("Bea", Role.USER, {}),
    "added guest": ("Gus", Role.USER, _RESTRICTED),
    "other user": ("Eve", Role.USER, {}),
    "guest": ("Gina", Role.USER, _RESTRICTED),
    "stranger": ("Sam", Role.USER, {"team_id": "T0OTHER", "is_stranger": True}),
    "moderator": ("Grace", Role.MODERATOR, {}),
    "admin": ("Root", Role.ADMIN, {}),
}
WORDS = ("title", "description", "resolution", "reply", "note", "helpful", "file", "bytes", "virus")
"""`file` is the name of one; `bytes` and `virus` are what is in a clean one and in an infected one."""
ALIKE = "the printer jams on both sides"


@dataclass(kw_only=True)
class Scene:
    """`numbers` are those of the tickets by kind, `threads` the messages they were made of, `files` the ids of theirs.

    `of_other_user` is a ticket on which all of them are remembered as similar, as if each had been public then; `shown`
    are the ids of that memory.
    """

    desk: SlackDesk
    server: TestServer
    outbox: Path
    numbers: dict[str, int] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    people: Mapping[str, User] = field(default_factory=dict)
    calls_before_taking_back: int = 0
    of_other_user: int = 0
    shown: dict[str, int] = field(default_factory=dict)
    files: dict[str, list[int]] = field(default_factory=dict)
    browsers: dict[str, TestClient[web.Request, web.Application]] = field(default_factory=dict)

    async def page(self, viewer: str, path: str, **question: object) -> str:
        """What a browser of this viewer is given, as far as it is given anything."""
        browser = self.browsers[viewer]
        answer = await (browser.post(path, json=question) if question else browser.get(path, allow_redirects=False))
        return await answer.text(errors="replace") if answer.status == 200 else ""

    async def command(self, viewer: str, name: str, words: str) -> str:
        _, answer = await self.desk.send(requests.command(name, words, user=IN_SLACK[viewer]))
        views = self.desk.slack.calls_of("views.open") if not answer else []
        return json.dumps([answer, views[-1:]])

    async def home(self, viewer: str) -> str:
        user = IN_SLACK[viewer]
        opened = {"type": "app_home_opened", "user": user, "channel": f"D{user[1:]}", "tab": "home", "event_ts": "1.5"}
        await self.desk.send(requests.envelope(opened))
        return json.dumps(self.desk.slack.views.get(f"home of {user}", {}))

    async def linked(self, viewer: str, number: int, channel: str) -> str:
        """The preview that appears where this viewer writes the address of a ticket."""
        event = requests.links(f"https://desk.example/tickets/{number}", user=IN_SLACK[viewer], channel=channel)
        await self.desk.send(event)
        await self.desk.run_jobs()
        return json.dumps(self.desk.slack.unfurled[channel, event["event"]["message_ts"]])

    def confirmation(self, kind: str) -> str:
        """The message in the channel that confirms the ticket of this kind."""
        confirmed = [
            one for one in self.desk.slack.messages(requests.CHANNEL) if one["thread_ts"] == self.threads[kind]
        ]
        return str(confirmed[0]["ts"])

    def direct(self, viewer: str, *, since: int = 0) -> str:
        """What stands in this viewer's direct messages with the app, from that message on."""
        return json.dumps(self.desk.slack.messages(self.direct_channel(viewer))[since:])

    @staticmethod
    def direct_channel(viewer: str) -> str:
        return f"D{IN_SLACK[viewer][1:]}"


def seen(text: str, kind: str) -> frozenset[str]:
    """Which words of the ticket of this kind stand in a text."""
    return frozenset(part for part in WORDS if f"{kind}{part}" in text)


async def build(scene: Scene) -> None:
    """File, answer, solve, publish, hide, delete and merge; then let everything that follows happen."""
    scene.people = people = await _people(scene)
    for kind in KINDS:
        scene.threads[kind] = requests.fresh_ts()
        scene.numbers[kind] = await _file(scene, kind, people)
        async with scene.desk.reading() as reading:
            ids = select(Attachment.id).where(Attachment.filename.startswith(kind)).order_by(Attachment.id)
            scene.files[kind] = list(await reading.session.scalars(ids))
    await _ask_something_alike(scene, people["other user"])
    await scene.desk.run_jobs()  # all of it was posted and found before some of it is taken back
    scene.calls_before_taking_back = len(scene.desk.slack.calls)
    await _take_back(scene, people["moderator"])
    await scene.desk.run_jobs()


async def _people(scene: Scene) -> dict[str, User]:
    people: dict[str, User] = {}
    for viewer, (name, role, fields) in _PEOPLE.items():
        user_id = IN_SLACK[viewer]
        scene.desk.slack.add_user(user_id, name, f"{name.lower()}@people.example", **fields)
        await scene.desk.make(user_id, role)
        async with scene.desk.reading() as reading:
            people[viewer] = await person_called(reading, scene.desk, viewer)
    async with scene.desk.desk.unit_of_work(system_actor(1)) as uow:
        elsewhere = await create_organization(uow, "Elsewhere")
        await uow.commit()
    async with scene.desk.desk.unit_of_work(system_actor(elsewhere.id)) as uow:
        foreign = await create_person(uow, NewPerson(username="boss", role=Role.ADMIN))
        await uow.commit()
    for viewer, person in (people | {"foreign admin": foreign}).items():
        scene.browsers[viewer] = await _signed_in(scene, person)
    scene.browsers["anonymous"] = _browser(scene)
    return people


async def _signed_in(scene: Scene, person: User) -> TestClient[web.Request, web.Application]:
    desk = scene.desk.desk
    async with desk.unit_of_work(system_actor(person.organization_id)) as uow:
        link = await show_magic_link(uow, await uow.session.get_one(User, person.id), link_key=desk.link_key)
        await uow.commit()
    browser = _browser(scene)
    token = link.rpartition("/")[2]
    assert (await browser.post("/api/v1/auth/magic-link/redeem", json={"token": token})).status == 200
    return browser


def _browser(scene: Scene) -> TestClient[web.Request, web.Application]:
    """Each at an address of its own, so that none is in the others' limits."""
    address = {"X-Forwarded-For": f"192.0.2.{len(scene.browsers) + 1}"}
    return TestClient(scene.server, cookie_jar=CookieJar(unsafe=True), headers=address)


async def _file(scene: Scene, kind: str, people: Mapping[str, User]) -> int:
    """Filed in a channel by the requester, with people, files, an answer and a note."""
    desk = scene.desk
    files = [
        await stored_file(desk, f"{kind}file.txt", f"{kind}bytes"),
        await stored_file(desk, f"{kind}infected.txt", f"{kind}virus"),
    ]
    new = NewTicket(
        title=f"{ALIKE} {kind}title",
        description=f"{ALIKE} {kind}description",
        description_html=f"<p>{kind}description</p>",
        channel="slack",
        thread_key=f"{requests.CHANNEL}:{scene.threads[kind]}",
        attachments=files,
    )
    async with desk.desk.unit_of_work(acting(people["requester"])) as uow:
        ada = await uow.session.get_one(User, people["requester"].id)
        ticket = await submit_ticket(uow, new, requester=ada)
        await uow.session.flush()
        uow.act_as(acting(people["moderator"]))
        grace = await uow.session.get_one(User, people["moderator"].id)
        for viewer in ("participant", "added guest"):
            await add_participant(uow, ticket, await uow.session.get_one(User, people[viewer].id))
        await set_fields(uow, ticket, is_public=kind in {"public", "hidden", "deleted", "merged"})
        await add_reply(uow, ticket, _said(f"{kind}reply"), author=grace)
        await add_internal_note(uow, ticket, _said(f"{kind}note"), author=grace)
        if kind != "open":
            await resolve_ticket(uow, ticket, resolution=f"{kind}resolution", helpful_notes=f"{kind}helpful")
        await uow.commit()
    async with desk.desk.surroundings.database.writing() as connection:
        infected = update(Attachment.__table__).where(Attachment.filename == f"{kind}infected.txt")
        await connection.execute(infected.values(scan=Scan.INFECTED))
    return ticket.number


def _said(text: str) -> NewReply:
    return NewReply(text=text, html=f"<p>{text}</p>", channel="web")


async def person_called(reading: Reading, desk: SlackDesk, viewer: str) -> User:
    return await find_user(reading, f"{desk.team_id}:{IN_SLACK[viewer]}")


async def stored_file(desk: SlackDesk, name: str, content: str) -> StoredAttachment:
    sha256 = await desk.desk.blobs.write(content.encode())
    return StoredAttachment(filename=name, content_type="text/plain", size=len(content), sha256=sha256)


async def _ask_something_alike(scene: Scene, person: User) -> None:
    async with scene.desk.desk.unit_of_work(acting(person)) as uow:
        eve = await uow.session.get_one(User, person.id)
        ticket = await submit_ticket(
            uow, NewTicket(title=ALIKE, description="Mine, too", channel="slack"), requester=eve
        )
        await uow.session.flush()
        showing = await record_shown_on(uow, ticket, NO_QUESTION)
        await uow.session.flush()
        for rank, (kind, number) in enumerate(scene.numbers.items()):
            similar = await uow.session.scalar(select(Ticket.id).where(Ticket.number == number))
            scores = {"score": 0.9, "raw_score": 0.9, "lift": 0.0, "match": 1.0}
            row = ShownTicket(showing_id=showing.id, similar_ticket_id=similar, rank=rank, **scores)
            uow.session.add(row)
            await uow.session.flush()
            scene.shown[kind] = row.id
        await uow.commit()
    scene.of_other_user = ticket.number


async def _take_back(scene: Scene, moderator: User) -> None:
    async with scene.desk.desk.unit_of_work(acting(moderator)) as uow:
        tickets: dict[str, Ticket] = {kind: await lock_ticket(uow, number) for kind, number in scene.numbers.items()}
        await set_fields(uow, tickets["hidden"], is_public=False)
        await merge_ticket(uow, tickets["merged"], into=tickets["open"])
        await delete_ticket(uow, tickets["deleted"])
        await uow.commit()


def acting(person: User) -> Actor:
    return Actor(organization_id=1, user_id=person.id, role=person.role, name=person.display_name, channel="web")


_mails = itertools.count(1)


async def mail_from_a_stranger(scene: Scene, subject: str = ALIKE) -> int:
    """Somebody whom nobody knows asks the same by mail, and gets an acknowledgement. Gives the ticket's number."""
    raw = f"From: Zoe <zoe@strangers.example>\r\nTo: support@localhost\r\nSubject: {subject}\r\n\r\n{ALIKE}, again.\r\n"
    message = InboundMessage(
        channel=Channel.EMAIL,
        external_id=f"matrix-{next(_mails)}",
        raw=raw.encode(),
        received_at=scene.desk.clock.now(),
        recipients=("support@localhost",),
    )
    await scene.desk.desk.intake.accept(message)
    await scene.desk.run_jobs()
    return (await scene.desk.tickets())[-1].number


Look = Callable[[Scene, str, str], Awaitable[str]]
"""What a viewer sees of the ticket of a kind."""
