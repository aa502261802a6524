"""A file that its answer could not wait for follows it, once; and whoever sent it is told where it never can."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from core.conversations.files_to_send import PATIENCE
from core.errors import TryAgainLaterError
from core.files.actions import release_file
from core.people.models import User
from core.people.values import Role, system_actor
from core.tickets.actions import NewReply, add_reply
from core.tickets.attaching import StoredAttachment
from core.tickets.models import Attachment
from core.tickets.queries import lock_ticket
from core.tickets.values import Scan
from tests.builders import claimed
from tests.email.mail_desk import MailDesk, mail_desk, mail_settings

ADA = "ada@people.example"
MAIL = b"From: Ada <ada@people.example>\nTo: support@desk.example\nSubject: It jams\nMessage-ID: <1@x>\n\nHelp.\n"
CLEAN, INFECTED, AWAY = 0, 1, 2


@dataclass
class Scanning:
    """A desk with a virus scanner that answers as told."""

    mail: MailDesk
    answer: Path

    def says(self, status: int) -> None:
        self.answer.write_text(str(status))

    async def answered(self, *names: str) -> None:
        """A moderator answers by web, with files."""
        await self.mail.receive(MAIL)
        grace = await self.mail.person("grace", Role.MODERATOR)
        files = [
            StoredAttachment(
                filename=name,
                content_type="text/plain",
                size=len(name),
                sha256=await self.mail.desk.blobs.write(name.encode()),
            )
            for name in names
        ]
        async with self.mail.desk.unit_of_work(self.mail.actor(grace)) as uow:
            author = await uow.session.get_one(type(grace), grace.id)
            new = NewReply(text="See the file.", channel="web", attachments=files)
            await add_reply(uow, await lock_ticket(uow, 1), new, author=author)
            await uow.commit()
        self.mail.mailboxes.sent.clear()

    async def scan(self) -> None:
        await self.mail.run_jobs(["files.scan"])

    async def wait_in_vain(self) -> None:
        """The scanner does not answer for as long as a mail waits."""
        self.says(AWAY)
        with pytest.raises(TryAgainLaterError):
            await self.scan()
        with pytest.raises(TryAgainLaterError, match="on their way"):
            await self.mail.run_jobs()
        self.mail.clock.advance(seconds=PATIENCE.total_seconds() + 1)
        await self.mail.run_jobs()

    async def give_up(self) -> None:
        for job in await self.mail.waiting(["files.scan"]):
            given_up = self.mail.desk.runs["files.scan"].on_dead
            assert given_up is not None
            await given_up(claimed(job), "clamd does not answer")

    async def release(self) -> None:
        async with self.mail.desk.reading(system_actor(1)) as reading:
            grace = (await reading.session.scalars(select(User).where(User.username == "grace"))).one()
        async with self.mail.desk.unit_of_work(self.mail.actor(grace)) as uow:
            await release_file(uow, await lock_ticket(uow, 1), await uow.session.get_one(Attachment, 1))
            await uow.commit()

    async def scans(self) -> list[Scan]:
        async with self.mail.desk.reading(self.mail.actor(await self.mail.person("reader"))) as reading:
            return list(await reading.session.scalars(select(Attachment.scan).order_by(Attachment.id)))


@pytest.fixture
async def scanning(database_url: str, tmp_path: Path) -> AsyncIterator[Scanning]:
    answer, scanner = tmp_path / "answer", tmp_path / "scanner"
    scanner.write_text(f"#!/bin/sh\ncat >/dev/null\nexit $(cat {answer})\n")
    scanner.chmod(0o700)
    settings = mail_settings(database_url, tmp_path, virus_scanner=os.fspath(scanner))
    async with mail_desk(settings) as mail:
        built = Scanning(mail, answer)
        built.says(CLEAN)
        yield built


def names(message: EmailMessage) -> list[str | None]:
    return [part.get_filename() for part in message.iter_attachments()]


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_an_answer_waits_for_its_file_and_takes_it_along(scanning: Scanning) -> None:
    await scanning.answered("manual.pdf")
    await scanning.scan()
    await scanning.mail.run_jobs()
    (mail,) = scanning.mail.mailboxes.to(ADA)
    assert names(mail) == ["manual.pdf"]
    assert "Still being checked" not in text(mail)


async def test_a_file_that_could_not_be_waited_for_is_announced_and_follows_once(scanning: Scanning) -> None:
    await scanning.answered("manual.pdf")
    await scanning.wait_in_vain()
    (answer,) = scanning.mail.mailboxes.to(ADA)
    assert names(answer) == []
    assert "Still being checked, and sent to you as soon as that is done: manual.pdf" in text(answer)

    scanning.says(CLEAN)
    await scanning.scan()
    await scanning.scan()
    await scanning.mail.run_jobs()
    _, late = scanning.mail.mailboxes.to(ADA)
    assert names(late) == ["manual.pdf"]
    assert late["In-Reply-To"] == answer["Message-ID"]
    assert "was still being checked when we answered you: manual.pdf" in text(late)


async def test_only_the_late_one_of_two_files_follows(scanning: Scanning) -> None:
    await scanning.answered("first.txt", "second.txt")
    first, _ = await scanning.mail.waiting(["files.scan"])
    await scanning.mail.desk.runs["files.scan"].run(claimed(first))
    scanning.mail.clock.advance(seconds=PATIENCE.total_seconds() + 1)
    await scanning.mail.run_jobs()
    await scanning.scan()
    await scanning.mail.run_jobs()
    assert [names(mail) for mail in scanning.mail.mailboxes.to(ADA)] == [["first.txt"], ["second.txt"]]


async def test_a_late_file_with_a_virus_never_goes_and_its_sender_is_told(scanning: Scanning) -> None:
    await scanning.answered("manual.pdf")
    await scanning.wait_in_vain()
    scanning.says(INFECTED)
    await scanning.scan()
    await scanning.mail.run_jobs()
    assert [names(mail) for mail in scanning.mail.mailboxes.to(ADA)] == [[]]
    (told,) = scanning.mail.mailboxes.to("grace@people.example")
    assert "“manual.pdf” is held back, nobody gets it" in text(told)
    assert "What it belongs to has gone out without it." in text(told)


async def test_a_file_that_nobody_could_check_is_told_of_and_can_be_checked_again(scanning: Scanning) -> None:
    await scanning.answered("manual.pdf")
    await scanning.wait_in_vain()
    await scanning.give_up()
    await scanning.mail.run_jobs()
    assert await scanning.scans() == [Scan.UNSCANNED]
    (told,) = scanning.mail.mailboxes.to("grace@people.example")
    assert "The virus scanner did not answer" in text(told)
    assert "Check again" in text(told)

    await scanning.release()
    await scanning.mail.run_jobs()
    assert [names(mail) for mail in scanning.mail.mailboxes.to(ADA)] == [[], ["manual.pdf"]]
