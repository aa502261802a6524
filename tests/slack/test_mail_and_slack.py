"""One conversation over two channels: the requester writes mail, the moderator works in Slack."""

import hashlib
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from core.intake.values import Channel, InboundMessage
from core.tickets.values import Visibility
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk

SUPPORT = "support@localhost"
ADA = "ada.mail@people.example"


async def mail_in(desk: SlackDesk, mail: EmailMessage) -> None:
    raw = mail.as_bytes()
    await desk.desk.intake.accept(
        InboundMessage(
            channel=Channel.EMAIL,
            external_id=hashlib.sha256(raw).hexdigest(),
            raw=raw,
            received_at=desk.desk.clock.now(),
            recipients=(SUPPORT,),
        )
    )
    await desk.run_jobs()


def written(subject: str, text: str, **headers: str) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"Ada <{ADA}>", SUPPORT, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def mails_sent(folder: Path) -> list[EmailMessage]:
    files = sorted((folder / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]


async def test_a_mail_is_answered_from_slack_and_answered_back(desk: SlackDesk, tmp_path: Path) -> None:
    await mail_in(desk, written("Printer jams", "On the third floor", Message_ID="<first@people.example>"))
    (ticket,) = await desk.tickets()
    card = desk.card()
    assert "Printer jams" in card["text"]

    await desk.send(requests.command("/triage", f"{ticket.number} reply Which printer is it?", user=requests.MODERATOR))
    await desk.run_jobs()
    answer = mails_sent(tmp_path)[-1]
    assert answer["To"].addresses[0].addr_spec == ADA
    assert "first@people.example" in f"{answer['In-Reply-To']} {answer['References']}"
    body = answer.get_body(("plain",))
    assert body is not None
    assert "Which printer is it?" in body.get_content()

    reply = written("Re: Printer jams", "The blue one", Message_ID="<second@people.example>")
    reply["In-Reply-To"] = str(answer["Message-ID"])
    await mail_in(desk, reply)
    assert len(await desk.tickets()) == 1
    thread = desk.thread(requests.TRIAGE_CHANNEL, card["ts"])
    assert any("The blue one" in text for text in thread)

    note = requests.message("check the blue one", user=requests.MODERATOR, channel=requests.TRIAGE_CHANNEL)
    note["event"]["thread_ts"] = card["ts"]
    before = len(mails_sent(tmp_path))
    await desk.send(note)
    await desk.run_jobs()
    assert (await desk.replies())[-1].visibility is Visibility.INTERNAL
    assert len(mails_sent(tmp_path)) == before


async def test_a_slack_user_with_the_same_address_is_the_same_person(desk: SlackDesk) -> None:
    desk.slack.add_user(requests.REQUESTER, "Ada", ADA)
    await mail_in(desk, written("Printer jams", "On the third floor", Message_ID="<first@people.example>"))
    await desk.file("Screen flickers")
    first, second = await desk.tickets()
    assert first.created_by_id == second.created_by_id
