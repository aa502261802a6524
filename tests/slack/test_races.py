"""Two moderators at one ticket at the same moment, by menus, buttons, forms and commands.

The first is held inside its transaction until the second is on its way: the second is told, and nothing is lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.slack import changes
from bot.slack.blocks import ids
from bot.slack.overtaking import JUST_NOW
from core.people.values import Role
from core.tickets.models import Ticket
from core.tickets.values import Status
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk, advance, button, text_of

GRACE, LINUS = requests.MODERATOR, "U0LINUS"
Json = requests.Json
Way = Callable[[SlackDesk, str], Awaitable[Json]]
"""What a moderator sends, having seen the ticket as it was filed."""


@pytest.fixture
async def both(desk: SlackDesk) -> SlackDesk:
    """Grace and Linus work tickets; there is one."""
    desk.slack.add_user(LINUS, "Linus", "linus@people.example")
    await desk.make(LINUS, Role.MODERATOR)
    await desk.file("Printer jams")
    return desk


def menu(action_id: str, value: str) -> Way:
    async def choose(desk: SlackDesk, user: str) -> Json:
        return requests.choose(action_id, button(desk.card(), action_id)[0], value, user=user)

    return choose


def person(chosen: str) -> Way:
    async def choose(desk: SlackDesk, user: str) -> Json:
        return requests.choose_person(ids.ASSIGN, button(desk.card(), ids.ASSIGN)[0], chosen, user=user)

    return choose


def pressed(action_id: str) -> Way:
    async def press(desk: SlackDesk, user: str) -> Json:
        return requests.press(action_id, *button(desk.card(), action_id), user=user)

    return press


def command(words: str) -> Way:
    async def write(_desk: SlackDesk, user: str) -> Json:
        return requests.command("/triage", words, user=user)

    return write


def form(action_id: str, **entered: str) -> Way:
    async def fill_in(desk: SlackDesk, user: str) -> Json:
        if action_id == ids.SNOOZE:
            opening = requests.choose(ids.MORE, button(desk.card(), ids.MORE)[0], action_id, user=user)
        else:
            opening = requests.press(action_id, *button(desk.card(), action_id), user=user)
        return requests.submission(await desk.opened(opening), entered, user=user)

    return fill_in


async def race(desk: SlackDesk, monkeypatch: pytest.MonkeyPatch, first: Json, second: Json) -> str:
    """Send the second while the first stands inside its transaction; what Linus, who sent the second, is told."""
    inside, on_its_way = asyncio.Event(), asyncio.Event()
    carry_out, change_ticket_of = changes._carry_out, changes._rule_of

    async def held(uow: Any, ticket: Ticket, change: Any, around: Any) -> None:
        if not inside.is_set():
            inside.set()
            await on_its_way.wait()
        await carry_out(uow, ticket, change, around)

    def begun(change: Any) -> str:
        if inside.is_set():
            on_its_way.set()
        return change_ticket_of(change)

    monkeypatch.setattr(changes, "_carry_out", held)
    monkeypatch.setattr(changes, "_rule_of", begun)
    url = {"response_url": f"{desk.slack.url}/respond/1"}
    async with asyncio.timeout(20):
        one = asyncio.create_task(desk.send(first | url))
        await inside.wait()
        two = asyncio.create_task(desk.send(second | url))
        (status, _), (_, answer) = await one, await two
    assert status == 200
    await desk.run_jobs()
    return "\n".join([text_of(one) for one in desk.slack.answers] + [str(answer)])


STATUSES = (menu(ids.STATUS, "waiting"), command("1 status waiting"))
OTHER_STATUSES = (menu(ids.STATUS, "in_progress"), command("1 status in_progress"))


@pytest.mark.parametrize("first", STATUSES, ids=("menu", "command"))
@pytest.mark.parametrize("second", OTHER_STATUSES, ids=("menu", "command"))
async def test_the_second_who_sets_the_status_is_told(
    both: SlackDesk, monkeypatch: pytest.MonkeyPatch, first: Way, second: Way
) -> None:
    told = await race(both, monkeypatch, await first(both, GRACE), await second(both, LINUS))
    assert "Grace has set the status of ticket #1 to waiting" in told
    assert (await both.tickets())[0].status is Status.WAITING


ASSIGNMENTS = (person(GRACE), pressed(ids.TAKE), command("1 take"), command(f"1 assign <@{GRACE}>"))


@pytest.mark.parametrize("first", ASSIGNMENTS, ids=("menu", "button", "take", "assign"))
@pytest.mark.parametrize(
    "second",
    [person(LINUS), pressed(ids.TAKE), command("1 take"), command(f"1 assign <@{LINUS}>")],
    ids=("menu", "button", "take", "assign"),
)
async def test_the_second_who_assigns_is_told(
    both: SlackDesk, monkeypatch: pytest.MonkeyPatch, first: Way, second: Way
) -> None:
    told = await race(both, monkeypatch, await first(both, GRACE), await second(both, LINUS))
    assert "Grace has" in told
    (ticket,) = await both.tickets()
    assert ticket.assigned_to is not None
    assert ticket.assigned_to.display_name == "Grace"


@pytest.mark.parametrize(
    "first", [form(ids.RESOLVE, resolution="Oiled"), command("1 resolve Oiled")], ids=("form", "command")
)
@pytest.mark.parametrize(
    "second", [form(ids.RESOLVE, resolution="Replaced"), command("1 resolve Replaced")], ids=("form", "command")
)
async def test_the_second_who_resolves_is_told(
    both: SlackDesk, monkeypatch: pytest.MonkeyPatch, first: Way, second: Way
) -> None:
    told = await race(both, monkeypatch, await first(both, GRACE), await second(both, LINUS))
    assert "Grace has resolved ticket #1" in told
    assert (await both.tickets())[0].resolution == "Oiled"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (menu(ids.PRIORITY, "high"), command("1 category question")),
        (command("1 priority high"), menu(ids.CATEGORY, "Question")),
    ],
    ids=("menu first", "command first"),
)
async def test_what_does_not_touch_the_other_is_all_kept(
    both: SlackDesk, monkeypatch: pytest.MonkeyPatch, first: Way, second: Way
) -> None:
    await race(both, monkeypatch, await first(both, GRACE), await second(both, LINUS))
    (ticket,) = await both.tickets()
    assert (ticket.priority.value, ticket.category and ticket.category.value) == ("high", "Question")


async def test_answers_by_command_are_both_kept(both: SlackDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = command("1 reply Which one?"), command("1 reply Is it on?")
    await race(both, monkeypatch, await first(both, GRACE), await second(both, LINUS))
    assert [reply.text for reply in await both.replies()] == ["Which one?", "Is it on?"]


async def test_a_command_written_again_later_counts(both: SlackDesk) -> None:
    await both.send(requests.command("/triage", "1 resolve Oiled", user=GRACE))
    await both.send(requests.command("/triage", "1 resolve Replaced", user=LINUS))
    assert (await both.tickets())[0].resolution == "Oiled"
    advance(both, seconds=JUST_NOW.total_seconds() + 1)
    await both.send(requests.command("/triage", "1 resolve Replaced", user=LINUS))
    assert (await both.tickets())[0].resolution == "Replaced"
