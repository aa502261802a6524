"""One suite over two workspaces: the in-process double and the emulator have to behave alike."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.slack.apis import OneWorkspace
from bot.slack.blocks.new_ticket import new_ticket_modal
from bot.slack.delivery import SlackCourier
from bot.slack.directory import SlackDirectory
from bot.slack.web_api import SlackWebApi
from core.conversations.values import DeliveryKind, Outgoing
from core.errors import DeliveryRefusedError
from core.people.values import IdentityKind, Sender
from tests.fakes.clock import FakeClock
from tests.fakes.slack import TOKEN, running_slack
from tests.fakes.slack_requests import REQUESTER, TEAM, TRIAGE_CHANNEL
from tests.fakes.slack_tickets import example_reply, example_ticket
from tests.slack.emulator_process import running_emulator


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """What both have: an address, ids, and a way to read what was posted."""

    url: str
    team_id: str
    ada: str
    triage: str
    messages: Callable[[str], Awaitable[list[dict[str, Any]]]]
    trigger: Callable[[], Awaitable[str]]


@pytest.fixture(params=["double", pytest.param("emulator", marks=pytest.mark.emulator)])
async def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Workspace]:
    async for made in _double() if request.param == "double" else _emulated(tmp_path):
        yield made


async def _double() -> AsyncIterator[Workspace]:
    async with running_slack() as fake:
        fake.add_user(REQUESTER, "Ada", "ada@people.example")

        async def messages(channel: str) -> list[dict[str, Any]]:
            return fake.messages(channel)

        async def trigger() -> str:
            return "1.1.trigger"

        yield Workspace(
            url=fake.url, team_id=TEAM, ada=REQUESTER, triage=TRIAGE_CHANNEL, messages=messages, trigger=trigger
        )


async def _emulated(folder: Path) -> AsyncIterator[Workspace]:
    async with running_emulator(folder) as emulator:
        yield Workspace(
            url=emulator.url,
            team_id=emulator.team_id,
            ada=emulator.users["ada"],
            triage=emulator.channels["triage"],
            messages=emulator.messages,
            trigger=lambda: emulator.trigger("ada"),
        )


@pytest.fixture
async def api(workspace: Workspace) -> AsyncIterator[SlackWebApi]:
    api = SlackWebApi(token=TOKEN, base_url=workspace.url, seconds=5.0)
    yield api
    await api.close()


@pytest.fixture
def courier(api: SlackWebApi) -> SlackCourier:
    return SlackCourier(OneWorkspace(api), ticket_url=lambda number: f"https://desk.example/tickets/{number}")


def card(workspace: Workspace, **fields: Any) -> Outgoing:
    defaults: dict[str, Any] = {"key": "card:1", "recipient": workspace.triage, "ticket": example_ticket()}
    return Outgoing(delivery_id=1, kind=DeliveryKind.CARD, **(defaults | fields))


async def test_a_card_is_posted_and_updated_in_place(workspace: Workspace, courier: SlackCourier) -> None:
    first = await courier.deliver(card(workspace))
    second = await courier.deliver(card(workspace, external_id=first.external_id, ticket=example_ticket(title="New")))
    (shown,) = await workspace.messages(workspace.triage)
    assert first == second
    assert first.external_id == f"{workspace.triage}:{shown['ts']}"
    assert "New" in shown["text"]
    assert shown["blocks"]


async def test_a_delivery_is_known_again_by_its_key(workspace: Workspace, courier: SlackCourier) -> None:
    """PostHog#103607: after a crash Slack is asked before anything is posted again."""
    posted = await courier.deliver(card(workspace))
    await courier.deliver(card(workspace, key="card:2"))
    assert await courier.deliver(card(workspace, may_have_been_sent=True)) == posted
    assert len(await workspace.messages(workspace.triage)) == 2


async def test_a_reply_is_known_again_within_its_thread(workspace: Workspace, courier: SlackCourier) -> None:
    root = await courier.deliver(card(workspace))
    reply = Outgoing(
        delivery_id=2,
        key="reply:1",
        kind=DeliveryKind.REPLY,
        recipient=workspace.triage,
        thread_key=root.external_id,
        ticket=example_ticket(),
        reply=example_reply("Which one?"),
    )
    posted = await courier.deliver(reply)
    again = Outgoing(
        **{name: getattr(reply, name) for name in reply.__slots__ if name != "may_have_been_sent"},
        may_have_been_sent=True,
    )
    assert await courier.deliver(again) == posted
    messages = await workspace.messages(workspace.triage)
    assert [message.get("thread_ts") for message in messages] == [None, root.external_id.partition(":")[2]]


async def test_a_person_is_written_to_directly(workspace: Workspace, courier: SlackCourier) -> None:
    receipt = await courier.deliver(card(workspace, recipient=workspace.ada))
    channel = receipt.external_id.partition(":")[0]
    assert channel.startswith("D")
    assert len(await workspace.messages(channel)) == 1


async def test_an_unknown_channel_is_refused(workspace: Workspace, courier: SlackCourier) -> None:
    with pytest.raises(DeliveryRefusedError, match="channel_not_found"):
        await courier.deliver(card(workspace, recipient="CGONE"))


async def test_a_form_opens(workspace: Workspace, api: SlackWebApi) -> None:
    opened = await api.call("views.open", trigger_id=await workspace.trigger(), view=new_ticket_modal("the printer"))
    assert opened["view"]["callback_id"] == "new_ticket"
    assert opened["view"]["id"]


async def test_the_directory_knows_a_name_and_an_address(workspace: Workspace, api: SlackWebApi) -> None:
    directory = SlackDirectory(OneWorkspace(api), FakeClock())
    known = await directory.look_up(
        Sender(kind=IdentityKind.SLACK, external_id=f"{workspace.team_id}:{workspace.ada}", verified=True)
    )
    assert (known.name, known.email) == ("Ada", "ada@people.example")
    unknown = Sender(kind=IdentityKind.SLACK, external_id=f"{workspace.team_id}:U0NOBODY", name="x", verified=True)
    assert await directory.look_up(unknown) == unknown
