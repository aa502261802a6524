"""The first verdict: what is answered, what is not, and by which rule."""

from collections.abc import Mapping

import pytest

from bot.email.addresses import LOOP_HEADER
from bot.email.parse import parse
from bot.email.screening import RULES, OwnMail, explain, screen
from core.intake.values import Screening, Verdict
from tests.fakes.raw_mail import multipart, raw_mail

OWN = OwnMail(own_loop_marks=frozenset({"ourmark"}), own_addresses=frozenset({"support@example.com"}))


def screened(
    headers: Mapping[str, str | bytes | None], body: str | bytes = "Words.\n", envelope_sender: str | None = None
) -> Screening:
    return screen(parse(raw_mail(body, dict(headers))), OWN, envelope_sender)


def test_an_ordinary_mail_is_accepted() -> None:
    assert screened({}) == Screening()


def test_our_own_mail_ends_here_and_another_deployments_does_not() -> None:
    """faveo-helpdesk#150, PostHog#92017: a desk that answers its own answers."""
    assert screened({LOOP_HEADER: "ourmark"}).rule == "own-loop-mark"
    assert screened({LOOP_HEADER: "othermark"}).verdict is Verdict.ACCEPT


@pytest.mark.parametrize("address", ["support@example.com", "Support+3@Example.com"])
def test_a_mail_in_our_own_name_waits_for_a_person(address: str) -> None:
    """frappe/helpdesk#3628: an inbox that answers its own autoresponder."""
    assert screened({"From": address}).verdict is Verdict.QUARANTINE
    assert screened({"From": address}).rule == "own-address"


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"Auto-Submitted": "auto-replied"}, "auto-submitted"),
        ({"Auto-Submitted": "auto-generated; type=vacation"}, "auto-submitted"),
        ({"Auto-Submitted": "Auto-Replied (vacation)"}, "auto-submitted"),
        ({"X-Autoreply": "yes"}, "autoreply-header"),
        ({"X-Autorespond": "Out of office"}, "autoreply-header"),
        ({"X-Vacation": "yes"}, "autoreply-header"),
        ({"X-FC-MachineGenerated": "true"}, "autoreply-header"),
        ({"X-POST-MessageClass": "9; Autoresponder"}, "autoreply-header"),
        ({"Delivered-To": "Autoresponder"}, "autoreply-header"),
        ({"X-MS-Exchange-Inbox-Rules-Loop": "a@example.org"}, "autoreply-header"),
        ({"Precedence": "auto_reply"}, "precedence-auto-reply"),
        ({"Subject": "Automatic reply: Printer", "X-Auto-Response-Suppress": "All"}, "out-of-office"),
        ({"Subject": "Automatische Antwort: Drucker", "X-Auto-Response-Suppress": "OOF, AutoReply"}, "out-of-office"),
        ({"Subject": "Réponse automatique : imprimante", "Return-Path": "<>"}, "out-of-office"),
        ({"Subject": "=?utf-8?q?R=C3=A9ponse_automatique?=", "Precedence": "bulk"}, "out-of-office"),
    ],
)
def test_a_program_that_answers_gets_no_answer(headers: Mapping[str, str], rule: str) -> None:
    """osTicket#1041, odoo#66329: out-of-office loops."""
    verdict = screened(headers)

    assert (verdict.verdict, verdict.rule, verdict.is_auto_reply) == (Verdict.IGNORE, rule, True)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Out of Office: Re: Printer", "I am out of the office until Monday."),
        ("Abwesenheitsnotiz", "Ich bin bis Montag nicht im Büro."),
        ("Respuesta automática: impresora", "Estoy fuera de la oficina."),
        ("Resposta automática: impressora", "Estou de férias."),
        ("Risposta automatica: stampante", "Sono in ferie."),
        ("Automatisch antwoord: printer", "Ik ben met vakantie."),
        ("Autosvar: skrivare", "Jag har semester, tillbaka måndag."),
        ("Автоответ: принтер", "Я в отпуске."),
        ("Autoodpowiedź: drukarka", "Jestem na urlopie."),
        ("自動応答: プリンター", "休暇中です。"),
    ],
)
def test_an_absence_told_in_answer_to_us_is_automatic_in_any_language(subject: str, text: str) -> None:
    assert screened({"Subject": subject, "In-Reply-To": "<ours@example.com>"}, text).rule == "out-of-office"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "no"},
        {"X-Autoreply": "no"},
        {"X-Auto-Response-Suppress": "All"},  # Outlook puts it on mails of people, too
        {"Subject": "Out of office does not work"},
        {"Subject": "Automatic reply is sent twice"},
        {"Subject": "Vacation message: how do I set it?", "In-Reply-To": "<ours@example.com>"},
        {"Subject": "Re: Automatic reply: Printer"},
        {"Return-Path": "<ada@example.org>"},
        {"Subject": "Undeliverable parcels in the shop"},
        {"From": "Postmaster <postmaster@example.org>"},
        {"From": "Mail Delivery Team <team@example.org>", "Subject": "Mail delivery is slow"},
        {"Importance": "high", "X-Priority": "1"},
    ],
)
def test_a_person_is_not_taken_for_a_program(headers: Mapping[str, str]) -> None:
    assert screened(headers).verdict is Verdict.ACCEPT


def _report(status: str, kind: str = "delivery-status", original: str = "Message-ID: <ours@example.com>") -> bytes:
    body, headers = multipart(
        "report",
        "Content-Type: text/plain\n\nSorry.",
        f"Content-Type: message/{kind}\n\nReporting-MTA: dns; mx.example.net\n\n{status}",
        f"Content-Type: text/rfc822-headers\n\n{original}\n",
    )
    headers["Content-Type"] = f"multipart/report; report-type={kind}; boundary=sep"
    return raw_mail(body, {**headers, "From": "MAILER-DAEMON@example.net", "Auto-Submitted": "auto-replied"})


def test_a_delivery_report_names_the_failed_recipients_and_the_mail_it_is_about() -> None:
    """faveo-helpdesk#150: bounce loop."""
    mail = parse(
        _report(
            "Final-Recipient: rfc822; <bob@example.net>\nAction: failed\nStatus: 5.1.1\n\n"
            "Final-Recipient: rfc822; eve@example.net\nAction: delayed\nStatus: 4.2.2"
        )
    )
    verdict = screen(mail, OWN)

    assert (verdict.verdict, verdict.rule, verdict.is_bounce) == (Verdict.BOUNCE, "delivery-failed", True)
    assert verdict.failed_recipients == ("bob@example.net",)
    assert mail.reports.original_message_ids == ("ours@example.com",)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_delivery_that_may_still_succeed_is_no_failure(action: str) -> None:
    verdict = screen(parse(_report(f"Final-Recipient: rfc822; bob@example.net\nAction: {action}\nStatus: 4.2.2")), OWN)

    assert (verdict.verdict, verdict.rule, verdict.failed_recipients) == (Verdict.IGNORE, "delivery-delayed", ())


@pytest.mark.parametrize(
    ("headers", "envelope_sender", "rule"),
    [
        ({"X-Failed-Recipients": "bob@example.net"}, None, "failed-recipients-header"),
        ({"From": "MAILER-DAEMON@example.net", "Subject": "failure notice"}, None, "mail-daemon"),
        ({"From": "postmaster@example.net", "Return-Path": "<>"}, None, "mail-daemon"),
        (
            {"From": "Mail Delivery System <x@example.net>", "Subject": "Undelivered Mail Returned to Sender"},
            "",
            "mail-daemon",
        ),
        ({"From": "Microsoft Outlook <x@example.net>", "Subject": "Unzustellbar: Drucker"}, "", "mail-daemon"),
    ],
)
def test_a_mail_system_without_a_report_is_a_bounce(
    headers: Mapping[str, str], envelope_sender: str | None, rule: str
) -> None:
    body = "I'm sorry to have to inform you.\n\n<bob@example.net>:\nUser unknown\n"
    verdict = screened(headers, body, envelope_sender)

    assert (verdict.verdict, verdict.rule, verdict.failed_recipients) == (Verdict.BOUNCE, rule, ("bob@example.net",))


def test_a_read_receipt_is_ignored() -> None:
    receipt = _report(
        "Original-Message-ID: <ours@example.com>\nDisposition: manual; displayed", "disposition-notification"
    )

    assert screen(parse(receipt.replace(b"Auto-Submitted", b"X-Nothing")), OWN).rule == "read-receipt"


@pytest.mark.parametrize(("method", "rule"), [("REPLY", "calendar-answer"), ("REQUEST", "default-accept")])
def test_a_calendar_answer_is_ignored_and_an_invitation_is_not(method: str, rule: str) -> None:
    body, headers = multipart(
        "alternative", "\nText", f"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:{method}\n"
    )

    assert screened(headers, body).rule == rule


def test_a_newsletter_is_ignored_and_an_ordinary_mail_through_a_list_is_taken() -> None:
    newsletter = screened({"List-Unsubscribe": "<https://x>", "Precedence": "bulk", "Feedback-ID": "1:2"})
    discussion = screened(
        {"List-Id": "<users.example.org>", "List-Unsubscribe": "<https://x>", "List-Post": "<mailto:x@y>"}
    )
    answer = screened({"List-Unsubscribe": "<https://x>", "Precedence": "bulk", "In-Reply-To": "<ours@example.com>"})

    assert (newsletter.verdict, newsletter.rule, newsletter.is_bulk) == (Verdict.IGNORE, "newsletter", True)
    assert (discussion.verdict, discussion.rule, discussion.is_bulk) == (Verdict.ACCEPT, "bulk-mail", True)
    assert (answer.verdict, answer.is_bulk) == (Verdict.ACCEPT, True)


def test_a_mail_without_sender_waits_for_a_person() -> None:
    assert screened({"From": None}).rule == "no-sender"
    assert screened({"From": "nobody"}).verdict is Verdict.QUARANTINE


@pytest.mark.parametrize(
    ("headers", "body", "rule"),
    [
        ({"Subject": ""}, " \n", "empty-mail"),
        ({}, " \n", "default-accept"),
        ({"Subject": None}, "words", "default-accept"),
    ],
)
def test_only_a_mail_without_anything_is_empty(headers: Mapping[str, str | None], body: str, rule: str) -> None:
    """django-helpdesk 2.6 stores no mail with an empty subject."""
    assert screened(headers, body).rule == rule


def test_every_rule_is_explained_and_the_first_verdict_is_the_one_given() -> None:
    mail = parse(raw_mail(headers={"Auto-Submitted": "auto-replied", "X-Autoreply": "yes"}))
    tried = explain(mail, OWN)
    given = [verdict for _, verdict in tried if verdict is not None]

    assert [name for name, _ in tried] == [rule.name for rule in RULES]
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert given[0] == screen(mail, OWN)
    assert [verdict.rule for verdict in given] == ["auto-submitted", "autoreply-header"]
