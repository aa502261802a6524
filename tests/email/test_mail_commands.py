"""`tickmate mail`: the same intake as SMTP, from files and pipes."""

import json
import mailbox
import sqlite3
import sys
from contextlib import closing
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from bot.email import screening, threading
from config.cli import main
from core.db.engine import Database
from core.intake.reasons import reason

LATIN = (
    b"From: a@x.example\r\nTo: support@localhost\r\nSubject: caf\xe9\r\nMessage-ID: <l1@x>\r\n\r\n"
    b"r\xe9sum\xe9 C:\\new\r\n"
)


def eml(number: int, *, subject: str = "Printer", body: str = "It jams.") -> bytes:
    return (
        f"From: Anna <anna@people.example>\r\nTo: support@localhost\r\nSubject: {subject} {number}\r\n"
        f"Message-ID: <{number}@people.example>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\n{body}\r\n"
    ).encode()


@pytest.fixture(autouse=True)
def _own_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


def tickmate(*arguments: str, stdin: bytes = b"") -> int:
    """Run the command line in this process; its exit code."""
    before, sys.stdin = sys.stdin, TextIOWrapper(BytesIO(stdin))
    try:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
    finally:
        sys.stdin = before
    return int(ended.value.code or 0)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_mail_from_a_pipe_becomes_a_ticket(capsys: pytest.CaptureFixture[str]) -> None:
    assert tickmate("mail", "ingest", "--json", stdin=eml(1)) == 0
    (told,) = lines(capsys)
    assert (told["outcome"], told["ticket"], told["rule"]) == ("ticketed", 1, "new-conversation")


def test_ingesting_twice_adds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """zammad#78, django-helpdesk, roundup: a mailbox that is read twice doubles every mail."""
    box = mailbox.Maildir(tmp_path / "box")
    for number in range(5):
        box.add(eml(number))
    assert tickmate("mail", "ingest", "--json", str(tmp_path / "box")) == 0
    assert [told["outcome"] for told in lines(capsys)] == ["ticketed"] * 5
    assert tickmate("mail", "ingest", "--json", str(tmp_path / "box")) == 0
    again = lines(capsys)
    assert [told["outcome"] for told in again] == ["duplicate"] * 5
    assert sorted(told["ticket"] for told in again) == [1, 2, 3, 4, 5]


def test_every_mail_of_an_mbox_is_its_own_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """frappe/helpdesk#2532, zammad#2754: one bad mail kills the batch."""
    box = mailbox.mbox(tmp_path / "mails.mbox")
    box.add(eml(1))
    box.add(b"\xff\xfe\x00 no mail at all")
    box.add(eml(2))
    box.close()
    assert tickmate("mail", "ingest", "--json", str(tmp_path / "mails.mbox")) == 0
    assert [told["outcome"] for told in lines(capsys)] == ["ticketed", "quarantined", "ticketed"]


def test_a_raw_latin_1_mail_is_a_ticket_with_its_backslash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """roundup: one raw Latin-1 mail stops the queue, a backslash before `n` is lost."""
    (tmp_path / "latin.eml").write_bytes(LATIN)
    assert tickmate("mail", "parse", "--json", str(tmp_path / "latin.eml")) == 0
    (seen,) = lines(capsys)
    assert seen["subject"] == "café"
    assert seen["text"].strip() == "résumé C:\\new"


def test_a_wrong_recipient_is_a_usage_error_and_stores_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert tickmate("mail", "ingest", "--recipient", "nobody@else.example", stdin=eml(1)) == 2
    assert "nobody@else.example" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"Delivered-To: help@second.example", ["Second"]),
        (b"X-Original-To: help@second.example", ["Second"]),
        (b"Envelope-To: <help+1@second.example>", ["Second"]),
        (b"To: Ann <ann@people.example>, help@second.example", ["Second"]),
        (b"Cc: HELP@Second.Example", ["Second"]),
        (b"To: support@localhost, help@second.example", ["Support", "Second"]),
        (b"Delivered-To: support@localhost\r\nTo: help@second.example", ["Support"]),
        (b"Delivered-To: box@elsewhere.example\r\nTo: ann@people.example", ["Support"]),
        (b"Subject: a blind copy", ["Support"]),
    ],
)
def test_without_a_recipient_the_header_fields_tell_whose_mail_it_is(
    head: bytes, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """zulip#38977: bracketed Envelope-To. Whom no field names belongs to the support address."""
    assert tickmate("organizations", "create", "Second") == 0
    assert tickmate("organizations", "add-address", "Second", "@second.example") == 0
    raw = head + b"\r\nFrom: anna@people.example\r\nMessage-ID: <1@people.example>\r\n\r\nIt jams.\r\n"
    capsys.readouterr()
    assert tickmate("mail", "ingest", "--json", stdin=raw) == 0
    assert [(told["outcome"], told["ticket"]) for told in lines(capsys)] == [("ticketed", 1)] * len(expected)
    assert _organizations_of_tickets() == expected


def _organizations_of_tickets() -> list[str]:
    with closing(sqlite3.connect("data/tickmate.db")) as database:
        rows = database.execute(
            "SELECT organizations.name FROM tickets JOIN organizations ON organizations.id = organization_id "
            "ORDER BY organization_id"
        )
        return [name for (name,) in rows]


def test_a_busy_database_keeps_the_mail_at_the_sender(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """osTicket#5050: an over-limit answered as permanent makes the sender's server bounce."""
    assert tickmate("db", "upgrade") == 0
    monkeypatch.setattr("core.db.engine.BUSY_TIMEOUT_MS", 50)
    lock = sqlite3.connect("data/tickmate.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        assert tickmate("mail", "ingest", stdin=eml(1)) == 75
    finally:
        lock.close()
    assert "try again" in capsys.readouterr().err.lower()


def test_a_mail_that_was_kept_for_later_comes_in_at_the_next_try(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """osTicket#5050: what is wrong on this side (75) never returns a mail to its sender."""
    monkeypatch.setenv("SMTP_PORT", "none")
    assert tickmate("mail", "ingest", stdin=eml(1)) == 75
    assert "SMTP_PORT" in capsys.readouterr().err
    monkeypatch.delenv("SMTP_PORT")
    with monkeypatch.context() as broken:
        broken.setattr("core.intake.ledger.Ledger.accept", _defect)
        assert tickmate("mail", "ingest", stdin=eml(1)) == 75
    assert "RuntimeError" in capsys.readouterr().err
    assert tickmate("mail", "ingest", "--json", stdin=eml(1)) == 0
    assert lines(capsys)[0]["outcome"] == "ticketed"


async def _defect(*_arguments: object) -> None:
    raise RuntimeError("a defect of ours")


def test_a_mail_that_is_too_large_goes_back_to_its_sender(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """zammad#1970, osTicket#5050: it will be no smaller at the next try."""
    monkeypatch.setenv("SMTP_MAX_SIZE", "2048")
    assert tickmate("mail", "ingest", "--json", stdin=eml(1, body="x" * 3000)) == 1
    (told,) = lines(capsys)
    assert (told["outcome"], told["rule"]) == ("refused", "too-large")


@pytest.mark.parametrize("above", [b"From anna@people.example Mon Mar  2 09:00:00 2026\n", b">From MAILER-DAEMON\r\n"])
def test_the_line_that_an_mta_writes_above_a_mail_is_no_part_of_it(
    above: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exim, procmail and Postfix's flag F; lines of the mail that begin alike do not split it."""
    mail = eml(1, body="It said:\n\nFrom bob@people.example Mon Mar  2 09:00:00 2026\nSubject: no mail\n\nEnd.")
    assert tickmate("mail", "ingest", "--json", stdin=above + mail) == 0
    assert tickmate("mail", "ingest", "--json", stdin=mail) == 0
    told = lines(capsys)
    assert [(one["outcome"], one["rule"]) for one in told] == [
        ("ticketed", "new-conversation"),
        ("duplicate", "same-bytes"),
    ]


def test_a_file_that_is_not_there_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert tickmate("mail", "ingest", "missing.eml") == 2
    assert "missing.eml" in capsys.readouterr().err


def explained(raw: bytes, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, str]:
    """What is told of each rule, by its name; the last line under `end`. An arrow marks what counts."""
    Path("explained.eml").write_bytes(raw)
    capsys.readouterr()
    assert tickmate("mail", "explain", "explained.eml", *options) == 0
    told = capsys.readouterr().out.splitlines()
    rules = {line[3:].split()[0]: f"{line[1]} {line[31:]}".strip() for line in told if line.startswith(" ")}
    return rules | {"end": next(line for line in told if line.startswith(("It ", "Taken already, it ")))}


def answer(number: int, **fields: str) -> bytes:
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return head.encode() + eml(number)


def test_explain_names_every_rule_tried(capsys: pytest.CaptureFixture[str]) -> None:
    told = explained(answer(1, Auto_Submitted="auto-replied"), capsys)
    assert told["auto-submitted"] == f"→ ignore  {reason('auto-submitted')}"
    assert (told["out-of-office"], told["in-reply-to"]) == ("-", "-")
    assert {rule.name for rule in screening.RULES} | set(threading.RULES) < told.keys()
    assert "default-accept" not in told
    assert told["end"] == "It is ignored (auto-submitted)"


def test_explain_tells_which_ticket_wins_and_stores_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert tickmate("mail", "ingest", stdin=eml(1)) == 0
    reply = answer(2, In_Reply_To="<nobody@knows>", References="<1@people.example>").replace(b"Printer 2", b"Printer 1")

    told = explained(reply, capsys)

    assert told["default-accept"] == "→ accept"
    assert told["in-reply-to"] == "nobody@knows: leads to no ticket here"
    assert told["references"] == "→ 1@people.example: ticket #1 (pending)"
    assert told["end"] == "It joins ticket #1 (references)"
    assert tickmate("mail", "ingest", "--json", stdin=reply) == 0
    assert (one := lines(capsys)[0])["outcome"] == "replied", one
    assert explained(reply, capsys)["end"] == "Taken already, it joins ticket #1 (references)"


@pytest.mark.parametrize(
    ("mail", "guard"),
    [
        (answer(2, References="<1@people.example>"), "subject-changed, its subject is another one"),
        (
            answer(1, References="<1@people.example>").replace(b"anna@", b"eve@").replace(b"ID: <1@", b"ID: <3@"),
            "sender-not-participant, the sender takes no part in that ticket",
        ),
    ],
    ids=["another subject", "a stranger"],
)
def test_explain_names_the_guard_that_keeps_a_mail_out_of_a_ticket(
    mail: bytes, guard: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """FAILURES.md: a stranger's answer must not land in somebody else's ticket."""
    assert tickmate("mail", "ingest", stdin=eml(1)) == 0
    told = explained(mail, capsys)
    assert told["references"] == f"1@people.example: ticket #1 (pending), kept out: {guard}"
    assert told["end"] == f"It opens ticket #2 ({guard.partition(',')[0]})"


def test_explain_of_a_strangers_mail_leaves_them_a_stranger(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAIL_UNKNOWN_SENDERS", "quarantine")
    told = explained(answer(1, References="<0@people.example>"), capsys)
    assert told["references"] == "0@people.example: leads to no ticket here"
    assert told["end"] == "It goes to quarantine (unknown-sender)"


def test_explain_judges_for_the_organization_that_gets_the_mail(capsys: pytest.CaptureFixture[str]) -> None:
    assert tickmate("mail", "ingest", stdin=eml(1)) == 0
    assert tickmate("organizations", "create", "Second") == 0
    assert tickmate("organizations", "add-address", "Second", "@second.example") == 0
    told = explained(answer(2, References="<1@people.example>"), capsys, "--recipient", "help@second.example")
    assert told["references"] == "1@people.example: leads to no ticket here"
    assert told["end"] == "It opens ticket #1 (new-conversation)"


def test_a_backup_brings_back_tickets_and_attachments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tickmate("mail", "ingest", stdin=eml(1)) == 0
    (tmp_path / "data" / "blobs" / "ab").mkdir(parents=True)
    (tmp_path / "data" / "blobs" / "ab" / "abc").write_bytes(b"file")
    assert tickmate("db", "backup", "desk.tar.gz") == 0
    assert tickmate("mail", "ingest", stdin=eml(2)) == 0
    assert tickmate("db", "restore", "desk.tar.gz") == 1
    assert tickmate("db", "restore", "--force", "desk.tar.gz") == 0
    assert tickmate("db", "check") == 0
    capsys.readouterr()
    assert tickmate("mail", "ingest", "--json", stdin=eml(2)) == 0
    assert lines(capsys)[0]["ticket"] == 2
    assert (tmp_path / "data" / "blobs" / "ab" / "abc").read_bytes() == b"file"


def test_what_is_no_backup_replaces_nothing(tmp_path: Path) -> None:
    assert tickmate("mail", "ingest", stdin=eml(1)) == 0
    (tmp_path / "no.tar.gz").write_bytes(b"nonsense")
    assert tickmate("db", "restore", "--force", "no.tar.gz") == 2
    assert Database(f"sqlite:///{tmp_path}/data/tickmate.db").path
    assert tickmate("db", "check") == 0


def test_a_quarantined_mail_is_listed_released_and_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    held = eml(1).replace(b"Anna <anna@people.example>", b"support@localhost")
    assert tickmate("mail", "ingest", "--json", stdin=held) == 0
    assert tickmate("mail", "quarantine", "list", "--json") == 0
    _, listed = lines(capsys)
    assert (listed["rule"], listed["sender"], listed["subject"]) == ("own-address", "support@localhost", "Printer 1")
    assert "From is an address of this desk" in listed["reason"]
    number = str(listed["id"])
    assert tickmate("mail", "replay", number, "--json") == 0
    assert tickmate("mail", "quarantine", "release", number, "--json") == 0
    assert tickmate("mail", "replay", number, "--json") == 0
    replayed, released, again = lines(capsys)
    assert (replayed["outcome"], replayed["rule"]) == ("quarantined", "own-address")
    assert (released["outcome"], released["ticket"]) == ("ticketed", 1)
    assert again == released


def test_a_quarantined_mail_is_discarded(capsys: pytest.CaptureFixture[str]) -> None:
    assert tickmate("mail", "ingest", stdin=b"Subject: nobody\r\n\r\nx\r\n") == 0
    assert tickmate("mail", "quarantine", "discard", "1") == 0
    assert tickmate("mail", "quarantine", "list") == 0
    assert capsys.readouterr().out.endswith("Message 1 is discarded.\nNothing was kept back.\n")
    assert tickmate("mail", "quarantine", "list", "--ignored") == 0
    assert "discarded" in capsys.readouterr().out
    assert tickmate("mail", "quarantine", "release", "99") == 1
    assert "There is no message 99" in capsys.readouterr().err
