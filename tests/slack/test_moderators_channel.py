"""The channel that moderators choose with `/triage here`: who may read there, and what is said there stays there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.conversations.notices import Notice, tell_alone
from core.files.telling import tell_infected
from core.people.values import system_actor
from core.tickets.models import Attachment
from core.tickets.queries import lock_ticket
from core.tickets.values import Visibility
from tests.fakes import slack_requests as requests
from tests.fakes.slack import FakeSlack
from tests.slack.slack_desk import text_of
from tests.slack.workspaces_desk import (
    WorkspacesDesk,
    file_by_mention,
    installed_settings,
    sent_in,
    workspaces_desk,
)

ALPHA, INSTALLER = "T0ALPHA", "U0INSTALLER"


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path, slack: FakeSlack) -> AsyncIterator[WorkspacesDesk]:
    async with workspaces_desk(installed_settings(sqlite_url, tmp_path, slack.url), slack) as built:
        await built.install(ALPHA)
        yield built


async def test_the_moderators_channel_is_chosen_in_slack(desk: WorkspacesDesk) -> None:
    desk.slack.conversations["C0OPEN"] = {"id": "C0OPEN", "is_private": False, "is_member": True}
    desk.slack.conversations["C0MODS"] = {"id": "C0MODS", "is_private": True, "is_member": True}

    async def here(user: str, channel: str) -> str:
        _, answer = await desk.send(requests.command("/triage", "here", team_id=ALPHA, user=user, channel_id=channel))
        return str(answer["text"])

    assert "Only moderators" in await here(requests.REQUESTER, "C0MODS")
    assert "Private tickets would be read" in await here(INSTALLER, "C0OPEN")
    for mark in ("is_ext_shared", "is_org_shared", "is_pending_ext_shared"):
        desk.slack.conversations["C0OUT"] = {"id": "C0OUT", "is_private": True, "is_member": True, mark: True}
        assert "people of other workspaces" in await here(INSTALLER, "C0OUT")
    assert "not in this channel" in await here(INSTALLER, "C0NOWHERE")
    assert "from now on" in await here(INSTALLER, "C0MODS")
    await file_by_mention(desk, ALPHA)
    (card,) = desk.slack.messages("C0MODS")
    assert "printer jams" in text_of(card)


async def test_what_is_said_below_a_notice_to_the_moderators_stays_among_them(desk: WorkspacesDesk) -> None:
    desk.slack.conversations["C0MODS"] = {"id": "C0MODS", "is_private": True, "is_member": True}
    await desk.send(requests.command("/triage", "here", team_id=ALPHA, user=INSTALLER, channel_id="C0MODS"))
    await file_by_mention(desk, ALPHA)
    (ticket,) = await desk.tickets()
    async with desk.desk.unit_of_work(system_actor(ticket.organization_id)) as uow:
        tell_alone(uow, Notice(text="A file is held back.", conversation="C0MODS", ticket_id=ticket.id), key="notice")
        await uow.commit()
    await desk.run_jobs()
    notice = next(one for one in desk.slack.messages("C0MODS") if "held back" in text_of(one))
    below = requests.message("They send such files often.", user=INSTALLER, channel="C0MODS", thread_ts=notice["ts"])
    await desk.send(below | sent_in(ALPHA))
    await desk.run_jobs()
    (note,) = await desk.replies()
    assert note.visibility is Visibility.INTERNAL
    assert not any("often" in text_of(one) for one in desk.slack.messages(requests.CHANNEL))


async def tell_of_virus(desk: WorkspacesDesk) -> None:
    async with desk.desk.unit_of_work(system_actor(2)) as uow:
        held = Attachment(id=7, filename="bill.exe", found="Eicar")
        await tell_infected(uow, await lock_ticket(uow, 1), held)
        await uow.commit()


async def test_below_a_notice_in_the_chosen_channel_moderators_are_among_themselves(desk: WorkspacesDesk) -> None:
    await file_by_mention(desk, ALPHA)
    desk.slack.conversations["C0MODS"] = {"id": "C0MODS", "is_private": True, "is_member": True}
    await desk.send(requests.command("/triage", "here", team_id=ALPHA, user=INSTALLER, channel_id="C0MODS"))
    await tell_of_virus(desk)
    await desk.run_jobs()
    (notice,) = desk.slack.messages("C0MODS")
    assert "bill.exe" in notice["text"]
    said = requests.message("careful with this one", user=INSTALLER, channel="C0MODS", thread_ts=notice["ts"])
    assert (await desk.send(said | sent_in(ALPHA)))[0] == 200
    await desk.run_jobs()
    (reply,) = await desk.replies()
    assert reply.visibility is Visibility.INTERNAL
    assert "careful" not in str(desk.slack.messages(requests.CHANNEL))


async def test_a_notice_stands_below_a_card_that_was_still_on_its_way(desk: WorkspacesDesk) -> None:
    desk.slack.conversations["C0MODS"] = {"id": "C0MODS", "is_private": True, "is_member": True}
    await desk.send(requests.command("/triage", "here", team_id=ALPHA, user=INSTALLER, channel_id="C0MODS"))
    await desk.send(requests.mention("printer jams") | sent_in(ALPHA))
    (reading,) = await desk.waiting()
    await desk.run_job(reading)
    await tell_of_virus(desk)
    await desk.run_jobs()
    card, notice = desk.slack.messages("C0MODS")
    assert notice["thread_ts"] == card["ts"]


async def choose(desk: WorkspacesDesk, channel: str) -> None:
    desk.slack.conversations.setdefault(channel, {"id": channel, "is_private": True, "is_member": True})
    await desk.send(requests.command("/triage", "here", team_id=ALPHA, user=INSTALLER, channel_id=channel))
    await desk.run_jobs()


async def sharing(desk: WorkspacesDesk, channel: str, *, ends: bool = False) -> None:
    desk.slack.conversations[channel] |= {"is_ext_shared": not ends}
    event = {"type": "channel_unshared" if ends else "channel_shared", "channel": channel}
    await desk.send(requests.envelope(event) | sent_in(ALPHA))
    await desk.run_jobs()


async def triage(desk: WorkspacesDesk, text: str) -> None:
    await desk.send(requests.command("/triage", text, team_id=ALPHA, user=INSTALLER))
    await desk.run_jobs()


async def test_what_waits_for_a_shared_channel_goes_to_the_next_one(desk: WorkspacesDesk) -> None:
    """What belongs below a card in the old one too, with a card of its own there."""
    await choose(desk, "C0MODS")
    await file_by_mention(desk, ALPHA)
    await sharing(desk, "C0MODS")
    before = list(desk.slack.messages("C0MODS"))
    await file_by_mention(desk, ALPHA)
    for number in (1, 2):
        await triage(desk, f"{number} note okapi {number}")
    assert desk.slack.messages("C0NEXT") == []
    await choose(desk, "C0NEXT")
    assert desk.slack.messages("C0MODS") == before
    posted = desk.slack.messages("C0NEXT")
    cards = {card["ts"]: text_of(card) for card in posted if "thread_ts" not in card}
    notes = [(cards[note["thread_ts"]], text_of(note)) for note in posted if "thread_ts" in note]
    for number in (1, 2):
        ((card, _),) = [pair for pair in notes if f"okapi {number}" in pair[1]]
        assert f"#{number}" in card
    assert len(cards) == len(notes) == 2


async def test_what_is_said_later_of_a_card_in_a_left_channel_comes_at_once(desk: WorkspacesDesk) -> None:
    await choose(desk, "C0MODS")
    await file_by_mention(desk, ALPHA)
    await sharing(desk, "C0MODS")
    await choose(desk, "C0NEXT")
    before = list(desk.slack.messages("C0MODS"))
    assert desk.slack.messages("C0NEXT") == []
    await triage(desk, "1 note okapi")
    await triage(desk, "1 priority high")
    card, note = desk.slack.messages("C0NEXT")
    assert "high" in text_of(card)
    assert "okapi" in text_of(note)
    assert note["thread_ts"] == card["ts"]
    assert desk.slack.messages("C0MODS") == before


async def test_a_channel_that_moderators_have_left_is_no_fault_of_the_desk(desk: WorkspacesDesk) -> None:
    async def slack_is_well() -> bool:
        (state,) = [state for state in await desk.desk.readiness() if state.part == "slack"]
        return state.ok

    await choose(desk, "C0MODS")
    await sharing(desk, "C0MODS")
    assert not await slack_is_well()
    await choose(desk, "C0NEXT")
    assert await slack_is_well()


async def test_what_is_for_a_thread_in_a_left_channel_waits_until_it_is_their_own(desk: WorkspacesDesk) -> None:
    await choose(desk, "C0MODS")
    await desk.send(requests.mention("printer jams", channel="C0MODS") | sent_in(ALPHA))
    await desk.run_jobs()
    await triage(desk, "1 public on")
    await sharing(desk, "C0MODS")
    await triage(desk, "1 reply quagga")
    await choose(desk, "C0NEXT")
    before = list(desk.slack.messages("C0MODS"))
    assert not any("quagga" in text_of(message) for message in before)
    await sharing(desk, "C0MODS", ends=True)
    assert any("quagga" in text_of(message) for message in desk.slack.messages("C0MODS"))


async def test_a_chosen_channel_is_followed_when_sharing_it_changes_its_id(desk: WorkspacesDesk) -> None:
    desk.slack.conversations["C0MODS"] = {"id": "C0MODS", "is_private": True, "is_member": True}
    await desk.send(requests.command("/triage", "here", team_id=ALPHA, user=INSTALLER, channel_id="C0MODS"))
    await file_by_mention(desk, ALPHA)
    own = desk.slack.conversations.pop("C0MODS") | {"id": "C0NEW"}
    desk.slack.channels["C0NEW"] = desk.slack.channels.pop("C0MODS")
    desk.slack.conversations["C0NEW"] = own | {"is_pending_ext_shared": True}
    changed = {"type": "channel_id_changed", "old_channel_id": "C0MODS", "new_channel_id": "C0NEW"}
    await desk.send(requests.envelope(changed) | sent_in(ALPHA))
    await desk.run_jobs()
    before = len(desk.slack.messages("C0NEW"))
    await desk.send(requests.command("/triage", "1 note okapi", team_id=ALPHA, user=INSTALLER))
    await desk.run_jobs()
    assert len(desk.slack.messages("C0NEW")) == before
    desk.slack.conversations["C0NEW"] = own
    over = {
        "type": "channel_unshared",
        "channel": "C0NEW",
        "previously_connected_team_id": "T0",
        "is_ext_shared": False,
    }
    await desk.send(requests.envelope(over) | sent_in(ALPHA))
    await desk.run_jobs()
    card, *_, note = desk.slack.messages("C0NEW")
    assert "okapi" in text_of(note)
    assert note["thread_ts"] == card["ts"]
