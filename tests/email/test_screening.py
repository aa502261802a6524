"""The first verdict: what is answered, what is not, and by which rule."""

from collections.abc import Mapping

import pytest

from bot.email.addresses import LOOP_HEADER
from bot.email.parse import parse
from bot.email.screening import RULES, HouseRules, OwnMail, explain, screen
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
        ({"Subject": "Automatic reply: x", "X-MS-Exchange-Inbox-Rules-Loop": "a@example.org"}, "out-of-office"),
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


@pytest.mark.parametrize(
    ("headers", "envelope_sender"),
    [
        ({"From": "Eve@Bad.example"}, None),
        ({"From": "eve@deep.below.worse.example"}, None),
        ({"From": "Ada <ada@example.org>", "Return-Path": "<bounces@worse.example>"}, None),
        ({}, "x@bad.worse.example"),
        ({"From": "ada@example.org, eve@bad.example"}, None),
    ],
)
def test_a_blocked_sender_is_ignored(headers: Mapping[str, str], envelope_sender: str | None) -> None:
    house = HouseRules(blocked=frozenset({"eve@bad.example", "worse.example"}))
    verdict = screen(parse(raw_mail(headers=dict(headers))), OWN, envelope_sender, house=house)
    assert (verdict.verdict, verdict.rule) == (Verdict.IGNORE, "blocked-sender")


@pytest.mark.parametrize("sender", ["adam@bad.example", "eve@notworse.example", "worse.example@example.org"])
def test_a_neighbour_of_a_blocked_sender_is_not_blocked(sender: str) -> None:
    house = HouseRules(blocked=frozenset({"eve@bad.example", "worse.example"}))
    assert screen(parse(raw_mail(headers={"From": sender})), OWN, house=house).verdict is Verdict.ACCEPT


SPAM = [
    {"X-Spam-Flag": "YES"},
    {"X-Spam-Status": "Yes, score=9.1 required=5.0 tests=BAYES_99"},
    {"X-Spam": "yes"},
    {"X-Spamd-Result": "default: True [15.70 / 15.00];\n\tBAYES_SPAM(5.10)"},
    {"X-Rspamd-Action": "add header"},
    {"X-Bogosity": "Spam, tests=bogofilter, spamicity=0.999"},
    {"X-DSPAM-Result": "Spam"},
    {"X-Barracuda-Spam-Flag": "YES"},
    {"X-Mailgun-Sflag": "Yes"},
    {"X-SES-Spam-Verdict": "FAIL"},
    {"X-MS-Exchange-Organization-SCL": "6"},
    {"X-Forefront-Antispam-Report": "CIP:192.0.2.1;CTRY:;LANG:en;SCL:9;SRV:;SFV:SPM;"},
]
HAM = [
    {"X-Spam-Flag": "NO"},
    {"X-Spam-Status": "No, score=-1.9 required=5.0 tests=BAYES_00"},
    {"X-Spam-Score": "9"},
    {"X-Spamd-Result": "default: False [3.20 / 15.00]"},
    {"X-Rspamd-Action": "no action"},
    {"X-Bogosity": "Ham, tests=bogofilter, spamicity=0.000"},
    {"X-SES-Spam-Verdict": "PASS"},
    {"X-MS-Exchange-Organization-SCL": "-1"},
    {"X-Forefront-Antispam-Report": "CIP:192.0.2.1;SCL:1;SFV:NSPM;"},
]
TRUSTING = HouseRules(trusts_spam_headers=True)


@pytest.mark.parametrize("headers", SPAM)
def test_what_a_trusted_relay_calls_spam_waits_for_a_person(headers: Mapping[str, str]) -> None:
    mail = parse(raw_mail(headers=dict(headers)))
    assert (screen(mail, OWN, house=TRUSTING).verdict, screen(mail, OWN, house=TRUSTING).rule) == (
        Verdict.QUARANTINE,
        "spam",
    )
    assert screen(mail, OWN).verdict is Verdict.ACCEPT  # anybody can write such a header


@pytest.mark.parametrize("headers", HAM)
def test_what_a_trusted_relay_calls_good_is_taken(headers: Mapping[str, str]) -> None:
    assert screen(parse(raw_mail(headers=dict(headers))), OWN, house=TRUSTING).verdict is Verdict.ACCEPT


@pytest.mark.parametrize(
    "headers",
    [{"X-Virus-Status": "Infected (Eicar)"}, {"X-Amavis-Alert": "INFECTED, x"}, {"X-SES-Virus-Verdict": "FAIL"}],
)
def test_malware_that_a_trusted_relay_found_waits_for_a_person(headers: Mapping[str, str]) -> None:
    assert screen(parse(raw_mail(headers=dict(headers))), OWN, house=TRUSTING).rule == "infected"


def test_a_spammer_cannot_acquit_themselves_below_the_relays_verdict() -> None:
    raw = raw_mail().replace(b"From:", b"X-Spam-Flag: YES\r\nX-Spam-Flag: NO\r\nFrom:", 1)
    assert screen(parse(raw), OWN, house=TRUSTING).rule == "spam"


@pytest.mark.parametrize(
    ("headers", "envelope_sender"),
    [
        ({"X-Auto-Response-Suppress": "DR, OOF, AutoReply"}, None),
        ({"List-Id": "<users.example.org>"}, None),
        ({"From": "No Reply <no-reply@shop.example>"}, None),
        ({"From": "donotreply+4711@shop.example"}, None),
        ({"From": "users-request@lists.example"}, None),
        ({"Return-Path": "<owner-users@lists.example>"}, None),
        ({}, ""),
    ],
)
def test_some_mail_is_taken_and_answered_by_no_program(headers: Mapping[str, str], envelope_sender: str | None) -> None:
    """RFC 3834 section 2; osTicket#1041."""
    verdict = screened(headers, envelope_sender=envelope_sender)
    assert (verdict.verdict, verdict.may_acknowledge) == (Verdict.ACCEPT, False)


def test_ordinary_mail_may_be_acknowledged() -> None:
    for headers in ({}, {"X-Auto-Response-Suppress": "RN, NRN"}, {"From": "norah.reply@example.org"}):
        assert screened(headers).may_acknowledge


def test_every_rule_is_explained_and_the_first_verdict_is_the_one_given() -> None:
    mail = parse(raw_mail(headers={"Auto-Submitted": "auto-replied", "X-Autoreply": "yes"}))
    tried = explain(mail, OWN)
    given = [verdict for _, verdict in tried if verdict is not None]

    assert [name for name, _ in tried] == [rule.name for rule in RULES]
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert given[0] == screen(mail, OWN)
    assert [verdict.rule for verdict in given] == ["auto-submitted", "autoreply-header"]
