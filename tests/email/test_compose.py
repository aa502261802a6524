"""What our mails say and how they thread."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.email.addresses import LOOP_HEADER, ReplyTarget, loop_mark
from bot.email.compose import compose, recipients
from core.conversations.values import DeliveryKind, Outgoing
from core.errors import ConfigurationError, DeliveryRefusedError
from core.tickets.values import AttachmentSnapshot, Category, Priority, Visibility
from tests.fakes.outgoing import (
    ACKNOWLEDGEMENT,
    NOON,
    OWN,
    PUBLIC_REPLY,
    REPLY,
    RESOLUTION,
    SECRET,
    SIGN_IN_LINK,
    SIMILAR,
    TICKET,
)

AUTOMATIC = [ACKNOWLEDGEMENT, RESOLUTION, SIGN_IN_LINK]


def _arrives(outgoing: Outgoing, contents: dict[str, bytes] | None = None) -> EmailMessage:
    """The mail as a recipient's program reads it from the wire."""
    raw = compose(outgoing, OWN, now=NOON, contents=contents).as_bytes()
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _text(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_acknowledgement_shows_number_category_priority_and_that_one_may_answer(kind: str) -> None:
    text = _text(_arrives(ACKNOWLEDGEMENT), kind)
    for said in ("#12", "The printer jams", "not yet sorted", "low", "answer this mail", "/tickets/12"):
        assert said in text
    assert "solved tickets" not in text

    sorted_ticket = replace(TICKET, category=Category.FEATURE_REQUEST, priority=Priority.HIGH)
    text = _text(_arrives(replace(ACKNOWLEDGEMENT, ticket=sorted_ticket)), kind)
    assert "Feature Request" in text
    assert "high" in text


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_acknowledgement_shows_similar_solved_tickets(kind: str) -> None:
    text = _text(_arrives(replace(ACKNOWLEDGEMENT, similar=(SIMILAR,) * 5, similar_known=True)), kind)
    assert "These solved tickets may already help" in text
    assert "Open the rear flap.\n" in text
    assert "Clean the rollers." in text
    assert text.count("https://desk.example.com/tickets/7") == 3
    assert "Did it help?" not in text


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_acknowledgement_asks_whether_a_similar_ticket_helped(kind: str) -> None:
    urls = {SIMILAR.number: "https://desk.example.com/similar/1.2.1.signature"}
    text = _text(_arrives(replace(ACKNOWLEDGEMENT, similar=(SIMILAR,), feedback_urls=urls)), kind)
    assert "Did it help?" in text
    assert urls[SIMILAR.number] in text


def test_a_long_resolution_is_cut_to_a_few_lines() -> None:
    many_lines = replace(SIMILAR, resolution="\n".join(f"step {n}" for n in range(50)))
    long_line = replace(SIMILAR, resolution="word " * 500)
    text = _text(_arrives(replace(ACKNOWLEDGEMENT, similar=(many_lines, long_line))))
    assert "step 4 …" in text
    assert "step 5" not in text
    assert text.count("word") == 80


def test_nothing_internal_is_ever_shown_to_the_requester() -> None:
    """zammad#2757: confidential fields beside the public ones."""
    for outgoing in (ACKNOWLEDGEMENT, PUBLIC_REPLY, RESOLUTION):
        message = _arrives(replace(outgoing, similar=(SIMILAR,)))
        assert "Internal: the roller again." not in _text(message) + _text(message, "html")


@pytest.mark.parametrize("outgoing", AUTOMATIC, ids=lambda outgoing: outgoing.kind)
def test_automatic_mail_says_so_and_asks_for_no_automatic_answer(outgoing: Outgoing) -> None:
    """faveo-helpdesk#150, odoo#66329: loops of automatic answers. RFC 3834 section 5."""
    message = _arrives(outgoing)
    is_answer = outgoing.kind is DeliveryKind.ACKNOWLEDGEMENT
    assert message["Auto-Submitted"] == ("auto-replied" if is_answer else "auto-generated")
    assert message["X-Auto-Response-Suppress"] == "All"


def test_a_persons_reply_is_not_called_automatic() -> None:
    message = _arrives(PUBLIC_REPLY)
    assert "Auto-Submitted" not in message
    assert "X-Auto-Response-Suppress" not in message


@pytest.mark.parametrize("outgoing", [*AUTOMATIC, PUBLIC_REPLY], ids=lambda outgoing: outgoing.kind)
def test_every_mail_of_ours_carries_the_mark_that_screening_knows(outgoing: Outgoing) -> None:
    """PostHog#92017: three reply paths of which only one was guarded."""
    assert _arrives(outgoing)[LOOP_HEADER] == loop_mark(SECRET)


@pytest.mark.parametrize("outgoing", [ACKNOWLEDGEMENT, PUBLIC_REPLY, RESOLUTION], ids=lambda outgoing: outgoing.kind)
def test_mail_of_a_ticket_threads_and_answers_come_back_to_it(outgoing: Outgoing) -> None:
    message = _arrives(outgoing)
    assert message["Subject"] == "Re: The printer jams [#12]"
    assert message["Message-ID"] == "<d1.abc@example.com>"
    assert message["In-Reply-To"] == "<m1@example.net>"
    assert message["References"] == "<m0@example.net> <m1@example.net>"
    assert message["Date"].datetime == NOON
    assert OWN.reply.read(message["Reply-To"].addresses[0].addr_spec) == ReplyTarget(organization_id=1, number=12)


@pytest.mark.parametrize(
    ("title", "in_reply_to", "subject"),
    [
        ("RE: Printer", "m1@example.net", "RE: Printer [#12]"),
        ("Printer [#12]", "m1@example.net", "Re: Printer [#12]"),
        ("Printer", "", "Printer [#12]"),
        ("", "m1@example.net", "Re: Your message [#12]"),
        ("x" * 500, "", "x" * 199 + "… [#12]"),
        ("Größe\r\nBcc: eve@example.org", "", "Größe Bcc: eve@example.org [#12]"),
    ],
)
def test_subjects_keep_one_re_and_one_tag(title: str, in_reply_to: str, subject: str) -> None:
    ticket = replace(TICKET, title=title)
    message = _arrives(replace(ACKNOWLEDGEMENT, ticket=ticket, in_reply_to=in_reply_to, references=()))
    assert message["Subject"] == subject
    assert ("In-Reply-To" in message) == bool(in_reply_to)


def test_a_reply_comes_from_the_person_and_automatic_mail_from_the_deployment() -> None:
    assert _arrives(PUBLIC_REPLY)["From"] == '"Grace Hopper (Example Org)" <support@example.com>'
    of_organization = replace(ACKNOWLEDGEMENT, from_address="Second Org <help@example.org>")
    assert _arrives(of_organization)["From"] == "Second Org <help@example.org>"
    assert _arrives(ACKNOWLEDGEMENT)["From"] == "Example Org <no-reply@example.com>"
    named = replace(OWN, email_from="Help Desk <desk@example.com>")
    assert compose(ACKNOWLEDGEMENT, named, now=NOON)["From"] == "Help Desk <desk@example.com>"
    unset = replace(OWN, email_from="")
    assert compose(ACKNOWLEDGEMENT, unset, now=NOON)["From"].addresses[0].addr_spec == "support@example.com"
    with pytest.raises(ConfigurationError, match="EMAIL_FROM"):
        compose(ACKNOWLEDGEMENT, replace(OWN, email_from="nobody"), now=NOON)


def test_somebody_without_a_name_is_not_greeted_by_the_address() -> None:
    message = _arrives(replace(ACKNOWLEDGEMENT, recipient_name="ada@example.net"))
    assert _text(message).startswith("Hello,\n")
    assert message["To"] == "ada@example.net"


def test_copies_go_to_others_once_and_never_to_ourselves() -> None:
    """osTicket#1041: an inbox that answers itself."""
    copied = replace(
        PUBLIC_REPLY,
        cc=(
            "bob@example.net",
            "Bob@Example.net",
            "ADA@example.net",
            "support@example.com",
            "no-reply@example.com",
            OWN.reply.for_ticket(1, 3),
            "broken",
        ),
    )
    message = compose(copied, OWN, now=NOON)
    assert message["Cc"] == "bob@example.net"
    assert recipients(message) == ("ada@example.net", "bob@example.net")


def test_only_what_is_public_goes_out_by_mail() -> None:
    """chatwoot#15605: an internal note that reaches the customer."""
    for outgoing in (
        replace(PUBLIC_REPLY, kind=DeliveryKind.INTERNAL_NOTE),
        replace(PUBLIC_REPLY, reply=replace(REPLY, visibility=Visibility.INTERNAL)),
        replace(PUBLIC_REPLY, reply=None),
        replace(ACKNOWLEDGEMENT, kind=DeliveryKind.CARD),
        replace(ACKNOWLEDGEMENT, ticket=None),
        replace(ACKNOWLEDGEMENT, recipient="no address"),
    ):
        with pytest.raises(DeliveryRefusedError):
            compose(outgoing, OWN, now=NOON)


def test_markup_in_what_people_wrote_is_text_in_the_html_part() -> None:
    """uvdesk/mailbox-component#112: XSS by mail body."""
    hostile = replace(TICKET, title="<script>alert(1)</script>", resolution='<img src=x onerror="x"> & more')
    for outgoing in (
        replace(ACKNOWLEDGEMENT, ticket=hostile, recipient_name="<i>", similar=(SIMILAR,)),
        replace(PUBLIC_REPLY, ticket=hostile),
        replace(RESOLUTION, ticket=hostile, organization_name="<b>Org</b>"),
    ):
        html = _text(_arrives(outgoing), "html")
        for tag in ("<script", "<img", "<i>", "<b>", "<jam>"):
            assert tag not in html
    html = _text(_arrives(PUBLIC_REPLY), "html")
    assert "is &lt;b&gt;both&lt;/b&gt; rollers clean?" in html
    assert 'href="https://example.org/a?b=1&amp;c=2"' in html


def test_an_admin_is_told_of_trouble_without_a_ticket() -> None:
    alert = Outgoing(
        delivery_id=9,
        key="alert",
        kind=DeliveryKind.ALERT,
        recipient="root@example.net",
        organization_name="Desk",
        title="Mail has stopped coming",
        text="No mail since <noon>.",
        page_url="https://desk.example/admin",
    )
    message = _arrives(alert)
    assert message["Subject"] == "Mail has stopped coming (Desk)"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "No mail since <noon>." in _text(message, "plain")
    assert "No mail since &lt;noon&gt;." in _text(message, "html")
    assert "https://desk.example/admin" in _text(message, "plain")


def test_nothing_is_loaded_from_elsewhere() -> None:
    for outgoing in (*AUTOMATIC, PUBLIC_REPLY):
        html = _text(_arrives(outgoing), "html")
        for loading in ("src=", "url(", "@import", "<link", "<img"):
            assert loading not in html


def test_a_reply_says_what_was_written_with_line_ends_and_indents() -> None:
    text = "1 < 2 & 'x'\n    indented\n\n\nüñí 🔥 עברית\n-- \nGrace"
    message = _arrives(replace(PUBLIC_REPLY, reply=replace(REPLY, text=text.replace("\n", "\r\n"))))
    assert _text(message).startswith(text + "\n\n-- \nExample Org · ticket #12\n")


@given(text=st.text(), title=st.text(), name=st.text(), content_type=st.text(), filename=st.text())
def test_any_text_makes_a_mail_that_can_be_read(
    text: str, title: str, name: str, content_type: str, filename: str
) -> None:
    attachment = AttachmentSnapshot(id=1, filename=filename, content_type=content_type, size=3, sha256="a")
    message = _arrives(
        replace(
            PUBLIC_REPLY,
            reply=replace(REPLY, text=text),
            ticket=replace(TICKET, title=title),
            recipient_name=name,
            organization_name=name,
            attachments=(attachment,),
        ),
        {"a": b"\x00\xff\r"},
    )
    assert recipients(message) == ("ada@example.net",)
    assert message.keys().count("From") == 1
    assert set(message.keys()) == {
        *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
        *(LOOP_HEADER, "MIME-Version", "Content-Type"),
    }
    (attached,) = message.iter_attachments()
    assert attached.get_payload(decode=True) == b"\x00\xff\r"
    assert "\x1b" not in _text(message)


@pytest.mark.parametrize(
    ("content_type", "filename", "arrives_as"),
    [
        ("text/csv", "Größe, „neu“.csv", ("text/csv", "Größe, „neu“.csv")),
        ("application/zip", "a.zip", ("application/zip", "a.zip")),
        ("message/rfc822", "../../etc/passwd", ("application/octet-stream", ".._.._etc_passwd")),
        ("text/html\r\nX: y", "x\r\nX: y", ("application/octet-stream", "x X: y")),
        ("", "", ("application/octet-stream", "attachment")),
    ],
)
def test_attachments_go_out_byte_for_byte(content_type: str, filename: str, arrives_as: tuple[str, str]) -> None:
    """django-helpdesk and roundup re-encode text attachments and drop .csv and .zip."""
    content = b"a;b\r\n\xff\x00\n.\r\n"
    attachment = AttachmentSnapshot(id=1, filename=filename, content_type=content_type, size=1, sha256="f00")
    message = _arrives(replace(PUBLIC_REPLY, attachments=(attachment,)), {"f00": content})

    (attached,) = message.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == arrives_as
    assert attached.get_payload(decode=True) == content
    assert attached.get_content_disposition() == "attachment"


def test_addresses_beyond_ascii_are_written_for_smtputf8() -> None:
    message = compose(replace(ACKNOWLEDGEMENT, recipient="jörg@bücher.de", recipient_name="Jörg"), OWN, now=NOON)
    assert "<jörg@xn--bcher-kva.de>" in message.as_bytes().decode()
    assert recipients(message) == ("jörg@xn--bcher-kva.de",)


def test_every_try_of_one_delivery_is_the_same_mail() -> None:
    """ARCHITECTURE: SMTP resends with the same Message-ID."""
    nameless = replace(ACKNOWLEDGEMENT, message_id="")
    first, second = (compose(nameless, OWN, now=NOON)["Message-ID"] for _ in range(2))
    assert first == second != compose(replace(nameless, key="other"), OWN, now=NOON)["Message-ID"]


def test_the_sign_in_mail_holds_the_link_and_no_ticket() -> None:
    message = _arrives(SIGN_IN_LINK)
    assert message["Subject"] == "Sign in: Example Org"
    assert "\nhttps://desk.example.com/auth/magic-link/t0ken\n" in _text(message)
    assert 'href="https://desk.example.com/auth/magic-link/t0ken"' in _text(message, "html")
    assert "Reply-To" not in message


def test_a_colleague_who_published_a_ticket_is_told_of_by_mail() -> None:
    told = replace(ACKNOWLEDGEMENT, kind=DeliveryKind.VISIBILITY, text="Grace has made your ticket #12 <public>.")
    message = compose(told, OWN, now=NOON)
    assert message["Auto-Submitted"] == "auto-generated"
    for part, expected in (("plain", "#12 <public>."), ("html", "#12 &lt;public&gt;.")):
        body = message.get_body((part,))
        assert body is not None
        assert expected in body.get_content()
