"""Requester by mail, moderator in Slack: each hears the other, once."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from core.conversations.threads import card_thread
from core.conversations.values import DeliveryKind, Outgoing
from core.errors import TryAgainLaterError
from core.people.identities import find_or_create_person
from core.people.models import User
from core.people.values import IdentityKind, Role, Sender
from core.tickets.actions import NewReply, NewTicket, add_internal_note, add_reply, submit_ticket
from core.tickets.models import Reply, Ticket
from core.tickets.queries import list_replies, lock_ticket
from core.tickets.values import Status, Visibility
from core.tickets.working import assign_ticket, resolve_ticket, set_fields
from tests.builders import CoreDesk, claimed

ANNA = "anna@people.example"
MAIL = {"from": ANNA, "name": "Anna", "title": "VPN drops", "text": "Every hour.", "id": "a1@x"}
CARDS = "C0CARDS"
SAYS = frozenset({DeliveryKind.REPLY, DeliveryKind.INTERNAL_NOTE, DeliveryKind.RESOLUTION, DeliveryKind.STATUS})


async def a_desk_with_slack(desk: CoreDesk) -> tuple[User, str]:
    """A ticket by mail with its card in Slack, and the moderator who works it. Returns her and the card's thread."""
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await desk.mail_in(**MAIL)
    grace = await desk.person("grace", Role.MODERATOR)
    await desk.run_jobs("conversations.deliver")
    async with desk.unit_of_work() as uow:
        thread = await card_thread(uow, await lock_ticket(uow, 1))
    assert thread == f"{CARDS}:1.0"
    return grace, thread


async def reply(desk: CoreDesk, author: User, text: str, *, origin_thread: str = "", internal: bool = False) -> Reply:
    channel = "slack" if origin_thread else "web"
    new = NewReply(text=text, channel=channel, origin_thread=origin_thread)
    async with desk.unit_of_work(desk.actor(author)) as uow:
        ticket = await lock_ticket(uow, 1)
        writer = await uow.session.get_one(User, author.id)
        written = await (add_internal_note if internal else add_reply)(uow, ticket, new, author=writer)
        await uow.commit()
    await desk.run_jobs("conversations.deliver", "conversations.refresh")
    return written


def said(messages: list[Outgoing]) -> list[tuple[str, str]]:
    """(recipient, text) of everything somebody said, in order."""
    return [(m.recipient, m.reply.text if m.reply else m.text) for m in messages if m.kind in SAYS]


async def answer_by_mail(desk: CoreDesk, to: Outgoing, text: str, number: int) -> None:
    said_by_mail = {"title": "Re: VPN drops", "text": text, "id": f"answer{number}@x", "references": [to.message_id]}
    row = await desk.mail_in(**{**MAIL, **said_by_mail})
    assert row.outcome == "replied", row.rule
    await desk.run_jobs("conversations.deliver", "conversations.refresh")


async def test_a_moderators_reply_from_the_web_reaches_the_requester_and_the_cards_thread_once(desk: CoreDesk) -> None:
    grace, thread = await a_desk_with_slack(desk)
    await reply(desk, grace, "Which router is it?")
    (mail,) = [m for m in desk.mail.sent if m.kind is DeliveryKind.REPLY]
    assert (mail.recipient, mail.reply and mail.reply.author.name) == (ANNA, "Grace")
    assert mail.in_reply_to != ""
    assert mail.references[0] == "a1@x"
    (post,) = [m for m in desk.slack.sent if m.kind is DeliveryKind.REPLY]
    assert (post.recipient, post.thread_key) == (CARDS, thread)
    assert (await desk.ticket(1)).status is Status.IN_PROGRESS


async def test_a_reply_written_in_the_cards_thread_is_not_repeated_there(desk: CoreDesk) -> None:
    grace, thread = await a_desk_with_slack(desk)
    await reply(desk, grace, "Which router is it?", origin_thread=thread)
    assert said(desk.mail.sent) == [(ANNA, "Which router is it?")]
    assert said(desk.slack.sent) == []


async def test_the_requesters_answer_by_mail_goes_into_the_cards_thread_and_not_back_to_them(desk: CoreDesk) -> None:
    grace, thread = await a_desk_with_slack(desk)
    await reply(desk, grace, "Which router is it?", origin_thread=thread)
    await answer_by_mail(desk, desk.mail.sent[-1], "The black one.", 1)
    assert said(desk.mail.sent) == [(ANNA, "Which router is it?")]
    assert said(desk.slack.sent) == [(CARDS, "The black one.")]
    assert [m.thread_key for m in desk.slack.of_kind(DeliveryKind.REPLY)] == [thread]


async def test_an_internal_note_goes_into_the_cards_thread_and_nowhere_else(desk: CoreDesk) -> None:
    """chatwoot#15605: what was meant for colleagues reached the customer."""
    grace, thread = await a_desk_with_slack(desk)
    await reply(desk, grace, "Probably the cable again.", internal=True)
    await reply(desk, grace, "Typed under the card.", internal=True, origin_thread=thread)
    assert said(desk.slack.sent) == [(CARDS, "Probably the cable again.")]
    assert said(desk.mail.sent) == []
    anna = (await desk.ticket(1)).created_by
    for person, count in ((anna, 0), (grace, 2)):
        async with desk.reading(desk.actor(person)) as reading:
            assert len(await list_replies(reading, await desk.ticket(1))) == count


async def test_a_conversation_of_ten_turns_stays_one_ticket_with_each_turn_told_once(desk: CoreDesk) -> None:
    grace, thread = await a_desk_with_slack(desk)
    for turn in range(5):
        await reply(desk, grace, f"question {turn}", origin_thread=thread)
        await answer_by_mail(desk, desk.mail.sent[-1], f"answer {turn}", turn)
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(func.count(Ticket.id))) == 1
        texts = list(await reading.session.scalars(select(Reply.text).order_by(Reply.id)))
    assert texts == [f"{what} {turn}" for turn in range(5) for what in ("question", "answer")]
    assert Counter(said(desk.mail.sent)) == {(ANNA, f"question {turn}"): 1 for turn in range(5)}
    assert Counter(said(desk.slack.sent)) == {(CARDS, f"answer {turn}"): 1 for turn in range(5)}
    last = desk.mail.sent[-1]
    assert last.in_reply_to == "answer3@x"
    assert last.references[0] == "a1@x"
    assert len(last.references) == len(set(last.references)) == 10
    assert len({m.message_id for m in desk.mail.sent}) == len(desk.mail.sent)


async def test_a_long_conversation_names_its_first_message_and_the_latest(desk: CoreDesk) -> None:
    """RFC 5322 section 3.6.4 lets References be shortened; the root has to stay."""
    grace, thread = await a_desk_with_slack(desk)
    for turn in range(13):
        await reply(desk, grace, f"question {turn}", origin_thread=thread)
        await answer_by_mail(desk, desk.mail.sent[-1], f"answer {turn}", turn)
    last = desk.mail.sent[-1]
    assert (len(last.references), last.references[0], last.references[-1]) == (20, "a1@x", "answer11@x")


async def test_everybody_in_the_ticket_hears_a_reply_except_who_wrote_it(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL, cc=["ben@people.example", "cleo@people.example"])
    said_by_ben = {"from": "ben@people.example", "title": "Re: VPN drops", "text": "Me too.", "id": "b1@x"}
    await desk.mail_in(**said_by_ben, references=["a1@x"])
    await desk.run_jobs("conversations.deliver")
    assert sorted(said(desk.mail.sent)) == [(ANNA, "Me too."), ("cleo@people.example", "Me too.")]


async def test_a_reply_waits_until_the_card_is_there_to_answer_under(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await desk.mail_in(**MAIL)
    grace = await desk.person("grace", Role.MODERATOR)
    desk.slack.failures = [TryAgainLaterError("Slack is away.")]
    with pytest.raises(TryAgainLaterError):
        await desk.run_jobs("conversations.deliver")
    async with desk.unit_of_work(desk.actor(grace)) as uow:
        written = await add_reply(
            uow, await lock_ticket(uow, 1), NewReply(text="Which router?", channel="web"), author=grace
        )
        await uow.commit()
    (copy,) = [job for job in await desk.jobs() if job.key == f"deliver:reply:{written.id}:card"]
    with pytest.raises(TryAgainLaterError, match="not been posted") as early:
        await desk.deliveries.deliver(claimed(copy))
    assert early.value.retry_after == 1.0
    await desk.run_jobs("conversations.deliver")
    posts = [m for m in desk.slack.sent if m.kind is DeliveryKind.REPLY]
    assert [(m.recipient, m.thread_key, m.may_have_been_sent) for m in posts] == [(CARDS, f"{CARDS}:1.0", False)]


async def test_a_resolution_is_told_to_the_requester_and_to_others_but_not_to_who_resolved(desk: CoreDesk) -> None:
    grace, _thread = await a_desk_with_slack(desk)
    async with desk.unit_of_work(desk.actor(grace)) as uow:
        await resolve_ticket(uow, await lock_ticket(uow, 1), resolution="Plug it in.", helpful_notes="again")
        await uow.commit()
    await desk.run_jobs("conversations.deliver", "conversations.refresh")
    (told,) = [m for m in desk.mail.sent if m.kind is DeliveryKind.RESOLUTION]
    assert told.recipient == ANNA
    assert told.ticket is not None
    assert (told.ticket.resolution, told.ticket.status) == ("Plug it in.", Status.COMPLETED)
    assert (await desk.ticket(1)).revision == 2


async def test_a_requester_in_slack_is_answered_in_their_own_thread(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    grace = await desk.person("grace", Role.MODERATOR)
    sender = Sender(kind=IdentityKind.SLACK, external_id="T1:U7", name="Ben", verified=True, email="ben@people.example")
    async with desk.unit_of_work() as uow:
        ben = await find_or_create_person(uow, sender)
        words = {"title": "Printer", "description": "Jams.", "thread_key": "C0HELP:55.0"}
        await submit_ticket(uow, NewTicket(**words, channel="slack", is_public=True), requester=ben)
        await uow.commit()
    await desk.run_jobs("conversations.deliver")
    confirmation = desk.slack.of_kind(DeliveryKind.CONFIRMATION)
    assert [(m.recipient, m.thread_key) for m in confirmation] == [("C0HELP", "C0HELP:55.0")]
    assert desk.mail.sent == []
    await reply(desk, grace, "Which tray?")
    to_ben = [m for m in desk.slack.sent if m.kind is DeliveryKind.REPLY and m.recipient != CARDS]
    assert [(m.recipient, m.thread_key) for m in to_ben] == [("U7", "C0HELP:55.0")]
    await reply(desk, ben, "The lower one.", origin_thread="C0HELP:55.0")
    assert Counter(m.recipient for m in desk.slack.sent if m.reply and m.reply.text == "The lower one.") == {CARDS: 1}
    async with desk.unit_of_work(desk.actor(grace)) as uow:
        await set_fields(uow, await lock_ticket(uow, 1), status=Status.WAITING)
        await uow.commit()
    await desk.run_jobs("conversations.deliver", "conversations.refresh")
    (line,) = desk.slack.of_kind(DeliveryKind.STATUS)
    assert (line.recipient, line.thread_key) == ("U7", "C0HELP:55.0")
    assert desk.mail.sent == []


async def test_taking_a_ticket_is_no_news_by_mail(desk: CoreDesk) -> None:
    grace, _thread = await a_desk_with_slack(desk)
    before = len(desk.mail.sent)
    async with desk.unit_of_work(desk.actor(grace)) as uow:
        await assign_ticket(uow, await lock_ticket(uow, 1), assignee=grace)
        await uow.commit()
    await desk.run_jobs("conversations.deliver", "conversations.refresh")
    assert len(desk.mail.sent) == before
    shown = desk.slack.of_kind(DeliveryKind.CARD)[-1].ticket
    assert shown is not None
    assert shown.assigned_to is not None
    assert shown.assigned_to.name == "Grace"


async def test_a_reply_keeps_who_may_read_it(desk: CoreDesk) -> None:
    grace, _thread = await a_desk_with_slack(desk)
    public = await reply(desk, grace, "Hello")
    note = await reply(desk, grace, "Hm", internal=True)
    assert (public.visibility, note.visibility) == (Visibility.PUBLIC, Visibility.INTERNAL)
