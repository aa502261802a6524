"""Which tickets a mail may belong to, and when two mails are one."""

import pytest

from bot.email.addresses import ReplyAddress
from bot.email.parse import parse
from bot.email.threading import fingerprint, thread_candidates
from core.intake.values import CandidateKind
from tests.fakes.raw_mail import multipart, raw_mail

ADDRESSES = ReplyAddress("s" * 32, "support@example.com")
SIGNED = ADDRESSES.for_ticket(1, 7)


def candidates(
    headers: dict[str, str | bytes | None], recipients: tuple[str, ...] = ()
) -> list[tuple[CandidateKind, str, str]]:
    found = thread_candidates(parse(raw_mail(headers=headers)), ADDRESSES, recipients)
    return [(one.kind, one.value, one.rule) for one in found]


def test_candidates_are_proposed_in_the_order_in_which_they_count() -> None:
    """osTicket#1426: a reply to all becomes a second ticket."""
    headers: dict[str, str | bytes | None] = {
        "In-Reply-To": "<last@x>",
        "References": "<first@x>\n <second@x> <last@x>",
        "To": f"Desk <{SIGNED.upper()}>",
        "Subject": "Re: [#12] Printer [Desk #9]",
    }
    message_id, ticket, tag = CandidateKind.MESSAGE_ID, CandidateKind.TICKET, CandidateKind.SUBJECT_TAG

    assert candidates(headers) == [
        (message_id, "last@x", "in-reply-to"),
        (message_id, "second@x", "references"),
        (message_id, "first@x", "references"),
        (ticket, "7", "reply-address"),
        (tag, "12", "subject-tag"),
        (tag, "9", "subject-tag"),
    ]


@pytest.mark.parametrize(
    ("headers", "recipients"),
    [
        ({"Cc": SIGNED}, ()),
        ({"Delivered-To": f"<{SIGNED}>"}, ()),
        ({"X-Original-To": SIGNED}, ()),
        ({}, (SIGNED,)),
    ],
)
def test_a_signed_reply_address_counts_wherever_it_stands(
    headers: dict[str, str | bytes | None], recipients: tuple[str, ...]
) -> None:
    assert candidates(headers, recipients) == [(CandidateKind.TICKET, "7", "reply-address")]


def test_a_forged_reply_address_leads_nowhere() -> None:
    assert candidates({"To": SIGNED.replace("+7-", "+8-")}) == []


@pytest.mark.parametrize("subject", ["[support-1] x", "#12", "[12]", "issue #12 and [#x]", "[#0]", "[#99999999999]"])
def test_what_is_no_tag_of_ours_proposes_nothing(subject: str) -> None:
    """Measured on roundup 2.6: `[support-1]` in a stranger's subject joins that ticket."""
    assert candidates({"Subject": subject}) == []


@pytest.mark.parametrize(
    ("field", "ids"),
    [
        ("<a@x> (comment) <b@x>", ["b@x", "a@x"]),
        ("a@x b@x", ["b@x", "a@x"]),
        ("<a@x>,<b@x>", ["b@x", "a@x"]),
        ("<a@\n x>", ["a@x"]),
        ("", []),
        ("<>", []),
    ],
)
def test_references_are_read_in_every_style(field: str, ids: list[str]) -> None:
    """Measured on roundup and django-helpdesk: replies known only by References are not threaded."""
    assert [value for _, value, _ in candidates({"References": field})] == ids


def test_a_delivery_report_leads_to_the_ticket_of_the_mail_it_returns() -> None:
    body, headers = multipart(
        "report", "\nSorry.", "Content-Type: text/rfc822-headers\n\nMessage-ID: <ours@example.com>\n"
    )
    headers["Content-Type"] = "multipart/report; report-type=delivery-status; boundary=sep"

    found = thread_candidates(parse(raw_mail(body, headers)), ADDRESSES)

    assert [(one.value, one.rule) for one in found] == [("ours@example.com", "returned-message")]


def test_a_copy_to_a_second_address_of_ours_is_the_same_mail() -> None:
    """zammad#4485, freescout#3797, freescout#5155."""
    first = parse(raw_mail(headers={"Delivered-To": "a@example.com", "Received": "by one"}))
    second = parse(raw_mail(headers={"Delivered-To": "b@example.com", "Received": "by two"}))

    assert fingerprint(first) == fingerprint(second)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"From": "eve@example.org"}, "Please help.\n"),
        ({"Subject": "other"}, "Please help.\n"),
        ({"Date": "Tue, 2 Jun 2026 10:00:00 +0200"}, "Please help.\n"),
        ({"Message-ID": "<2@example.org>"}, "Please help.\n"),
        ({}, "Please help me.\n"),
    ],
)
def test_a_reused_message_id_over_other_content_is_another_mail(
    headers: dict[str, str | bytes | None], body: str
) -> None:
    """libredesk#122 and measured on django-helpdesk: a forged Message-ID must swallow nothing."""
    assert fingerprint(parse(raw_mail(body, headers))) != fingerprint(parse(raw_mail()))


def test_a_reply_address_of_another_organization_names_none_of_our_tickets() -> None:
    mail = parse(raw_mail(headers={"To": SIGNED}))

    assert thread_candidates(mail, ADDRESSES, organization_id=1)
    assert thread_candidates(mail, ADDRESSES, organization_id=2) == ()
