"""A whole desk whose only door is the web, and browsers that come to it."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from bot.email.transports.port import SentMail
from config.bootstrap import Replacements, build_desk
from config.doors import web_options
from config.settings import Settings
from core.audit.models import AuditRecord
from core.desk import Desk
from core.jobs.models import Job
from core.jobs.values import JobStatus
from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.passwords import Passwords
from core.people.sign_in import show_magic_link
from core.people.values import Actor, Role, system_actor
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Ticket
from tests.builders import claimed
from tests.fakes.clock import FakeClock
from tests.fakes.deployment import deployment
from tests.fakes.search import MemoryIndex
from webhooks.app import build_web

PASSWORD = "correct horse battery"
INBOUND_TOKEN = "the inbound token of these tests"
CORS_ORIGIN = "https://portal.example"
Client = TestClient[web.Request, web.Application]
Json = dict[str, Any]


def web_settings(database_url: str, folder: Path, **more: Any) -> Settings:
    """A deployment with every door of the web open."""
    return deployment(
        database_url,
        folder,
        support_address="support@desk.example",
        inbound_webhook_token=INBOUND_TOKEN,
        cors_origin=CORS_ORIGIN,
        app_url="http://desk.example",
        **more,
    )


@dataclass
class Outbox:
    """Where mails end in these tests."""

    name: str = "outbox"
    mails: list[EmailMessage] = field(default_factory=list)

    async def send(self, message: EmailMessage, recipients: Sequence[str], *, key: str) -> SentMail:
        self.mails.append(message)
        return SentMail(message_id=str(message["Message-ID"]).strip("<>"))


@dataclass(kw_only=True)
class WebDesk:
    """The desk and its web; `browser` opens a new browser with cookies of its own."""

    desk: Desk
    server: TestServer
    clock: FakeClock
    outbox: Outbox
    browsers: list[Client] = field(default_factory=list)

    def browser(self) -> Client:
        client = TestClient(self.server, cookie_jar=CookieJar(unsafe=True))
        self.browsers.append(client)
        return client

    async def person(self, name: str, role: Role = Role.USER, *, password: str | None = None, **more: Any) -> User:
        password_hash = None
        if password is not None:
            passwords = Passwords()
            password_hash = await passwords.hash(password)
            passwords.close()
        known: Json = {"email": f"{name}@people.example", "full_name": name.title(), "email_verified": True} | more
        async with self.desk.unit_of_work(system_actor(1)) as uow:
            user = await create_person(uow, NewPerson(username=name, role=role, password_hash=password_hash, **known))
            await uow.commit()
        return user

    async def link_of(self, user: User) -> str:
        """The path of a fresh sign-in link."""
        async with self.desk.unit_of_work(system_actor(1)) as uow:
            link = await show_magic_link(uow, await uow.session.get_one(User, user.id), link_key=self.desk.link_key)
            await uow.commit()
        return urlsplit(link).path

    async def signed_in(self, user: User) -> Client:
        """A browser in which this person is signed in."""
        browser = self.browser()
        token = (await self.link_of(user)).rpartition("/")[2]
        answer = await browser.post("/api/v1/auth/magic-link/redeem", json={"token": token})
        assert answer.status == 200, await answer.text()
        return browser

    async def signed_in_as(self, role: Role, name: str = "") -> Client:
        return await self.signed_in(await self.person(name or f"some-{role.value}", role))

    def actor_of(self, user: User) -> Actor:
        return Actor(organization_id=1, user_id=user.id, role=user.role, name=user.display_name)

    async def ticket(self, requester: User, **more: Any) -> Ticket:
        new = NewTicket(**({"title": "The printer jams", "description": "Both sides.", "channel": "web"} | more))
        async with self.desk.unit_of_work(self.actor_of(requester)) as uow:
            ticket = await submit_ticket(uow, new, requester=await uow.session.get_one(User, requester.id))
            await uow.commit()
        return ticket

    async def solved(self, title: str, resolution: str = "Clean the rollers.") -> int:
        """The number of a public ticket that a search finds from now on."""
        await self.desk.search.start()
        grace = await self.signed_in_as(Role.MODERATOR, "grace")
        number = int((await (await grace.post("/api/v1/tickets", json={"title": title})).json())["number"])
        done = {"resolution": resolution, "is_public": True}
        assert (await grace.patch(f"/api/v1/tickets/{number}", json=done)).status == 200
        await self.run_jobs("search.index")
        return number

    async def count(self, table: type[Any]) -> int:
        async with self.desk.reading(system_actor(1)) as reading:
            return await reading.session.scalar(select(func.count()).select_from(table)) or 0

    async def audit(self) -> list[AuditRecord]:
        """Every record, oldest first."""
        async with self.desk.reading(system_actor(1)) as reading:
            return list((await reading.session.scalars(select(AuditRecord).order_by(AuditRecord.id))).all())

    async def run_jobs(self, *kinds: str) -> None:
        """Run every waiting job of these kinds."""
        async with self.desk.reading(system_actor(1)) as reading:
            statement = select(Job).where(Job.status == JobStatus.QUEUED, Job.kind.in_(kinds)).order_by(Job.id)
            jobs = list((await reading.session.scalars(statement)).all())
        for job in jobs:
            await self.desk.runs[job.kind].run(claimed(job))

    async def mailed_link(self, address: str) -> str:
        """The path of the link in the newest mail to an address, once it is delivered."""
        await self.run_jobs("conversations.deliver")
        for mail in reversed(self.outbox.mails):
            body = mail.get_body(("plain",))
            found = re.search(r"http://desk\.example(/auth/magic-link/[\w-]+)", body.get_content() if body else "")
            if found and address in str(mail["To"]):
                return found[1]
        raise AssertionError(f"no link was mailed to {address}")


@asynccontextmanager
async def web_desk(settings: Settings, outbox: Outbox) -> AsyncIterator[WebDesk]:
    """The desk as the service builds it, its web listening."""
    clock = FakeClock()
    desk = await build_desk(
        settings, Replacements(clock=clock, transport=outbox, index=MemoryIndex(), strict_audit=True)
    )
    server = TestServer(build_web(desk, web_options(settings)))
    await server.start_server()
    built = WebDesk(desk=desk, server=server, clock=clock, outbox=outbox)
    yield built
    for browser in built.browsers:
        await browser.session.close()
    await server.close()
    await desk.close()


async def form_token(browser: Client, path: str) -> str:
    """The token that the forms of a page carry."""
    page = await (await browser.get(path)).text()
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page)
    assert found is not None, page
    return found[1]


async def send_form(
    browser: Client, path: str, *, page: str = "", follow: bool = False, **fields: str
) -> ClientResponse:
    """Fill in a form of `page` (or of the page at `path`) and send it."""
    token = await form_token(browser, page or path)
    return await browser.post(path, data=fields | {"csrf_token": token}, allow_redirects=follow)
