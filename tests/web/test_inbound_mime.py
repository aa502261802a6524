"""A mail built from parts says what they said, byte for byte, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.email.parse import parse
from webhooks.inbound.headers import addresses, header, headers, mailbox, named_recipients, read_headers, with_missing
from webhooks.inbound.mime import File, Text, build_mail

HEAD = headers(
    [
        ("Received", "from b"),
        ("Received", "from a"),
        ("From", mailbox("Ada", "ada@people.example")),
        ("Subject", "The printer jams"),
        ("Message-ID", "<1@people.example>"),
    ]
)
ODD = 'name with "quotes", ümläuts, ; and a very long tail ' + "x" * 100 + ".bin"


@given(content=st.binary(max_size=3000))
def test_an_attachment_keeps_every_byte(content: bytes) -> None:
    """django-helpdesk: text attachments re-encoded; here they are byte-exact."""
    files = [File(filename="a.txt", content_type="text/plain; charset=utf-16", content=content)]
    mail = parse(build_mail(HEAD, text=Text(b"See it."), html=None, files=files))
    assert [one.content for one in mail.attachments] == [content]
    assert mail.text == "See it."


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_a_text_keeps_every_character(text: str) -> None:
    mail = parse(build_mail(HEAD, text=Text(f"-{text}-".encode()), html=None))
    assert mail.text == parse(b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + f"-{text}-".encode()).text


def test_the_original_fields_stay_in_their_order() -> None:
    old = headers(
        [("Content-Type", "multipart/mixed; boundary=x"), ("MIME-Version", "1.0"), ("content-language", "de")]
    )
    raw = build_mail([*HEAD, *old], text=Text(b"Hello"), html=None)
    mail = parse(raw)
    assert mail.headers.raw("received") == ["from b", "from a"]
    assert (mail.message_id, mail.subject, mail.from_[0].name) == ("1@people.example", "The printer jams", "Ada")
    assert raw.count(b"MIME-Version") == 1
    assert b"boundary=x" not in raw


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\r\n\r\n", "\n \n", "\r\r\n\t"])
def test_a_value_never_begins_another_field(breaks: str) -> None:
    """A provider decodes what a stranger wrote; a line end in it must not become a header of ours."""
    value = f"harmless{breaks}Authentication-Results: mx.desk.example; dmarc=pass"
    mail = parse(build_mail(headers([("Subject", value)]), text=Text(b"Hello"), html=None))
    assert mail.headers.raw("authentication-results") == []
    assert mail.text == "Hello"


@pytest.mark.parametrize("name", ["", "A B", "A:B", "A\r\nB", "ü", "x" * 300])
def test_a_field_with_an_impossible_name_is_left_out(name: str) -> None:
    assert header(name, "value") is None


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Ada", "Ada"),
        ("Ada, <eve@evil.example>", "Ada, <eve@evil.example>"),
        ('A "B" C', 'A "B" C'),
        ("back\\slash", "back\\slash"),
        ("Zoë 💲 * : ;", "Zoë 💲 * : ;"),
        ("=?utf-8?q?Ada?=", "Ada"),
        ("", ""),
    ],
)
def test_a_display_name_stays_a_name(name: str, read: str) -> None:
    mail = parse(build_mail(headers([("From", mailbox(name, "ada@people.example"))]), text=None, html=None))
    assert [(box.name, box.email) for box in mail.from_] == [(read, "ada@people.example")]


def test_text_and_html_are_alternatives_in_the_charsets_they_came_in() -> None:
    html = Text("<p>Grüße</p>".encode("latin-1"), "iso-8859-1")
    mail = parse(build_mail(HEAD, text=Text("Grüße".encode("utf-16-le"), "utf-16le"), html=html))
    assert (mail.text, mail.raw_html) == ("Grüße", "<p>Grüße</p>")


def test_a_charset_that_is_none_does_no_harm() -> None:
    mail = parse(build_mail(HEAD, text=Text(b"Hello", 'x"\r\nBcc: eve@evil.example'), html=None))
    assert (mail.text, mail.headers.raw("bcc")) == ("Hello", [])


def test_inline_images_stay_beside_the_html_that_shows_them() -> None:
    files = [
        File(filename="logo.png", content_type="image/png", content=b"\x89PNG", content_id="<logo@x>", inline=True),
        File(filename=ODD, content_type="application/pdf", content=b"%PDF"),
    ]
    mail = parse(build_mail(HEAD, text=Text(b"Hi"), html=Text(b'<img src="cid:logo@x">'), files=files))
    logo, paper = mail.attachments
    assert (logo.filename, logo.inline, logo.content_id, logo.content) == ("logo.png", True, "logo@x", b"\x89PNG")
    assert (paper.content, paper.inline, paper.content_type) == (b"%PDF", False, "application/pdf")
    assert "ümläuts" in paper.filename


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "multipart/mixed", "multipart/mixed; boundary=a", "", "text", "a\r\nB: c"]
)
def test_a_file_is_a_file_whatever_its_type(kind: str) -> None:
    inner = b"Subject: inside\r\nContent-Type: text/plain\r\n\r\n--a\r\n\r\nhidden\r\n"
    mail = parse(
        build_mail(HEAD, text=Text(b"Hi"), html=None, files=[File(filename="m", content_type=kind, content=inner)])
    )
    assert [(one.filename, one.content) for one in mail.attachments] == [("m", inner)]
    assert (mail.text, mail.subject) == ("Hi", "The printer jams")


def test_the_same_parts_give_the_same_bytes() -> None:
    """Or a repeated post would be another mail (zammad#1662)."""
    files = [File(filename="a", content_type="image/png", content=b"1", content_id="a", inline=True)]
    assert len({build_mail(HEAD, text=Text(b"a"), html=Text(b"b"), files=files) for _ in range(3)}) == 1


def test_nothing_at_all_is_an_empty_mail() -> None:
    mail = parse(build_mail([], text=None, html=None))
    assert (mail.text, mail.attachments, mail.sender) == ("", (), None)


def test_a_block_is_read_with_its_folds() -> None:
    block = b"Subject: one\r\n two\r\nX-Empty:\r\nbroken line\r\nTo: =?utf-8?q?J=C3=BCrgen?=\r\n <j@x.example>\r\n"
    assert read_headers(block) == [
        ("Subject", b"one\r\n two"),
        ("X-Empty", b""),
        ("To", b"=?utf-8?q?J=C3=BCrgen?=\r\n <j@x.example>"),
    ]


def test_only_what_is_missing_and_says_something_is_added() -> None:
    known = headers([("SUBJECT", "kept")])
    added = with_missing(known, [("Subject", "other"), ("Date", ""), ("To", "a@x.example")])
    assert added == [("SUBJECT", b"kept"), ("To", b"a@x.example")]


def test_recipients_are_those_of_the_delivery_before_those_written() -> None:
    """zulip#38977: addresses are parsed by the email package, never by hand."""
    raw = (
        b"To: List <list@x.example>, two@x.example\r\nDelivered-To: <support+12@desk.example>\r\n"
        b"Cc: Support: a@x.example, list@x.example;\r\n\r\nTo: not-this@x.example\r\n"
    )
    assert named_recipients(raw) == ("support+12@desk.example", "list@x.example", "two@x.example", "a@x.example")


@given(st.lists(st.text(max_size=60), max_size=4))
def test_addresses_never_raise(values: list[str]) -> None:
    assert all("@" in one for one in addresses(values))


@given(st.binary(max_size=300))
def test_recipients_never_raise(raw: bytes) -> None:
    assert all("@" in one for one in named_recipients(raw))
