"""A private ticket's words reach nobody outside it: every kind of viewer, of ticket and of surface in Slack."""

import json
from collections.abc import Awaitable, Callable

import pytest

from bot.slack.blocks import ids
from core.people.queries import find_user
from core.people.values import Role, system_actor
from core.tickets.queries import lock_ticket
from core.tickets.values import Status
from core.tickets.working import delete_ticket
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk, text_of

SECRET = "zebracode"
ADA, BEA, MALLORY, GUEST, GRACE = requests.REQUESTER, "U0BEA", "U0MALLORY", "U0GUEST", requests.MODERATOR
OUTSIDERS = (MALLORY, GUEST)


async def by_mention(desk: SlackDesk) -> str:
    """In a channel, where Bea joins in."""
    mention = requests.mention(f"printer {SECRET} jams")
    await desk.send(mention)
    await desk.run_jobs()
    await desk.send(requests.message(f"mine too {SECRET}", user=BEA, thread_ts=mention["event"]["ts"]))
    await desk.run_jobs()
    return str(mention["event"]["ts"])


async def by_direct_message(desk: SlackDesk) -> str:
    message = requests.direct_message(f"printer {SECRET} jams")
    await desk.send(message)
    await desk.run_jobs()
    return str(message["event"]["ts"])


async def by_form(desk: SlackDesk) -> str:
    await desk.file(f"printer {SECRET} jams")
    (confirmed,) = desk.slack.messages("D0ADA")
    return str(confirmed["ts"])


async def worked(desk: SlackDesk) -> None:
    await triage(desk, f"1 reply Is {SECRET} printed on it?")
    await triage(desk, f"1 note {SECRET} is for us")
    await triage(desk, "1 status waiting")


async def resolved(desk: SlackDesk) -> None:
    await worked(desk)
    await triage(desk, f"1 resolve Oiled the {SECRET}")


async def made_private_again(desk: SlackDesk) -> None:
    await triage(desk, "1 public on")
    await triage(desk, "1 public off")
    await resolved(desk)


async def put_aside(desk: SlackDesk) -> None:
    await worked(desk)
    await triage(desk, "1 snooze tomorrow")


async def deleted(desk: SlackDesk) -> None:
    await resolved(desk)
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        await delete_ticket(uow, await lock_ticket(uow, 1))
        await uow.commit()
    await desk.run_jobs()


async def triage(desk: SlackDesk, words: str) -> None:
    await desk.send(requests.command("/triage", words, user=GRACE))
    await desk.run_jobs()


async def read_by(desk: SlackDesk, user: str) -> str:
    """All that somebody who works no tickets can make Slack show them: channels, answers, forms, cards of their own."""
    for name, words in (
        ("/ticket", "1"),
        ("/ticket", "mine"),
        ("/ticket", "similar printer jams"),
        ("/triage", ""),
        ("/triage", "1"),
        ("/triage", f"1 reply {user} was here"),
        ("/triage", "1 take"),
        ("/triage", "breaching"),
        ("/triage", "snoozed"),
        ("/triage", "1 accept"),
        ("/triage", "1 snooze later"),
        ("/triage", "1 merge 1"),
    ):
        _, answer = await desk.send(requests.command(name, words, user=user))
        desk.slack.channels[f"answers to {user}"].append(answer)
    for action_id in (ids.RESOLVE, ids.EDIT, ids.WITHDRAW, ids.OWN_PUBLIC, ids.SOLVED, ids.NOT_HELPFUL):
        forged = requests.press(action_id, ids.ticket_block_id(1, 1, "work"), "1", user=user)
        forged["response_url"] = f"{desk.slack.url}/respond/1"
        await desk.send(forged)
    await choose_on_a_forged_card(desk, user)
    _, view = await desk.send(requests.command("/ticket", "printer jams", user=user))
    words = {"title": "printer jams", "description": "The printer jams with every sheet"}
    await desk.send(requests.typed(desk.form(), "description", words, user=user))
    await desk.send(requests.pressed_in_form(desk.form(), ids.FORM_SOLVED, "1", words, user=user))
    await desk.send(requests.direct_message("printer jams", user=user, channel="D" + user[1:]))
    await desk.run_jobs()
    seen = [requests.CHANNEL, "D" + user[1:], f"answers to {user}"]
    views = desk.slack.calls_of("views.open")
    views += desk.slack.calls_of("views.update")
    return json.dumps([desk.slack.messages(channel) for channel in seen] + [view, views, desk.slack.answers])


async def choose_on_a_forged_card(desk: SlackDesk, user: str) -> None:
    """What a card's menus, buttons and forms would do, and the Home tab."""
    block_id = ids.ticket_block_id(1, 1, "sort:low::pending:")
    forged = [requests.press(action_id, block_id, "1", user=user) for action_id in (ids.ACCEPT, ids.CORRECT, ids.REPLY)]
    forged += [
        requests.choose(ids.MORE, block_id, choice, user=user)
        for choice in (ids.NOTE, ids.SNOOZE, ids.WAKE, ids.MERGE, ids.PUBLISH, ids.MAKE_PRIVATE)
    ]
    forged += [
        requests.choose_person(ids.ASSIGN, block_id, user, user=user),
        requests.choose(ids.STATUS, block_id, "waiting", user=user),
    ]
    for payload in forged:
        await desk.send(payload | {"response_url": f"{desk.slack.url}/respond/1"})
    form = {"type": "modal", "callback_id": ids.MERGE_MODAL, "private_metadata": ids.form_metadata(2), "blocks": []}
    sent = requests.submission(form, {}, user=user)
    sent["view"]["state"]["values"] = {ids.NUMBER_INPUT: {ids.NUMBER_INPUT: {"type": "plain_text_input", "value": "1"}}}
    _, answer = await desk.send(sent)
    desk.slack.channels[f"answers to {user}"].append(answer)
    opened = {"type": "app_home_opened", "user": user, "channel": "D" + user[1:], "tab": "home", "event_ts": "1.5"}
    await desk.send(requests.envelope(opened))
    desk.slack.channels[f"answers to {user}"].append(desk.slack.views[f"home of {user}"])


@pytest.mark.parametrize("filed", [by_mention, by_direct_message, by_form])
@pytest.mark.parametrize("state", [worked, put_aside, resolved, made_private_again, deleted])
async def test_outsiders_read_no_word_of_a_private_ticket(
    desk: SlackDesk, filed: Callable[[SlackDesk], Awaitable[str]], state: Callable[[SlackDesk], Awaitable[None]]
) -> None:
    await filed(desk)
    await state(desk)
    for user in OUTSIDERS:
        assert SECRET not in await read_by(desk, user), user
    (*_, ticket) = await desk.tickets()
    assert ticket.number > 1  # the outsiders' own messages were filed: they really looked for similar ones
    first = (await desk.tickets())[0]
    assert first.assigned_to is None


@pytest.mark.parametrize("filed", [by_mention, by_direct_message, by_form])
async def test_whoever_is_in_the_ticket_reads_its_answers_once(
    desk: SlackDesk, filed: Callable[[SlackDesk], Awaitable[str]]
) -> None:
    ts = await filed(desk)
    await resolved(desk)
    inside = {"D0ADA", "D0BEA"} if filed is by_mention else {"D0ADA"}
    for channel in inside:
        told = [text_of(message) for message in desk.slack.messages(channel)]
        assert sum("printed on it?" in text for text in told) == 1, channel
        assert sum("is resolved." in text and "Oiled the" in text for text in told) == 1, channel
        assert not any("is for us" in text for text in told)
    if filed is by_mention:
        thread = "\n".join(desk.thread(requests.CHANNEL, ts))
        assert "an answer to ticket #1" in thread
        assert "#1 is now completed" in thread


async def test_somebody_deactivated_is_told_nothing_more(desk: SlackDesk) -> None:
    await by_mention(desk)
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        bea = await find_user(uow, f"{desk.team_id}:{BEA}")
        bea.is_active = False
        uow.audit.record("user.deactivated", bea, after={"is_active": False})
        await uow.commit()
    await triage(desk, "1 reply Which printer?")
    assert desk.slack.messages("D0BEA") == []
    assert len(desk.slack.messages("D0ADA")) == 1


async def test_an_answer_to_what_was_told_directly_joins_its_ticket(desk: SlackDesk) -> None:
    await by_mention(desk)
    await triage(desk, "1 reply Which printer?")
    (told,) = desk.slack.messages("D0BEA")
    answer = requests.direct_message("the blue one", user=BEA, channel="D0BEA", thread_ts=told["ts"])
    await desk.send(answer)
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1
    assert (await desk.replies())[-1].text == "the blue one"


async def test_a_public_ticket_is_answered_where_it_was_filed(desk: SlackDesk) -> None:
    ts = await by_mention(desk)
    await triage(desk, "1 public on")
    await resolved(desk)
    thread = "\n".join(desk.thread(requests.CHANNEL, ts))
    assert "printed on it?" in thread
    assert "Oiled the" in thread
    assert "is for us" not in thread
    assert desk.slack.messages("D0BEA") == []
    shown = await read_by(desk, MALLORY)
    assert f"Oiled the {SECRET}" in shown
    assert "is for us" not in shown.replace("/triage", "")


async def test_moderators_read_everything_in_their_channel(desk: SlackDesk) -> None:
    await by_mention(desk)
    await resolved(desk)
    in_triage = json.dumps(desk.slack.messages(requests.TRIAGE_CHANNEL))
    for words in ("jams", "mine too", "printed on it?", "is for us", "Oiled the"):
        assert words in in_triage
    assert (await desk.tickets())[0].status is Status.COMPLETED


async def test_somebody_made_moderator_sees_it_and_somebody_unmade_no_longer(desk: SlackDesk) -> None:
    await by_form(desk)
    await desk.make(MALLORY, Role.MODERATOR)
    _, answer = await desk.send(requests.command("/triage", "1", user=MALLORY))
    assert SECRET in text_of(answer)
    await desk.make(MALLORY, Role.USER)
    assert SECRET not in await read_by(desk, MALLORY)
