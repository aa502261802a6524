"""A whole desk whose only door is Slack: real database, search and local triage, another Slack at the other end."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from sqlalchemy import select

from bot.slack.apis import OneWorkspace, SlackApis
from bot.slack.app import build_app
from bot.slack.directory import SlackDirectory
from bot.slack.door import SlackDoor
from bot.slack.open_forms import OpenForms
from bot.slack.screening import SlackScreening
from bot.slack.web_api import SlackWebApi
from config.bootstrap import Replacements, build_desk
from config.settings import Settings
from core.db.unit_of_work import Reading
from core.desk import Desk
from core.intake.being_read import THREAD
from core.intake.models import Intake
from core.intake.values import Outcome
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.values import JobStatus
from core.people.identities import find_or_create_person
from core.people.queries import find_user
from core.people.values import Actor, IdentityKind, Role, Sender, system_actor
from core.search.ports import VectorIndex
from core.tickets.actions import NewReply, add_reply
from core.tickets.attaching import StoredAttachment
from core.tickets.models import Reply, Ticket
from core.tickets.queries import lock_ticket
from core.tickets.working import set_fields
from tests.builders import claimed, end_well
from tests.fakes import slack_requests as requests
from tests.fakes.clock import FakeClock
from tests.fakes.deployment import deployment
from tests.fakes.search import MemoryIndex
from tests.fakes.slack import TOKEN, FakeSlack

Json = dict[str, Any]


@dataclass(kw_only=True)
class DeskBehindSlack:
    """The desk and its Slack door, whatever workspace is at the other end."""

    desk: Desk
    door: SlackDoor
    app: AsyncApp
    team_id: str
    clock: FakeClock

    async def send(self, payload: Json, **headers: str) -> tuple[int, Any]:
        """Send a signed request and give status and answer (JSON where it is JSON)."""
        body, content_type = requests.encode(payload)
        signed = requests.signed_headers(body, content_type) | headers
        answer = await self.app.async_dispatch(AsyncBoltRequest(body=body, headers=dict(signed)))
        return answer.status, json.loads(answer.body) if answer.body.startswith("{") else answer.body

    def reading(self) -> Reading:
        return self.desk.reading(system_actor(1))

    async def tickets(self) -> list[Ticket]:
        async with self.reading() as reading:
            return list((await reading.session.scalars(select(Ticket).order_by(Ticket.id))).all())

    async def replies(self) -> list[Reply]:
        async with self.reading() as reading:
            return list((await reading.session.scalars(select(Reply).order_by(Reply.id))).all())

    async def ledger(self) -> list[Intake]:
        """What became of each message; of threads that were read, `threads` tells."""
        return [row for row in await self._ledger() if not row.external_id.startswith(THREAD)]

    async def threads(self) -> list[tuple[Outcome, str]]:
        """What became of each thread that was to be read."""
        return [(row.outcome, row.rule) for row in await self._ledger() if row.external_id.startswith(THREAD)]

    async def _ledger(self) -> list[Intake]:
        async with self.reading() as reading:
            return list((await reading.session.scalars(select(Intake).order_by(Intake.id))).all())

    async def run_jobs(self) -> None:
        """Run every waiting job, due or not, until none waits; only what ends by itself waits for its time."""
        while jobs := await self.waiting():
            for job in jobs:
                await self.run_job(job)

    async def run_job(self, job: Job) -> None:
        """Do one job, which stays in the queue when it fails."""
        await self.desk.runs[job.kind].run(claimed(job))
        await end_well(self.desk.surroundings.database, job)

    async def waiting(self) -> list[Job]:
        async with self.reading() as reading:
            patient = (Job.kind != kinds.END_GATHERING.name) | (Job.due_at <= self.desk.clock.now())
            statement = select(Job).where(Job.status == JobStatus.QUEUED, patient).order_by(Job.id)
            return list((await reading.session.scalars(statement)).all())

    async def make(self, user_id: str, role: Role) -> None:
        """Give a Slack user a role, as `tickmate users set-role` does."""
        sender = Sender(kind=IdentityKind.SLACK, external_id=f"{self.team_id}:{user_id}", verified=True)
        async with self.desk.unit_of_work(system_actor(1)) as uow:
            person = await find_or_create_person(uow, await self.door.directory.look_up(sender))
            person.role = role
            uow.audit.record("user.role_changed", person, after={"role": role})
            await uow.commit()


@dataclass(kw_only=True)
class SlackDesk(DeskBehindSlack):
    """The same with the in-process double at the other end."""

    slack: FakeSlack

    async def opened(self, payload: Json) -> Json:
        """Send what opens a form, and give the form."""
        await self.send(payload)
        view: Json = self.slack.calls_of("views.open")[-1]["view"]
        return view

    def form(self) -> Json:
        """The newest form as it stands now."""
        view: Json = list(self.slack.views.values())[-1]
        return view

    async def file(self, title: str, description: str = "", **entered: Any) -> Ticket:
        """File a ticket by the form, and do everything that follows."""
        view = await self.opened(requests.command("/ticket"))
        sent = requests.submission(view, {"title": title, "description": description} | entered)
        status, answer = await self.send(sent)
        assert (status, answer) == (200, "")
        await self.run_jobs()
        return (await self.tickets())[-1]

    async def answer_with(self, name: str, content: bytes) -> None:
        """A moderator answers the first ticket on the web, with a file; what follows waits."""
        stored = StoredAttachment(
            filename=name, content_type="text/plain", size=len(content), sha256=await self.desk.blobs.write(content)
        )
        async with self.desk.unit_of_work(system_actor(1)) as uow:
            grace = await find_user(uow, f"{self.team_id}:{requests.MODERATOR}")
            uow.act_as(Actor(organization_id=1, user_id=grace.id, role=grace.role, name="Grace", channel="web"))
            new = NewReply(text="See the file.", channel="web", attachments=[stored])
            await add_reply(uow, await lock_ticket(uow, 1), new, author=grace)
            await uow.commit()

    async def retitle(self, number: int, title: str) -> None:
        """Give a ticket another title, as a moderator does on its page."""
        async with self.desk.unit_of_work(system_actor(1)) as uow:
            await set_fields(uow, await lock_ticket(uow, number), title=title)
            await uow.commit()
        await self.run_jobs()

    def card(self) -> Json:
        """The newest card in the moderators' channel."""
        cards = [message for message in self.slack.messages(requests.TRIAGE_CHANNEL) if "thread_ts" not in message]
        return cards[-1]

    def thread(self, channel: str, ts: str) -> list[str]:
        """The texts posted into a thread."""
        return [text_of(message) for message in self.slack.messages(channel) if message.get("thread_ts") == ts]


def advance(desk: DeskBehindSlack, **by: float) -> None:
    """Let time pass for the desk, as `timedelta` takes it."""
    assert isinstance(desk.desk.clock, FakeClock)
    desk.desk.clock.advance(**by)


def text_of(message: Json) -> str:
    """Everything that a person would read in a message or view."""
    found: list[str] = []

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("text"), str) and node.get("type") in {"mrkdwn", "plain_text"}:
                found.append(node["text"])
            for value in node.values():
                collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    collect(message.get("blocks", []))
    return re.sub(r"[*_]", "", "\n".join(found))


def button(message: Json, action_id: str) -> tuple[str, str]:
    """Block id and value of a button or menu of a message."""
    for block in message["blocks"]:
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if element.get("action_id") == action_id:
                return block["block_id"], element.get("value", "")
    raise AssertionError(f"no {action_id} in the message")


def slack_settings(database_url: str, folder: Path, api_url: str, triage_channel: str) -> Settings:
    """A deployment whose Slack is at `api_url`."""
    return deployment(
        database_url,
        folder,
        slack_bot_token=TOKEN,
        slack_signing_secret=requests.SIGNING_SECRET,
        slack_api_url=api_url,
        slack_triage_channel=triage_channel,
        app_url="https://desk.example",
    )


@asynccontextmanager
async def desk_behind_slack(
    settings: Settings,
    api: SlackWebApi,
    *,
    team_id: str,
    apis: SlackApis | None = None,
    index: VectorIndex | None = None,
) -> AsyncIterator[DeskBehindSlack]:
    """A desk built as the service builds it, its Slack door speaking through `api`.

    Unless an `index` is given it has the engine of a deployment, a process of its own.
    """
    clock = FakeClock()
    desk = await build_desk(settings, Replacements(clock=clock, index=index, strict_audit=True))
    screening = SlackScreening(settings.slack_triage_channel or "")
    apis = apis or OneWorkspace(api)
    directory, forms = SlackDirectory(apis, clock), OpenForms(settle_seconds=0.0)
    door = SlackDoor(desk=desk, apis=apis, api=api, directory=directory, screening=screening, forms=forms)
    app = build_app(door, signing_secret=requests.SIGNING_SECRET)
    await desk.search.start()
    try:
        yield DeskBehindSlack(desk=desk, door=door, app=app, team_id=team_id, clock=clock)
    finally:
        await api.close()
        await desk.close()


@asynccontextmanager
async def slack_desk(settings: Settings, slack: FakeSlack) -> AsyncIterator[SlackDesk]:
    """The desk, with Ada (a user) and Grace (a moderator) known to the workspace."""
    slack.add_user(requests.REQUESTER, "Ada", "ada@people.example")
    slack.add_user(requests.MODERATOR, "Grace", "grace@people.example")
    api = SlackWebApi(token=TOKEN, base_url=slack.url, seconds=5.0)
    async with desk_behind_slack(settings, api, team_id=requests.TEAM, index=MemoryIndex()) as built:
        desk = SlackDesk(
            desk=built.desk, door=built.door, app=built.app, team_id=built.team_id, clock=built.clock, slack=slack
        )
        await desk.make(requests.MODERATOR, Role.MODERATOR)
        yield desk
