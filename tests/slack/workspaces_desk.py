"""A desk that workspaces install, with its web, and another Slack at the other end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.slack.app import build_app
from bot.slack.door import SlackDoor
from bot.slack.screening import SlackScreening
from config.bootstrap import Replacements, build_desk
from config.doors import build_installing, web_options
from config.settings import Settings
from config.slack import build_slack_outlet
from core.installations.models import Installation
from core.people.actions import NewPerson, create_person
from core.people.sign_in import show_magic_link
from core.people.values import Role, system_actor
from tests.fakes import slack_requests as requests
from tests.fakes.clock import FakeClock
from tests.fakes.deployment import deployment
from tests.fakes.search import MemoryIndex
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_oauth import CLIENT_ID, CLIENT_SECRET
from tests.slack.slack_desk import DeskBehindSlack
from tests.web.web_desk import send_form
from webhooks.app import build_web
from webhooks.slack import slack_routes
from webhooks.slack_install import install_routes

Client = TestClient[web.Request, web.Application]
CODE = "the code of the link for others"


def installed_settings(database_url: str, folder: Path, api_url: str, **more: Any) -> Settings:
    return deployment(
        database_url,
        folder,
        slack_client_id=CLIENT_ID,
        slack_client_secret=CLIENT_SECRET,
        slack_signing_secret=requests.SIGNING_SECRET,
        slack_install_code=CODE,
        slack_api_url=api_url,
        app_url="http://desk.example",
        **more,
    )


@dataclass(kw_only=True)
class WorkspacesDesk(DeskBehindSlack):
    slack: FakeSlack
    clock: FakeClock
    server: TestServer

    def browser(self) -> Client:
        return TestClient(self.server, cookie_jar=CookieJar(unsafe=True))

    async def admin(self, browser: Client, *, name: str = "root", organization_id: int = 1) -> None:
        """Sign an admin in."""
        person = NewPerson(username=name, role=Role.ADMIN, email=f"{name}@people.example", email_verified=True)
        async with self.desk.unit_of_work(system_actor(organization_id)) as uow:
            user = await create_person(uow, person)
            link = await show_magic_link(uow, user, link_key=self.desk.link_key)
            await uow.commit()
        token = link.rpartition("/")[2]
        answer = await browser.post("/api/v1/auth/magic-link/redeem", json={"token": token})
        assert answer.status == 200, await answer.text()

    async def begin(self, browser: Client, *, code: str = "", own: bool = False) -> ClientResponse:
        """Press the button that leads to Slack."""
        page = f"/slack/install?{urlencode({'code': code})}"
        return await send_form(browser, "/slack/install", page=page, code=code, is_own="true" if own else "")

    async def install(self, team_id: str, *, own: bool = False, browser: Client | None = None, **granted: Any) -> str:
        """The whole way, by the link for others unless a browser is given; the text of the last page."""
        mine = browser or self.browser()
        begun = await self.begin(mine, code="" if browser else CODE, own=own)
        code = self.slack.oauth.consent(team_id, **granted)
        answer = await mine.get("/slack/oauth_redirect", params={"code": code, "state": state_of(begun)})
        text = await answer.text()
        assert answer.status == 200, text
        if browser is None:
            await mine.session.close()
        return text

    async def installations(self) -> list[Installation]:
        async with self.reading() as reading:
            return list((await reading.session.scalars(select(Installation).order_by(Installation.id))).all())


def state_of(begun: ClientResponse) -> str:
    """What Slack gives back with the code."""
    return parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]


@asynccontextmanager
async def workspaces_desk(settings: Settings, slack: FakeSlack) -> AsyncIterator[WorkspacesDesk]:
    """The desk as the service builds it."""
    clock = FakeClock()
    desk = await build_desk(settings, Replacements(clock=clock, index=MemoryIndex(), strict_audit=True))
    outlet = build_slack_outlet(settings, clock=clock, unit_of_work=desk.unit_of_work, reading=desk.reading)
    installing = build_installing(settings)
    assert outlet is not None
    assert installing is not None
    door = SlackDoor(
        desk=desk, apis=outlet.apis, api=outlet.api, directory=outlet.directory, screening=SlackScreening()
    )
    app = build_app(door, signing_secret=requests.SIGNING_SECRET)
    routes = (*slack_routes(app), *install_routes(installing))
    server = TestServer(build_web(desk, web_options(settings), more_routes=routes))
    await server.start_server()
    await desk.search.start()
    try:
        yield WorkspacesDesk(
            desk=desk, door=door, app=app, team_id=requests.TEAM, slack=slack, clock=clock, server=server
        )
    finally:
        await server.close()
        await installing.store.close()
        await outlet.api.close()
        await desk.close()


def sent_in(team: str) -> dict[str, object]:
    """What the envelope of an event says of its workspace."""
    return {"team_id": team, "authorizations": [{"team_id": team, "user_id": requests.BOT_USER, "is_bot": True}]}


async def file_by_mention(desk: WorkspacesDesk, team: str, words: str = "printer jams") -> None:
    assert (await desk.send(requests.mention(words) | sent_in(team)))[0] == 200
    await desk.run_jobs()
