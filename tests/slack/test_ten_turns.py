"""Ten turns among a requester and somebody in copy, who both use mail, and a moderator who never leaves Slack."""

import email
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path

import pytest

from bot.email.interpreter import split_mail
from bot.email.parse import parse
from core.intake.values import Channel, InboundMessage
from core.tickets.values import Status
from tests.fakes import slack_requests as requests
from tests.fakes.jwz import threads
from tests.slack.slack_desk import SlackDesk

SUPPORT = "support@localhost"
ADA, BOB = "ada.mail@people.example", "bob.mail@people.example"


def by_gmail(answered: EmailMessage, words: str) -> str:
    return f"On Mon, 2 Mar 2026 at 10:00, {answered['From']} wrote:\n\n" + "\n".join(f"> {line}" for line in words)


def by_outlook(answered: EmailMessage, words: str) -> str:
    head = f"From: {answered['From']}\nSent: Monday, 2 March 2026 10:00\nTo: somebody\nSubject: {answered['Subject']}\n"
    return f"-----Original Message-----\n{head}\n" + "\n".join(words)


@dataclass
class Correspondent:
    """Somebody with an ordinary mail program."""

    name: str
    address: str
    quotes: Callable[..., str]
    post: "Post"
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    mailbox: list[EmailMessage] = field(default_factory=list)

    async def write(self, subject: str, text: str, *, to: list[str], **headers: str) -> EmailMessage:
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = f"{self.name} <{self.address}>", ", ".join(to), subject
        mail["Message-ID"] = f"<{next(self.numbers)}.{self.name}@people.example>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        self.mailbox.append(mail)
        await self.post.carry(mail, [address for _, address in getaddresses([mail["To"]])])
        return mail

    async def answer(self, answered: EmailMessage, text: str, *, to_all: bool = False) -> EmailMessage:
        """As RFC 5322 section 3.6.4 says, with what is answered quoted below."""
        first = str(answered["Reply-To"] or answered["From"])
        others = [str(answered[name]) for name in ("To", "Cc") if to_all and answered[name]]
        to = {address for _, address in getaddresses([first, *others])} - {self.address}
        own_id = str(answered["Message-ID"])
        earlier = str(answered["References"] or answered["In-Reply-To"] or "")
        body = answered.get_body(("plain",))
        quoted = self.quotes(answered, str(body.get_content()).splitlines() if body else [])
        subject = str(answered["Subject"])
        return await self.write(
            subject if subject.lower().startswith("re:") else f"Re: {subject}",
            f"{text}\n\n{quoted}\n",
            to=sorted(to),
            In_Reply_To=own_id,
            References=f"{earlier} {own_id}".strip(),
        )

    def words(self) -> list[str]:
        """What each mail of theirs newly says, sent and received."""
        return [split_mail(parse(mail.as_bytes())).reply_text for mail in self.mailbox]

    def last(self, containing: str) -> EmailMessage:
        return next(mail for mail in reversed(self.mailbox) if containing in str(mail.get_body(("plain",))))


@dataclass
class Post:
    """Carries mail between the desk and its correspondents, each to its envelope."""

    desk: SlackDesk
    folder: Path
    people: dict[str, Correspondent] = field(default_factory=dict)
    _delivered: set[Path] = field(default_factory=set)

    async def carry(self, mail: EmailMessage, recipients: list[str]) -> None:
        for recipient in recipients:
            if recipient in self.people:
                self.people[recipient].mailbox.append(mail)
        if any(recipient not in self.people for recipient in recipients):
            raw = mail.as_bytes()
            await self.desk.desk.intake.accept(
                InboundMessage(
                    channel=Channel.EMAIL,
                    external_id=hashlib.sha256(raw).hexdigest(),
                    raw=raw,
                    received_at=self.desk.desk.clock.now(),
                    recipients=(SUPPORT,),
                )
            )
        await self.settle()

    async def settle(self) -> None:
        """Everything that the desk has to say reaches its mailbox."""
        await self.desk.run_jobs()
        for path in sorted((self.folder / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
            if path not in self._delivered:
                self._delivered.add(path)
                mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
                assert isinstance(mail, EmailMessage)
                self.people[mail["To"].addresses[0].addr_spec].mailbox.append(mail)

    async def from_slack(self, words: str) -> None:
        await self.desk.send(requests.command("/triage", words, user=requests.MODERATOR))
        await self.settle()


@pytest.mark.parametrize(("quotes_of_ada", "quotes_of_bob"), [(by_gmail, by_outlook), (by_outlook, by_gmail)])
async def test_ten_turns_stay_one_ticket_and_reach_everybody_once(
    desk: SlackDesk, tmp_path: Path, quotes_of_ada: Callable[..., str], quotes_of_bob: Callable[..., str]
) -> None:
    post = Post(desk, tmp_path)
    ada = Correspondent("Ada", ADA, quotes_of_ada, post)
    bob = Correspondent("Bob", BOB, quotes_of_bob, post)
    post.people = {ADA: ada, BOB: bob}

    first = await ada.write("The printer jams", "Turn one: it jams.", to=[SUPPORT, BOB])
    await post.from_slack("1 reply Turn two: which printer is it?")
    await ada.answer(ada.last("Turn two"), "Turn three: the blue one.")
    await bob.answer(bob.last("Turn three"), "Turn four: and the red one.")
    await post.from_slack("1 reply Turn five: please open both.")
    await bob.answer(first, "Turn six: the red one is open.", to_all=True)
    await post.from_slack("1 reply Turn seven: is there paper in it?")
    await ada.answer(ada.last("Turn six"), "Turn eight: there was.", to_all=True)
    await post.from_slack("1 resolve Turn nine: paper removed.")
    await ada.answer(ada.last("Turn nine"), "Thank you!")

    (ticket,) = await desk.tickets()
    assert ticket.status is Status.COMPLETED
    assert [row.rule for row in await desk.ledger() if row.channel is Channel.EMAIL] == [
        "new-conversation",
        *["in-reply-to"] * 4,
        "in-reply-to+thanks-only",
    ]
    turns = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    for person in (ada, bob):
        told = Counter(turn for words in person.words() for turn in turns if f"Turn {turn}:" in words)
        assert told == dict.fromkeys(turns, 1), person.name
        assert sum("Thank you!" in words for words in person.words()) == 1
        (thread,) = threads(person.mailbox)
        assert len(thread.messages()) == len(person.mailbox)
        assert thread.message is first
    in_slack = "\n".join(desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"]))
    for turn in ("two", "three", "four", "five", "six", "seven", "eight"):
        assert in_slack.count(f"Turn {turn}:") == 1, turn
    assert in_slack.count("Thank you!") == 1
