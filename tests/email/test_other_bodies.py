"""Mails whose words are neither plain text nor HTML, and files that stand inside of a text."""

import base64

import pytest

from bot.email.calendar_text import calendar_text
from bot.email.parse import ParsedMail, parse
from tests.fakes.raw_mail import multipart, raw_mail

INVITATION = """\
BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Printer\\, on fire
DTSTART;TZID=Europe/Berlin:20260601T100000
DTEND;TZID=Europe/Berlin:20260601T110000
RRULE:FREQ=WEEKLY;COUNT=3
LOCATION:Room 5
ORGANIZER;CN="Lovelace, Ada":mailto:ada@example.org
DESCRIPTION:Bring water.\\nLots
  of it.
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR
"""
READ = """\
Invitation: Printer, on fire
When: 2026-06-01, 10:00 \u2013 11:00 (Europe/Berlin)
Repeats: weekly
Where: Room 5
Organizer: Lovelace, Ada <ada@example.org>

Bring water.
Lots of it."""


def mailed(kind: str, body: str | bytes, **fields: str) -> ParsedMail:
    more: dict[str, str | bytes | None] = {name.replace("_", "-"): value for name, value in fields.items()}
    return parse(raw_mail(body, {"Content-Type": kind, **more}))


def test_an_invitation_reads_as_what_when_where_and_by_whom() -> None:
    mail = mailed("text/calendar; method=REQUEST", INVITATION)

    assert mail.text == READ
    assert [one.content_type for one in mail.attachments] == ["text/calendar"]


def test_words_beside_an_invitation_are_what_is_read() -> None:
    body, fields = multipart(
        "alternative", "Content-Type: text/plain\n\nPlease come.", f"Content-Type: text/calendar\n\n{INVITATION}"
    )

    assert parse(raw_mail(body, fields)).text == "Please come."


@pytest.mark.parametrize(
    ("event", "read"),
    [
        ("DTSTART;VALUE=DATE:20260601\nSUMMARY:Holiday", "Invitation: Holiday\nWhen: 2026-06-01"),
        ("DTSTART:20260601T080000Z\nSUMMARY:x\nSTATUS:CANCELLED", "Cancelled: x\nWhen: 2026-06-01, 08:00 (UTC)"),
        (
            "DTSTART:20260601T230000\nDTEND:20260602T010000\nSUMMARY;ENCODING=QUOTED-PRINTABLE:Gr=C3=BC=C3=9Fe",
            "Invitation: Grüße\nWhen: 2026-06-01, 23:00 \u2013 2026-06-02, 01:00",
        ),
        ("DTSTART:nonsense\nORGANIZER:MAILTO:a@b.org", "When: nonsense\nOrganizer: a@b.org"),
        ("DTSTART:20269999T000000", "When: 20269999T000000"),
        ("nothing", ""),
    ],
)
def test_events_of_many_programs_are_read(event: str, read: str) -> None:
    assert calendar_text(f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR") == read


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/markdown", "# Printer\n\n- burns", "# Printer\n\n- burns"),
        ("text/enriched", "<bold>It</bold> burns\nsince <<Monday>.\n\nHelp.", "It burns since <Monday>.\nHelp."),
        ("text/enriched", "<color><param>red</param>Fire</color>", "Fire"),
        ("text/richtext", "<bold>It</bold> burns.<nl>1 <lt> 2", "It burns.\n1 < 2"),
        ("application/xhtml+xml", "<html><body><p>It burns.</p></body></html>", "It burns."),
        ("text/markdown; charset=koi8-r", "Принтер горит".encode("koi8-r"), "Принтер горит"),
    ],
)
def test_words_in_another_form_are_read(kind: str, body: str | bytes, text: str) -> None:
    assert mailed(kind, body).text == text


def test_what_is_sent_as_a_file_is_no_text() -> None:
    assert mailed("text/markdown", "# Notes", Content_Disposition="attachment; filename=notes.md").text == ""


def test_the_first_type_that_is_one_counts_and_a_boundary_that_is_there_more() -> None:
    body, fields = multipart("mixed", "Content-Type: text/plain\n\nwords", "Content-Type: image/png\n\nx")
    raw = raw_mail(body, fields)

    for other in (b"Content-Type: text/plain\r\n", b"Content-Type: nonsense\r\n", b"Content-Type: text/html\r\n"):
        mail = parse(raw.replace(b"MIME-Version", other + b"MIME-Version", 1))
        assert (mail.text, len(mail.attachments)) == ("words", 1)
    twice = raw_mail("<p>x</p>", {"Content-Type": "nonsense\r\nContent-Type: text/html"})
    assert parse(twice).text == "x"


CONTENT = bytes(range(256)) * 3


def yenc(content: bytes) -> bytes:
    shifted = bytes((byte + 42) % 256 for byte in content)
    escaped = b"".join(bytes((61, (byte + 64) % 256)) if byte in b"\0\n\r=" else bytes((byte,)) for byte in shifted)
    lines: list[bytes] = []
    line = b""
    for byte in escaped:
        line += bytes((byte,))
        if len(line) >= 128 and line[-1:] != b"=":
            lines, line = [*lines, line], b""
    body = b"\r\n".join(b"." + one if one.startswith(b".") else one for one in [*lines, line])
    return b"=ybegin line=128 size=768 name=a b.bin\r\n" + body + b"\r\n=yend size=768 crc32=x\r\n"


def test_files_inside_of_a_text_are_attachments_byte_for_byte() -> None:
    raw = raw_mail("HERE", {"Content-Transfer-Encoding": "8bit"})
    mail = parse(raw.replace(b"HERE", b"See:\r\n" + yenc(CONTENT) + b"and this\r\n=ybegin is no file\r\n"))
    assert [(one.filename, one.content) for one in mail.attachments] == [("a b.bin", CONTENT)]
    assert mail.text.split() == ["See:", "and", "this", "=ybegin", "is", "no", "file"]

    encoded = base64.encodebytes(CONTENT).decode()
    mail = parse(raw_mail(f"See:\nbegin-base64 644 a b.bin\n{encoded}====\nthat is all\n"))
    assert [(one.filename, one.content) for one in mail.attachments] == [("a b.bin", CONTENT)]
    assert mail.text.split() == ["See:", "that", "is", "all"]


def test_an_image_that_the_html_shows_is_inline_wherever_it_stands() -> None:
    body, fields = multipart(
        "mixed",
        'Content-Type: text/html\n\n<p>x<img src="cid:logo@x"></p>',
        "Content-Type: image/png\nContent-ID: <logo@x>\nContent-Disposition: attachment; filename=logo.png\n\nx",
        "Content-Type: image/png\nContent-ID: <other@x>\nContent-Disposition: attachment; filename=photo.png\n\nx",
    )

    shown = {one.filename: one.inline for one in parse(raw_mail(body, fields)).attachments}
    assert shown == {"logo.png": True, "photo.png": False}


PARTS = "--x\nContent-Type: text/plain\n\nwords\n--x\nContent-Type: image/png\n\nx\n--x--\n"


@pytest.mark.parametrize(
    "kind", ["multipart; boundary=x", "mixed; boundary=x", "text/plain; boundary=x", "multipart/mixed boundary=x", None]
)
def test_parts_are_parts_under_a_label_that_is_none(kind: str | None) -> None:
    mail = parse(raw_mail(PARTS, {"Content-Type": kind}))

    assert (mail.text, [one.content_type for one in mail.attachments]) == ("words", ["image/png"])


@pytest.mark.parametrize(
    "body", ["Hello\n--Ada\n\nPS: more", "--x\nno part\n--x--", "--x\nContent-Type: text/plain\n\nx"]
)
@pytest.mark.parametrize("kind", [None, "text/plain", "text/plain; charset=utf-8"])
def test_what_only_looks_like_parts_is_text(body: str, kind: str | None) -> None:
    assert parse(raw_mail(body, {"Content-Type": kind})).text == body


def test_parts_that_were_encoded_as_a_whole_are_decoded() -> None:
    encoded = base64.encodebytes(PARTS.encode())
    fields: dict[str, str | bytes | None] = {
        "Content-Type": "multipart/mixed; boundary=x",
        "Content-Transfer-Encoding": "base64",
    }

    assert parse(raw_mail(encoded, fields)).text == "words"


def test_words_that_are_called_base64_and_are_none_are_kept() -> None:
    words = "Hello, this is plain text! It isn't base64."
    mail = parse(raw_mail(words, {"Content-Transfer-Encoding": "base64"}))

    assert (mail.text, "labelled base64, is none" in mail.defects) == (words, True)


def test_a_byte_order_mark_hides_no_header() -> None:
    assert parse(b"\xef\xbb\xbf" + raw_mail("words")).subject == "Printer on fire"
