"""Raw mail to what the desk decides on."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from bot.email.addresses import ReplyAddress
from bot.email.interpreter import MailInterpreter
from bot.email.parse import parse
from bot.email.parsed_json import parsed_mail_json
from bot.email.screening import OwnMail, screen
from core.intake.ports import Interpreter
from core.intake.values import Channel, InboundMessage, Interpretation, Verdict
from core.people.values import IdentityKind, Sender
from tests.fakes.raw_mail import multipart, raw_mail

ADDRESSES = ReplyAddress("s" * 32, "support@example.com")
OWN = OwnMail(own_loop_marks=frozenset({"mark"}), own_addresses=frozenset({"support@example.com"}))
TRUSTED = "mx.example.com"


def interpreted(raw: bytes, *, envelope_sender: str | None = None, recipients: tuple[str, ...] = ()) -> Interpretation:
    interpreter: Interpreter = MailInterpreter(ADDRESSES, OWN, trusted_authserv=TRUSTED)
    message = InboundMessage(
        channel=Channel.EMAIL,
        external_id=hashlib.sha256(raw).hexdigest(),
        raw=raw,
        received_at=datetime(2026, 6, 1, tzinfo=UTC),
        recipients=recipients,
        envelope_sender=envelope_sender,
    )
    return interpreter.interpret(message)


def test_a_reply_is_read_with_everything_the_desk_needs() -> None:
    signed = ADDRESSES.for_ticket(1, 7)
    body = "It burns.\n\nOn 1 Jun 2026 at 10:30, Desk <support@example.com> wrote:\n> out?\n"
    headers: dict[str, str | bytes | None] = {
        "To": f"{signed}, Support@Example.com",
        "Cc": "Bob <Bob@example.org>, ada@example.org, bob@example.org",
        "In-Reply-To": "<ours@example.com>",
        "References": "<first@x> <ours@example.com>",
    }
    read = interpreted(raw_mail(body, headers))

    assert read.sender == Sender(kind=IdentityKind.EMAIL, external_id="ada@example.org", name="Ada Lovelace")
    assert [(one.external_id, one.name) for one in read.participants] == [("bob@example.org", "Bob")]
    assert (read.title, read.reply_text) == ("Printer on fire", "It burns.")
    assert read.text.endswith("> out?")
    assert read.references == ("ours@example.com", "first@x")
    assert [one.value for one in read.candidates] == ["ours@example.com", "first@x", "7"]
    assert (read.message_id, read.has_own_message_id) == ("1@example.org", True)
    assert read.screening.verdict is Verdict.ACCEPT
    assert len(read.fingerprint) == 64


def test_the_envelope_sender_that_the_door_saw_decides_over_the_header() -> None:
    raw = raw_mail(headers={"Subject": "Automatic reply: x", "Return-Path": "<ada@example.org>"})

    assert interpreted(raw).screening.verdict is Verdict.ACCEPT
    assert interpreted(raw, envelope_sender="").screening.rule == "out-of-office"


def test_an_empty_subject_gives_an_empty_title() -> None:
    assert interpreted(raw_mail(headers={"Subject": None})).title == ""


def test_a_mail_without_sender_has_none() -> None:
    assert interpreted(raw_mail(headers={"From": None})).sender is None


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"From: (" * 500])
def test_any_bytes_are_interpreted(raw: bytes) -> None:
    """zammad#2722: the parser crashes; here every mail ends with an outcome."""
    assert interpreted(raw).message_id


@pytest.mark.parametrize(
    "results",
    [
        f"{TRUSTED}; dmarc=pass header.from=example.org",
        f"{TRUSTED} 1; spf=pass smtp.mailfrom=example.org; dmarc=pass (p=reject dis=none) header.from=Example.ORG",
    ],
)
def test_an_aligned_dmarc_pass_of_the_trusted_relay_verifies_the_sender(results: str) -> None:
    sender = interpreted(raw_mail(headers={"Authentication-Results": results})).sender

    assert sender is not None
    assert sender.verified


@pytest.mark.parametrize(
    "results",
    [
        "dkim=pass (2048-bit key) header.d=example.org header.i=@example.org header.b=abc",
        'dkim=fail header.d=else.example; dkim=pass header.i="@example.org"',
        "spf=pass (ip4) smtp.mailfrom=bounces@example.org",
        "spf=pass smtp.mailfrom=example.org; dkim=none",
        "dmarc=pass (p=none) header.from=example.org; dkim=fail header.d=example.org",
    ],
)
def test_aligned_dkim_or_spf_of_the_trusted_relay_is_proof_where_it_tells_no_dmarc(results: str) -> None:
    sender = interpreted(raw_mail(headers={"Authentication-Results": f"{TRUSTED}; {results}"})).sender

    assert sender is not None
    assert sender.verified


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authentication-Results": "other.example; dmarc=pass header.from=example.org"},
        {"Authentication-Results": f"{TRUSTED}; dmarc=fail header.from=example.org"},
        {"Authentication-Results": f"{TRUSTED}; dmarc=pass header.from=example.net"},
        {"Authentication-Results": f"{TRUSTED}; dmarc=pass"},
        {"Authentication-Results": f"{TRUSTED}; dkim=pass header.d=example.org; dmarc=fail header.from=example.org"},
        {"Authentication-Results": f"{TRUSTED}; dkim=pass header.d=mail.example.org"},
        {"Authentication-Results": f"{TRUSTED}; dkim=pass header.d=org"},
        {"Authentication-Results": f"{TRUSTED}; dkim=fail header.d=example.org; spf=fail smtp.mailfrom=example.org"},
        {"Authentication-Results": f"{TRUSTED}; spf=pass smtp.helo=example.org"},
        {"Authentication-Results": f"{TRUSTED}; spf=pass smtp.mailfrom=x@notexample.org"},
        {
            "Authentication-Results": f"{TRUSTED}; dmarc=pass header.from=lists.example",
            "From": "Ada via Users <users@lists.example>",
            "Reply-To": "ada@example.org",
            "List-Id": "<users.lists.example>",
        },
        {"Authentication-Results": f"{TRUSTED}; none (dmarc=pass header.from=example.org)"},
        {"Authentication-Results": f"{TRUSTED}; dmarc=pass header.from=example.org; dmarc=fail"},
        {"Authentication-Results": f"evil {TRUSTED}; dmarc=pass header.from=example.org"},
        {
            "Authentication-Results": f"{TRUSTED}; dmarc=pass header.from=example.org",
            "From": "ada@example.org, eve@example.net",
        },
    ],
)
def test_anything_less_leaves_the_sender_unverified(headers: dict[str, str | bytes | None]) -> None:
    """itop-jb-mail-to-ticket-automation-v2#218: a forged From is trusted."""
    sender = interpreted(raw_mail(headers=headers)).sender

    assert sender is not None
    assert not sender.verified


def test_a_forged_result_below_the_relays_own_does_not_count() -> None:
    """itop-jb-mail-to-ticket-automation-v2#218."""
    forged = f"Authentication-Results: {TRUSTED}; dmarc=pass header.from=example.org\r\n".encode()
    genuine = f"Authentication-Results: {TRUSTED}; dmarc=fail header.from=example.org\r\n".encode()
    sender = interpreted(genuine + forged + raw_mail()).sender
    doubled = interpreted(forged + b"From: eve@example.net\r\n" + raw_mail()).sender

    assert sender is not None
    assert doubled is not None
    assert not sender.verified
    assert not doubled.verified


def test_nobody_is_verified_where_no_relay_is_trusted() -> None:
    raw = raw_mail(headers={"Authentication-Results": "; dmarc=pass header.from=example.org"})
    message = InboundMessage(
        channel=Channel.EMAIL, external_id="x", raw=raw, received_at=datetime(2026, 6, 1, tzinfo=UTC)
    )
    sender = MailInterpreter(ADDRESSES, OWN).interpret(message).sender

    assert sender is not None
    assert not sender.verified


def test_the_json_of_a_mail_has_the_shape_of_the_contract() -> None:
    body, headers = multipart(
        "mixed",
        "Content-Type: text/plain\n\nIt burns.\n\n-- \nAda",
        "Content-Type: text/csv\nContent-Disposition: attachment; filename=a.csv\n\na,b",
    )
    mail = parse(raw_mail(body, {**headers, "In-Reply-To": "<ours@x>", "Reply-To": "Bob <bob@example.org>"}))

    assert json.loads(json.dumps(parsed_mail_json(mail, screen(mail, OWN)))) == {
        "message_id": "1@example.org",
        "in_reply_to": "ours@x",
        "references": [],
        "from": {"name": "Ada Lovelace", "email": "ada@example.org"},
        "reply_to": [{"name": "Bob", "email": "bob@example.org"}],
        "to": [{"name": "", "email": "support@example.com"}],
        "cc": [],
        "subject": "Printer on fire",
        "date": "2026-06-01T10:00:00+02:00",
        "text": "It burns.\n\n-- \nAda",
        "html": "",
        "reply_text": "It burns.",
        "quoted_text": "",
        "signature": "-- \nAda",
        "attachments": [
            {
                "filename": "a.csv",
                "content_type": "text/csv",
                "size": 3,
                "sha256": hashlib.sha256(b"a,b").hexdigest(),
                "inline": False,
                "content_id": "",
            }
        ],
        "screening": {
            "verdict": "accept",
            "rule": "default-accept",
            "is_auto_reply": False,
            "is_bounce": False,
            "is_bulk": False,
            "failed_recipients": [],
        },
        "defects": [],
    }
