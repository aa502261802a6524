"""What mail systems write in their own words, without a report, and what people write about it."""

from collections.abc import Mapping

import pytest

from bot.email.parse import parse
from bot.email.screening import OwnMail, screen
from core.intake.values import Screening, Verdict
from tests.fakes.raw_mail import raw_mail

ORIGINAL = (
    "\n------ This is a copy of the message, including all the headers. ------\n\nSubject: Printer\n\nIt burns.\n"
)

EXIM_WARNING = (
    {"From": "Mail Delivery System <Mailer-Daemon@mx.example.net>", "Subject": "Warning: message 1sK delayed 24 hours"},
    (
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
        "delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.net.\n\n"
        "  bob@example.net\n    Delay reason: Connection timed out\n\nNo action is required on your part.\n"
        "Delivery attempts will continue for some time, and this warning may be repeated at intervals.\n"
    ),
)
SENDMAIL_WARNING = (
    {"From": "MAILER-DAEMON@mx.example.net", "Subject": "Warning: could not send message for past 4 hours"},
    (
        "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n"
        "    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n"
    ),
)
GMAIL_DELAY = (
    {
        "From": "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Subject": "Delivery Status Notification (Delay)",
        "X-Failed-Recipients": "bob@example.net",
    },
    "There was a temporary problem delivering your message to bob@example.net. Gmail will retry for 46 more hours.\n",
)
EXCHANGE_DELAY = (
    {"From": "Microsoft Outlook <x@example.net>", "Subject": "Übermittlung verzögert: Drucker", "Return-Path": "<>"},
    "Die Zustellung der Nachricht an die folgenden Empfänger wurde verzögert:\n\nbob@example.net\n",
)
QUIET_SUBJECT = (
    {"From": "MAILER-DAEMON@mx.example.net", "Subject": "Your message"},
    "I have not been able to reach the host yet. The message will be retried for 4 days.\n",
)


@pytest.mark.parametrize("mail", [EXIM_WARNING, SENDMAIL_WARNING, GMAIL_DELAY, EXCHANGE_DELAY, QUIET_SUBJECT])
def test_a_mail_system_that_still_tries_has_not_failed(mail: tuple[Mapping[str, str | bytes | None], str]) -> None:
    headers, body = mail
    verdict = screen(parse(raw_mail(body + ORIGINAL, dict(headers))), OwnMail())

    assert (verdict.verdict, verdict.rule, verdict.failed_recipients) == (Verdict.IGNORE, "delay-warning", ())


FAILURES: dict[str, tuple[dict[str, str | bytes | None], str]] = {
    "exim": (
        {
            "From": "Mail Delivery System <Mailer-Daemon@mx.example.net>",
            "Subject": "Mail delivery failed: returning message to sender",
        },
        "A message that you sent could not be delivered.\n\nbob@example.net\n    550 Unrouteable address\n\nBye.\n",
    ),
    "after a delay": (
        {"From": "MAILER-DAEMON@mx.example.net", "Subject": "failure notice: delayed mail"},
        "<bob@example.net>:\nI'm not going to try again; this message has been delayed too long.\n",
    ),
    "exchange, Polish": (
        {"From": "Microsoft Outlook <x@example.net>", "Subject": "Nie można dostarczyć: Drukarka", "Return-Path": "<>"},
        "bob@example.net\nRemote Server returned '550 5.1.1 User unknown'\n",
    ),
    "exchange 5.5": (
        {"From": "System Administrator <x@example.net>", "Subject": "Undeliverable: Printer", "Return-Path": "<>"},
        "Your message did not reach some or all of the intended recipients.\n\nbob@example.net\n",
    ),
    "exchange 5.5, at length": (
        {"From": "System Administrator <x@example.net>", "Subject": "Undeliverable: Printer", "Return-Path": "<>"},
        "The following recipient(s) could not be reached:\n\n   'bob@example.net' on 6/1/2026 10:30 AM\n  550 5.1.1\n",
    ),
    "exchange, by name": (
        {"From": "Microsoft Outlook <x@example.net>", "Subject": "Undeliverable: Printer", "Return-Path": "<>"},
        "Delivery has failed to these recipients:\n\nBob Smith (bob@example.net)<mailto:bob@example.net>\nNot found.\n",
    ),
    "exchange, by address": (
        {"From": "postmaster@example.org", "Subject": "Undeliverable: Printer", "Return-Path": "<>"},
        "Delivery has failed to these recipients:\n\nbob@example.net (bob@example.net)\nNot found.\n",
    ),
    "no name, null sender": (
        {"From": "Postfach <x@example.net>", "Subject": "Zustellung fehlgeschlagen", "Return-Path": "<>"},
        "bob@example.net:\n550 5.2.2 Mailbox full\n",
    ),
    "postmaster, sender unknown": (
        {"From": "postmaster@example.net", "Subject": "Undeliverable mail"},
        "bob@example.net\nSMTP error: 550 No such user here\n",
    ),
    "qq": (
        {"From": "PostMaster@qq.com", "Subject": "系统退信/Systems bounce", "Return-Path": "<>"},
        "bob@example.net\n550 Mailbox not found\n",
    ),
}


@pytest.mark.parametrize("system", FAILURES)
def test_a_mail_system_that_gave_up_names_who_it_could_not_reach(system: str) -> None:
    """faveo-helpdesk#150: bounce loop."""
    headers, body = FAILURES[system]
    verdict = screen(parse(raw_mail(body, headers)), OwnMail())

    assert (verdict.verdict, verdict.failed_recipients) == (Verdict.BOUNCE, ("bob@example.net",))


TYPED: tuple[tuple[dict[str, str | bytes | None], str], ...] = (
    ({"Subject": "Undeliverable mail to bob"}, "Mail to bob is undeliverable since Monday, what is wrong?\n"),
    ({"Subject": "Undeliverable mail to bob", "User-Agent": "Mozilla Thunderbird"}, "We get 550 User unknown.\n"),
    ({"Subject": "Undeliverable mail", "Return-Path": "<ada@example.org>"}, "bob@example.net\n550 No such user\n"),
    ({"Subject": "Our order is delayed"}, "When will it arrive? No action is required on our part, is it?\n"),
    ({"Subject": "Delivery failed"}, "The parcel of 550 screws could not be delivered.\n"),
)


@pytest.mark.parametrize("mail", TYPED)
def test_a_postmaster_may_be_a_person(mail: tuple[dict[str, str | bytes | None], str]) -> None:
    headers, body = mail
    raw = raw_mail(body, {"From": "Postmaster <postmaster@example.org>", **headers})

    assert screen(parse(raw), OwnMail()) == Screening()
