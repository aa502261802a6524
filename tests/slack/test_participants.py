"""A guest or an outside address in one ticket: they see and hear of that one alone, until they are let go."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.slack.blocks import ids
from core.audit.models import AuditRecord
from core.intake.values import Channel, InboundMessage
from core.people.values import Role
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk, button, text_of

GRACE, GUEST, STRANGER = requests.MODERATOR, "U0GUEST", "U0STRANGER"
DIRECT = "D0GUEST"
SECRET = "zebracode"


@pytest.fixture
async def filed(desk: SlackDesk) -> SlackDesk:
    """Two private tickets, a guest of the workspace and somebody from another one."""
    desk.slack.add_user(GUEST, "Gus", "gus@guests.example", is_restricted=True, is_ultra_restricted=True)
    desk.slack.add_user(STRANGER, "Stella", "stella@elsewhere.example", team_id="T0ELSEWHERE", is_stranger=True)
    await desk.file(f"printer {SECRET} jams")
    await desk.file(f"another {SECRET}")
    return desk


async def triage(desk: SlackDesk, words: str, user: str = GRACE) -> str:
    _, answer = await desk.send(requests.command("/triage", words, user=user))
    await desk.run_jobs()
    return text_of(answer)


async def came_by_mail(desk: SlackDesk) -> None:
    raw = b"From: Ada <ada@example.org>\r\nTo: support@localhost\r\nSubject: printer\r\n\r\njams"
    await desk.desk.intake.accept(
        InboundMessage(
            channel=Channel.EMAIL,
            external_id="1",
            raw=raw,
            received_at=desk.clock.now(),
            recipients=("support@localhost",),
        )
    )
    await desk.run_jobs()


def card_of(desk: SlackDesk, number: int) -> requests.Json:
    cards = [one for one in desk.slack.messages(requests.TRIAGE_CHANNEL) if "thread_ts" not in one]
    return next(card for card in cards if text_of(card).startswith(f"#{number} "))


async def seen_by(desk: SlackDesk, user: str, number: int) -> str:
    _, answer = await desk.send(requests.command("/ticket", str(number), user=user))
    return json.dumps(answer)


async def test_whoever_takes_part_can_leave_and_hears_no_more(filed: SlackDesk) -> None:
    await triage(filed, f"1 add <@{GUEST}>")
    (told,) = filed.slack.messages(DIRECT)
    assert "With Gus (guest)" in text_of(card_of(filed, 1))
    assert "/ticket 1 shows it and lets you leave" in text_of(told)
    await triage(filed, "1 reply Is it on?")
    _, view = await filed.send(requests.command("/ticket", "1", user=GUEST))
    block_id, value = button(view, ids.LEAVE)
    private = {"response_url": f"{filed.slack.url}/respond/1", "container": {"type": "message", "is_ephemeral": True}}
    left = requests.press(ids.LEAVE, block_id, value, user=GUEST) | private
    await filed.send(left)
    assert filed.slack.answers[-1]["replace_original"] is True
    assert "no more" in text_of(filed.slack.answers[-1])
    told_before = len(filed.slack.messages(DIRECT))
    await triage(filed, "1 reply And now?")
    assert len(filed.slack.messages(DIRECT)) == told_before
    await filed.run_jobs()
    assert "With" not in text_of(card_of(filed, 1))
    assert SECRET not in await seen_by(filed, GUEST, 1)
    await filed.send(left | {"trigger_id": "another"})
    assert "no ticket #1" in text_of(filed.slack.answers[-1])


async def test_neither_requester_nor_moderator_is_offered_to_leave(filed: SlackDesk) -> None:
    for user, may in ((requests.REQUESTER, ids.WITHDRAW), (GRACE, None)):
        shown = json.dumps((await filed.send(requests.command("/ticket", "1", user=user)))[1])
        assert ids.LEAVE not in shown
        assert may is None or may in shown
    forged = requests.press(ids.LEAVE, ids.ticket_block_id(1, 1, "part"), "1", user=requests.REQUESTER)
    await filed.send(forged | {"response_url": f"{filed.slack.url}/respond/1"})
    assert "You filed ticket #1" in text_of(filed.slack.answers[-1])


@pytest.mark.parametrize("user", [GUEST, STRANGER])
async def test_whoever_is_added_sees_that_ticket_alone_until_they_are_removed(filed: SlackDesk, user: str) -> None:
    assert SECRET not in await seen_by(filed, user, 1)
    await triage(filed, f"1 add <@{user}>")
    assert SECRET in await seen_by(filed, user, 1)
    assert SECRET not in await seen_by(filed, user, 2)
    opened = {"type": "app_home_opened", "user": user, "channel": "D" + user[1:], "tab": "home", "event_ts": "1.5"}
    await filed.send(requests.envelope(opened))
    _, listed = await filed.send(requests.command("/ticket", "mine", user=user))
    for shown in (text_of(filed.slack.views[f"home of {user}"]), text_of(listed)):
        assert f"You take part in\n<https://desk.example/tickets/1|#1 printer {SECRET} jams>" in shown
        assert "#2" not in shown
    direct = "D" + user[1:]
    assert any("brought you into ticket #1" in text_of(one) for one in filed.slack.messages(direct))
    assert "Only moderators" in await triage(filed, "1 note hello", user)
    assert "Only moderators" in await triage(filed, f"2 add <@{user}>", user)
    await triage(filed, f"1 remove <@{user}>")
    assert SECRET not in await seen_by(filed, user, 1)
    told = len(filed.slack.messages(direct))
    await triage(filed, "1 reply Is it on?")
    assert len(filed.slack.messages(direct)) == told


async def test_who_was_brought_into_a_public_ticket_of_a_channel_is_told_directly_once(desk: SlackDesk) -> None:
    """They may not read in the channel where its thread is."""
    desk.slack.add_user(GUEST, "Gus", "gus@guests.example", is_restricted=True)
    started = "1767225600.000100"
    await desk.send(requests.mention("printer jams", ts=started, event_ts=started))
    await desk.run_jobs()
    await triage(desk, "1 public on")
    await triage(desk, f"1 add <@{GUEST}>")
    await triage(desk, "1 reply Is it on?")
    await desk.send(requests.message("It is.", thread_ts=started, ts="1767225700.000100"))
    await desk.run_jobs()
    direct = [text_of(one) for one in desk.slack.messages("D" + GUEST[1:])]
    assert [sum(words in text for text in direct) for words in ("Is it on?", "It is.")] == [1, 1]
    in_channel = [text_of(one) for one in desk.slack.messages(requests.CHANNEL)]
    assert sum("Is it on?" in text for text in in_channel) == 1


async def test_who_is_known_in_slack_alone_gets_the_answers_of_a_ticket_from_elsewhere(desk: SlackDesk) -> None:
    desk.slack.add_user(GUEST, "Gus", "", is_restricted=True)
    await came_by_mail(desk)
    await triage(desk, f"1 add <@{GUEST}>")
    await triage(desk, "1 reply Is it on?")
    direct = [text_of(one) for one in desk.slack.messages("D" + GUEST[1:])]
    assert sum("Is it on?" in text for text in direct) == 1


async def test_an_outside_address_gets_the_answers_of_that_ticket(filed: SlackDesk, tmp_path: Path) -> None:
    await triage(filed, "1 add <mailto:vendor@printers.example|vendor@printers.example>")
    await triage(filed, "1 reply Is it on?")
    await triage(filed, "2 reply Not this one")
    outbox = [path.read_text() for path in sorted((tmp_path / "outbox").glob("*.eml"))]
    to_vendor = [mail for mail in outbox if "<vendor@printers.example>" in mail]
    assert len(to_vendor) == 1
    assert "Is it on?" in to_vendor[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (f"1 add <@{GRACE}>", "sees this one anyway"),
        (f"1 add <@{requests.REQUESTER}>", "already"),
        (f"1 remove <@{requests.REQUESTER}>", "filed ticket"),
        (f"1 remove <@{GUEST}>", "takes no part"),
        ("1 add", "Who is meant?"),
        ("1 add nobody-here", "Nobody here is known"),
        ("1 add support@localhost", "desk's own"),
    ],
)
async def test_what_cannot_be_is_said(filed: SlackDesk, words: str, told: str) -> None:
    assert told in await triage(filed, words)


async def test_both_are_audited(filed: SlackDesk) -> None:
    await triage(filed, f"1 add <@{GUEST}>")
    await triage(filed, f"1 remove <@{GUEST}>")
    async with filed.reading() as reading:
        actions = list(await reading.session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)))
    assert [action for action in actions if "participant" in action] == [
        "ticket.participant_added",
        "ticket.participant_removed",
    ]


async def test_a_guest_made_moderator_is_no_participant_any_more_than_others(filed: SlackDesk) -> None:
    await filed.make(GUEST, Role.MODERATOR)
    assert "sees this one anyway" in await triage(filed, f"1 add <@{GUEST}>")


@pytest.mark.parametrize("is_mailed", [False, True])
async def test_what_has_not_gone_out_yet_does_not_reach_somebody_who_was_removed(
    filed: SlackDesk, tmp_path: Path, *, is_mailed: bool
) -> None:
    who = "bob@partner.example" if is_mailed else f"<@{GUEST}>"
    await triage(filed, f"1 add {who}")
    await filed.send(requests.command("/triage", "1 reply okapi", user=GRACE))
    await triage(filed, f"1 remove {who}")
    mails = "".join(path.read_text() for path in (tmp_path / "outbox").glob("*.eml"))
    assert "okapi" not in mails + str(filed.slack.messages("D" + GUEST[1:]))
    assert "okapi" in str(filed.slack.messages("D0ADA"))
