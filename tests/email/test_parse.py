"""What intake reads in a mail: people, subject, text, attachments."""

# ruff: noqa: RUF001 (characters that look like others are what is read)

import base64
import hashlib

import pytest

from bot.email.mailboxes import Mailbox
from bot.email.parse import parse
from tests.fakes.raw_mail import multipart, raw_mail


def test_a_plain_mail_gives_sender_subject_date_and_text() -> None:
    mail = parse(raw_mail("Smoke everywhere.\n", {"Cc": "Bob <bob@example.org>", "References": "<a@x> <b@x>"}))

    assert mail.sender == Mailbox(name="Ada Lovelace", email="ada@example.org")
    assert (mail.to, mail.cc) == (
        (Mailbox(email="support@example.com"),),
        (Mailbox(name="Bob", email="bob@example.org"),),
    )
    assert (mail.subject, mail.text) == ("Printer on fire", "Smoke everywhere.")
    assert (mail.message_id, mail.references) == ("1@example.org", ("a@x", "b@x"))
    assert mail.date is not None
    assert mail.date.isoformat() == "2026-06-01T10:00:00+02:00"
    assert mail.defects == ()


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Grüße, 你好, привет"),
        ("iso-8859-1", "naïve café"),
        ("windows-1252", "“quoted” – €5"),
        ("gb2312", "打印机着火了 镕"),  # the last character is in GB 18030 only
        ("big5", "印表機著火了"),
        ("iso-2022-jp", "プリンターが燃えている"),
        ("shift_jis", "①プリンター"),
        ("euc-kr", "프린터에 불이 났어요"),
        ("ks_c_5601-1987", "프린터"),
        ("koi8-r", "принтер горит"),
        ("windows-1251", "принтер горит"),
        ("utf-7", "Grüße"),
    ],
)
def test_text_is_read_in_the_charset_that_the_label_means(charset: str, text: str) -> None:
    """zammad#2722, #3115, #2227: ISO-2022-JP and mislabelled Chinese crash other parsers."""
    codec = {"gb2312": "gb18030", "shift_jis": "cp932", "ks_c_5601-1987": "cp949"}.get(charset, charset)
    body = base64.encodebytes(text.encode(codec))
    fields = {"Content-Type": f"text/plain; charset={charset}", "Content-Transfer-Encoding": "base64"}

    assert parse(raw_mail(body, fields)).text == text


@pytest.mark.parametrize(
    ("label", "raw", "text"),
    [
        ("foo-9", "größer".encode(), "größer"),
        ("us-ascii", "größer".encode(), "größer"),
        ("utf-8", "größer".encode("latin-1"), "größer"),
        ("iso-8859-1", "größer".encode(), "größer"),
        ("", "größer als alles andere".encode("latin-1"), "größer als alles andere"),
        ("", "Принтер на третьем этаже снова горит, помогите".encode("cp1251"), None),
        ("\x00utf-8", "größer".encode(), "größer"),
        ("punycode", b"plain", "plain"),
        ("zlib", b"plain", "plain"),
    ],
)
def test_a_wrong_or_missing_charset_label_raises_nothing_and_loses_nothing(
    label: str, raw: bytes, text: str | None
) -> None:
    """zammad#2722; `policy.default` raises LookupError and ValueError here."""
    mail = parse(raw_mail(raw, {"Content-Type": f"text/plain; charset={label}"}))

    assert mail.text == (text or "Принтер на третьем этаже снова горит, помогите")


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        (b"=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        (b"=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
        (b"=?UTF-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?Q?Gr=C3=BC=C3?= =?utf-8?Q?=9Fe?=", "Grüße"),
        (b"=?utf-8?Q?two words inside?=", "two words inside"),
        (b"Re:=?utf-8?Q?Gr=C3=BC=C3=9Fe?=:now", "Re:Grüße:now"),
        (b"=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "テスト"),
        (b"=?gb2312?B?tPLTobv6?=", "打印机"),
        (b"=?none?Q?kept?=", "kept"),
        (b"=?broken?Q?kept", "=?broken?Q?kept"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
        ("\x1b$B%F%9%H\x1b(B".encode("ascii"), "テスト"),
        (b"folded\r\n over lines", "folded over lines"),
        (b"C:\\new [x] \x00null", "C:\\new [x] null"),
        (b"", ""),
    ],
)
def test_a_subject_is_decoded_however_it_was_encoded(field: bytes, subject: str) -> None:
    r"""zammad#2227 and django-helpdesk 2.6, where `C:\new` loses its backslash."""
    assert parse(raw_mail(headers={"Subject": field})).subject == subject


@pytest.mark.parametrize(
    ("field", "mailbox"),
    [
        ("ada@example.org", Mailbox(email="ada@example.org")),
        ("=?utf-8?q?J=C3=B6rg?= <j@example.org>", Mailbox(name="Jörg", email="j@example.org")),
        ('"=?utf-8?q?J=C3=B6rg?=" <j@example.org>', Mailbox(name="Jörg", email="j@example.org")),
        ("=?utf-8?q?J=C3=B6rg_=3Cj=40example.org=3E?=", Mailbox(name="Jörg", email="j@example.org")),
        ("Doe, Jane <jane@example.org>", Mailbox(name="Doe, Jane", email="jane@example.org")),
        ('"Doe, Jane" <jane@example.org>', Mailbox(name="Doe, Jane", email="jane@example.org")),
        ("jane@example.org (Jane Doe)", Mailbox(name="Jane Doe", email="jane@example.org")),
        ("<<jane@example.org>>", Mailbox(email="jane@example.org")),
        ("(" * 3000 + " jane@example.org", Mailbox(email="jane@example.org")),
        ("Jane <jane@[192.0.2.1]>", Mailbox(name="Jane", email="jane@[192.0.2.1]")),
    ],
)
def test_a_sender_is_found_in_every_style(field: str, mailbox: Mailbox) -> None:
    """`policy.default` raises IndexError, AttributeError or RecursionError on some of these."""
    assert parse(raw_mail(headers={"From": field})).sender == mailbox


@pytest.mark.parametrize("field", ["‹", "a@[1.2.3.4", "", "undisclosed-recipients:;", "nobody", ",,,", "<>"])
def test_a_field_without_an_address_names_no_sender(field: str) -> None:
    sender = parse(raw_mail(headers={"From": field})).sender

    assert sender is None or "@" in sender.email


def test_a_bracketed_envelope_recipient_is_understood() -> None:
    """zulip#38977."""
    mail = parse(raw_mail(headers={"Envelope-To": "<Support+7@example.com>", "Delivered-To": "b@example.com"}))

    assert mail.delivered_to == ("b@example.com", "support+7@example.com")


@pytest.mark.parametrize("field", [None, "", "<>", "   "])
def test_a_mail_without_message_id_gets_one_of_its_content(field: str | None) -> None:
    """libredesk#122: an empty Message-ID swallowed all later mail into one conversation."""
    mail = parse(raw_mail("one", {"Message-ID": field}))
    same = parse(raw_mail("one", {"Message-ID": field, "Received": "by another relay"}))
    other = parse(raw_mail("two", {"Message-ID": field}))

    assert not mail.has_own_message_id
    assert mail.message_id == same.message_id != other.message_id
    assert mail.message_id.endswith(".invalid")


@pytest.mark.parametrize("body", ["<p>only <b>HTML</b></p>", "<HTML><BODY>only HTML</BODY></HTML>"])
def test_a_mail_of_html_only_has_text(body: str) -> None:
    """django-helpdesk 2.6 stores no HTML-only mail."""
    mail = parse(raw_mail(body, {"Content-Type": "text/html; charset=utf-8"}))

    assert "only HTML" in mail.text
    assert "only" in mail.html


def test_alternatives_give_one_text_and_one_html() -> None:
    body, fields = multipart(
        "alternative",
        "Content-Type: text/plain\n\nplain words",
        "Content-Type: text/html\n\n<p>rich words</p>",
        "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR",
    )
    mail = parse(raw_mail(body, fields))

    assert (mail.text, mail.html) == ("plain words", "<p>rich words</p>")
    assert [(one.filename, one.content_type) for one in mail.attachments] == [("invite.ics", "text/calendar")]
    assert mail.reports.calendar_method == "REQUEST"


def test_an_empty_plain_alternative_is_replaced_by_the_words_of_the_html() -> None:
    body, fields = multipart("alternative", "Content-Type: text/plain\n\n \n", "Content-Type: text/html\n\n<p>rich</p>")

    assert parse(raw_mail(body, fields)).text == "rich"


@pytest.mark.parametrize("encoding", ["base64", "BASE64 ", '"base64"', "base-64"])
def test_a_transfer_encoding_is_read_in_every_spelling(encoding: str) -> None:
    assert parse(raw_mail("aGVsbG8=\n", {"Content-Transfer-Encoding": encoding})).text == "hello"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("aGVsbG8", "hello"),
        ("aGVs\nbG8=\n____\nA list footer\n", "hello"),
        ("aGVs*bG8=", ""),
        ("aGU=\nbGxv\n", "hello"),
    ],
)
def test_broken_base64_gives_what_it_holds(body: str, text: str) -> None:
    assert parse(raw_mail(body, {"Content-Transfer-Encoding": "base64"})).text == text


def test_flowed_text_is_one_line_a_paragraph_and_keeps_quotes() -> None:
    body = "a long \nline\n> quoted \n> words\n\n-- \nAda\n"
    mail = parse(raw_mail(body, {"Content-Type": "text/plain; format=flowed"}))

    assert mail.text == "a long line\n> quoted words\n\n-- \nAda"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("--sep\n\nno end", "no end"),
        ("preamble\n--sep\n\nwith preamble\n--sep--\nepilogue", "with preamble"),
        ("--sep\n\none\n--sep--\n--sep\n\nafter the end\n--sep--", "one\n\nafter the end"),
        ("--sepX\n\nnot a boundary\n--sep\n\nreal\n--sep--", "real"),
        ("--other\nContent-Type: text/plain\n\nguessed\n--other--", "guessed"),
        ("no boundary at all", "no boundary at all"),
        ("--sep  \n\nspaces after it\n--sep--", "spaces after it"),
    ],
)
def test_a_broken_multipart_gives_its_text(body: str, text: str) -> None:
    assert parse(raw_mail(body, {"Content-Type": "multipart/mixed; boundary=sep"})).text == text


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_is_a_line_end(line_end: bytes) -> None:
    raw = raw_mail("one\ntwo\n").replace(b"\r\n", line_end)

    assert (parse(raw).subject, parse(raw).text) == ("Printer on fire", "one\ntwo")


def test_the_line_that_mbox_and_pipes_put_on_top_is_no_header() -> None:
    mail = parse(b"From ada@example.org Mon Jun  1 10:00:00 2026\n" + raw_mail("text"))

    assert (mail.subject, mail.text, mail.defects) == ("Printer on fire", "text", ())


def test_the_content_hash_does_not_depend_on_the_way_a_mail_took() -> None:
    direct, relayed = parse(raw_mail("same")), parse(raw_mail("same", {"Received": "by relay"}))

    assert direct.content_hash == relayed.content_hash != parse(raw_mail("other")).content_hash
    assert hashlib.sha256(b"same").hexdigest() == direct.content_hash


@pytest.mark.parametrize("date", ["no date", "Mon, 99 Foo 2026 25:61:61", "9" * 300])
def test_an_unreadable_date_is_none_and_named(date: str) -> None:
    mail = parse(raw_mail(headers={"Date": date}))

    assert mail.date is None
    assert "unreadable date" in mail.defects
