"""More of a ticket's life against the emulator: a guest, somebody by mail, public and private, how it was solved."""

import email
import email.policy
import email.utils
from pathlib import Path

import pytest

from bot.slack.blocks import ids
from bot.slack.blocks.satisfaction import rate_id
from core.intake.values import Channel, InboundMessage
from core.tickets.values import Status
from tests.fakes import slack_requests as requests
from tests.slack.emulator_story import Json, Story
from tests.slack.slack_desk import button, text_of

pytestmark = pytest.mark.emulator

ZOE = "zoe@outside.example"


def mails_to_zoe(outbox: Path) -> list[str]:
    """What she was mailed, with the subject, oldest first."""
    paths = sorted(outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]
    bodies = [(mail, mail.get_body(("plain",))) for mail in mails if ZOE in str(mail["To"])]
    return [f"{mail['Reply-To']}\n{mail['Subject']}\n{body.get_content() if body else ''}" for mail, body in bodies]


async def answers_by_mail(story: Story, outbox: Path, text: str) -> None:
    """Zoe answers the last mail that she got."""
    reply_to = mails_to_zoe(outbox)[-1].partition("\n")[0]
    raw = (
        f"From: Zoe <{ZOE}>\r\nTo: {reply_to}\r\nSubject: Re: exports\r\nMessage-ID: <{len(text)}@z>\r\n\r\n{text}\r\n"
    )
    mail = InboundMessage(
        channel=Channel.EMAIL,
        external_id=text,
        raw=raw.encode(),
        received_at=story.desk.clock.now(),
        recipients=(email.utils.parseaddr(reply_to)[1],),
    )
    await story.desk.desk.intake.accept(mail)
    await story.desk.run_jobs()


async def shown(story: Story, name: str, words: str = "1") -> str:
    return text_of(await story.does(name, requests.command("/ticket", words)))


async def presses(story: Story, name: str, message: Json, action_id: str) -> None:
    block_id, value = button(message, action_id)
    await story.does(name, requests.press(action_id, block_id, value))


async def newest(story: Story, name: str, words: str) -> Json:
    """The newest message to somebody that says this."""
    return next(one for one in reversed(await story.direct_messages(name)) if words in text_of(one))


@pytest.fixture
async def filed(story: Story) -> Story:
    """Ada's ticket, which Bea may not see yet."""
    await story.does("ada", requests.command("/ticket", "Exports are empty"))
    await story.sends_form("ada", {"title": "Exports are empty", "description": "All of them since Monday"})
    assert "no ticket #1" in await shown(story, "bea")
    return story


async def brings_in(story: Story) -> None:
    """Bea, and Zoe who has nothing but a mail address."""
    bea = story.emulator.users["bea"]
    for who in (f"<@{bea}>", ZOE):
        await story.does("grace", requests.command("/triage", f"1 add {who}"))


async def test_a_guest_and_somebody_by_mail_are_in_it_and_no_third_person(filed: Story, tmp_path: Path) -> None:
    story, outbox = filed, tmp_path / "outbox"
    await brings_in(story)
    assert "Exports are empty" in await shown(story, "bea")
    listed = await shown(story, "bea", "mine")
    assert listed.index("You take part in") < listed.index("#1 Exports are empty")

    await story.does("grace", requests.command("/triage", "1 note is it the index"))
    await story.does("grace", requests.command("/triage", "1 reply Which export is it?"))
    for name in ("ada", "bea"):
        assert await story.heard(name) == {"Which export is it?"}
    assert "Which export is it?" in mails_to_zoe(outbox)[-1]
    await answers_by_mail(story, outbox, "It is empty again here")
    for name in ("ada", "bea"):
        assert "It is empty again" in await story.heard(name)
    assert "It is empty again" in "\n".join(await story.in_card_thread())

    await presses(story, "ada", await newest(story, "ada", "Answer in this thread"), ids.OWN_PUBLIC)
    assert "All of them since Monday" in await shown(story, "carl")
    assert "Which export" not in await shown(story, "carl")
    await presses(story, "ada", await newest(story, "ada", "Answer in this thread"), ids.OWN_PRIVATE)
    assert "no ticket #1" in await shown(story, "carl")
    assert "Exports are empty" in await shown(story, "bea")


async def test_whoever_filed_it_is_asked_once_how_it_was_solved(filed: Story, tmp_path: Path) -> None:
    story, outbox = filed, tmp_path / "outbox"
    await brings_in(story)
    await story.does("grace", requests.command("/triage", "1 note is it the index"))
    await story.does("grace", requests.command("/triage", "1 resolve The index is ready earlier"))
    for name in ("ada", "bea"):
        assert "The index is ready earlier" in await story.heard(name)
    assert "The index is ready earlier" in mails_to_zoe(outbox)[-1]
    assert rate_id(4) not in str(await newest(story, "bea", "is resolved"))
    await presses(story, "ada", await newest(story, "ada", "is resolved"), rate_id(4))
    await story.sends_form("ada", {"score": "4", "comment": "took a while"})
    assert "Satisfaction 4 of 5: took a while" in text_of(await story.card_of(1))
    assert "You gave 4 of 5" in text_of(await newest(story, "ada", "is resolved"))

    await story.does("bea", requests.press(ids.LEAVE, ids.ticket_block_id(1, 1, "part"), "1"))
    await answers_by_mail(story, outbox, "And once more")
    (ticket,) = await story.desk.tickets()
    assert ticket.status is Status.PENDING
    await story.does("grace", requests.command("/triage", "1 resolve Now for good"))
    assert "Now for good" in "\n".join(await story.told("ada"))
    assert "Now for good" not in "\n".join(await story.told("bea"))
    assert rate_id(4) not in str(await newest(story, "ada", "Now for good"))  # she has said so already
    assert "is it the index" not in "\n".join(
        [*await story.told("ada"), *await story.told("bea"), *mails_to_zoe(outbox)]
    )
