"""Attachments of a mail: every file byte for byte, with its name, however it was sent."""

import base64

import pytest

from bot.email.parse import parse
from tests.fakes.raw_mail import multipart, raw_mail


def test_text_before_and_after_an_attachment_is_all_kept() -> None:
    body, fields = multipart(
        "mixed",
        "Content-Type: text/plain\n\nfirst",
        "Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\nUEs=",
        "Content-Type: text/html\n\n<p>second</p>",
    )
    mail = parse(raw_mail(body, fields))

    assert mail.text == "first\n\nsecond"
    assert mail.html == "<pre>first</pre>\n<p>second</p>"
    assert [one.filename for one in mail.attachments] == ["a.zip"]


def test_inline_images_keep_their_content_id() -> None:
    body, fields = multipart(
        "related",
        'Content-Type: text/html\n\n<p>see <img src="cid:logo@x" alt="logo"></p>',
        "Content-Type: image/png; name=logo.png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\niVBORw0=",
    )
    mail = parse(raw_mail(body, fields))

    assert [(one.inline, one.content_id, one.filename) for one in mail.attachments] == [(True, "logo@x", "logo.png")]
    assert 'src="cid:logo@x"' in mail.html


def test_attachments_are_byte_exact() -> None:
    """django-helpdesk and roundup drop .csv and .zip attachments and encode text attachments anew."""
    every_byte = bytes(range(256)) * 40
    latin = "größer;1\r\n".encode("latin-1")
    encoded = base64.encodebytes(every_byte).decode()
    body, fields = multipart(
        "mixed",
        "Content-Type: text/plain\n\nsee files",
        f"Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n{encoded}",
        b"Content-Type: text/csv; charset=utf-8; name=a.csv\nContent-Disposition: attachment\n\n" + latin,
    )
    archive, table = parse(raw_mail(body, fields)).attachments

    assert archive.content == every_byte
    assert table.content == latin  # the line end before the boundary belongs to the boundary


def test_an_enclosed_mail_is_kept_whole_and_does_not_speak_for_the_sender() -> None:
    enclosed = "From: eve@example.net\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nold words\n"
    body, fields = multipart(
        "mixed", "Content-Type: text/plain\n\nsee below", f"Content-Type: message/rfc822\n\n{enclosed}"
    )
    mail = parse(raw_mail(body, fields))

    assert mail.text == "see below"
    assert [one.filename for one in mail.attachments] == ["Grüße.eml"]
    assert mail.attachments[0].content == enclosed.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/ms-tnef", "winmail.dat"),
        ("application/pkcs7-mime; smime-type=enveloped-data", "smime.p7m"),
        ("application/pgp-encrypted", "version.asc"),
        ("application/x-unheard-of", "attachment.bin"),
        ("application/pdf", "attachment.pdf"),
    ],
)
def test_a_mail_that_is_one_attachment_is_kept_and_named(kind: str, name: str) -> None:
    """django-helpdesk 2.6 stores no attachment-only mail."""
    mail = parse(raw_mail("AAEC\n", {"Content-Type": kind, "Content-Transfer-Encoding": "base64"}))

    assert (mail.text, [(one.filename, one.content) for one in mail.attachments]) == ("", [(name, b"\0\1\2")])


def test_a_signed_mail_keeps_its_signature_as_attachment() -> None:
    body, fields = multipart(
        "signed",
        "Content-Type: text/plain\n\nsigned words",
        "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMAA=",
    )
    mail = parse(raw_mail(body, fields))

    assert (mail.text, mail.attachments[0].filename) == ("signed words", "smime.p7s")


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ('filename="a.pdf"', "a.pdf"),
        ("filename=two words.pdf", "two words.pdf"),
        ('filename="unclosed.pdf', "unclosed.pdf"),
        ('filename="a;b.pdf"', "a;b.pdf"),
        ("filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf"),
        ("filename*=utf-8'de'Gr%C3%BC%C3%9Fe.pdf; filename=old.pdf", "Grüße.pdf"),
        ("filename*0*=utf-8''Gr%C3%BC; filename*1=\"sse.pdf\"", "Grüsse.pdf"),
        ("filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ("filename*=Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf"),
        ("filename*=foo-9''x.pdf", "x.pdf"),
        ('filename="=?utf-8?B?R3LDvMOfZS5wZGY=?="', "Grüße.pdf"),
        ("filename==?utf-8?Q?Gr=C3=BC=C3=9Fe.pdf?=", "Grüße.pdf"),
        ('filename="Gr%C3%BC%C3%9Fe.pdf"', "Grüße.pdf"),
        ('filename="Grüße.pdf"', "Grüße.pdf"),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\Users\\ada\\a.pdf"', "a.pdf"),
        ('filename="1/2.pdf"', "1_2.pdf"),
        ('filename="a\u202efdp.exe"', "afdp.exe"),
    ],
)
def test_a_file_name_is_read_in_every_variant_and_is_safe(parameters: str, name: str) -> None:
    """zammad#3115: encoded file names."""
    body, fields = multipart(
        "mixed", f"Content-Type: application/pdf\nContent-Disposition: attachment; {parameters}\n\nx"
    )

    assert [one.filename for one in parse(raw_mail(body, fields)).attachments] == [name]


def test_uuencoded_files_in_the_text_become_attachments() -> None:
    mail = parse(raw_mail("see\nbegin 644 a.txt\n#0V%T\n`\nend\nbye\n"))

    assert mail.text.split() == ["see", "bye"]
    assert [(one.filename, one.content) for one in mail.attachments] == [("a.txt", b"Cat")]
