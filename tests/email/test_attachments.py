"""Attachments byte for byte, whatever they are wrapped in, under the names that their senders gave them."""

import base64
import hashlib

import pytest

from bot.email.interpreter import split_mail
from bot.email.parse import parse
from tests.fakes.raw_mail import multipart, raw_mail

DER = bytes(range(256)) * 5
ARMOURED = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA \t \r\n=ab12\r\n-----END PGP MESSAGE-----\r\n"


def part(fields: str, content: bytes) -> bytes:
    return f"{fields}\nContent-Transfer-Encoding: base64\n\n".encode() + base64.encodebytes(content).rstrip(b"\n")


def test_a_signed_mail_keeps_its_signature_byte_for_byte() -> None:
    signature = part('Content-Type: application/pkcs7-signature; name="smime.p7s"', DER)
    body, fields = multipart("signed", "Content-Type: text/plain\n\nIt burns.", signature)
    mail = parse(raw_mail(body, fields))

    assert mail.text == "It burns."
    assert [(one.filename, one.content) for one in mail.attachments] == [("smime.p7s", DER)]


@pytest.mark.parametrize("kind", ["application/pkcs7-mime", "application/x-pkcs7-mime"])
@pytest.mark.parametrize("smime", ["signed-data", "enveloped-data"])
def test_an_opaque_mail_is_kept_as_the_attachment_that_it_is(kind: str, smime: str) -> None:
    headers: dict[str, str | bytes | None] = {
        "Content-Type": f"{kind}; smime-type={smime}; name=smime.p7m",
        "Content-Transfer-Encoding": "base64",
    }
    mail = parse(raw_mail(base64.encodebytes(DER), headers))

    assert [(one.filename, one.content_type, one.content) for one in mail.attachments] == [("smime.p7m", kind, DER)]


def test_an_encrypted_pgp_mail_keeps_both_parts_to_the_last_space() -> None:
    raw = raw_mail(*multipart("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1", "HERE"))
    inner = b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n" + ARMOURED
    mail = parse(raw.replace(b"HERE", inner))

    assert [(one.filename, one.content) for one in mail.attachments] == [
        ("version.asc", b"Version: 1"),
        ("encrypted.asc", ARMOURED),
    ]


def test_the_armour_of_a_text_signed_in_place_is_no_part_of_the_reply() -> None:
    armour = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n=abcd\n-----END PGP SIGNATURE-----"
    text = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nIt burns.\n- -----\nFrom 9 on.\n{armour}\n"
    split = split_mail(parse(raw_mail(text)))

    assert split.reply_text == "It burns.\n-----\nFrom 9 on."
    assert split.signature == armour
    unfinished = text.replace("END PGP SIGNATURE", "END")
    assert "It burns." in split_mail(parse(raw_mail(unfinished))).reply_text


def test_a_message_inside_is_decoded_and_named_after_its_subject() -> None:
    inner = b"Subject: Printer\n\nIt burns.\n"
    headers: dict[str, str | bytes | None] = {
        "Content-Type": "message/rfc822",
        "Content-Transfer-Encoding": "base64",
    }
    mail = parse(raw_mail(base64.encodebytes(inner), headers))

    assert [(one.filename, one.content) for one in mail.attachments] == [("Printer.eml", inner)]
    assert mail.text == "Subject: Printer\n\nIt burns."


def test_a_message_inside_is_read_only_where_its_sender_wrote_nothing() -> None:
    inner = "Content-Type: message/rfc822\n\nFrom: Bob <bob@example.net>\nSubject: Fire\n\nIt burns."
    alone = parse(raw_mail(*multipart("mixed", inner)))
    beside = parse(raw_mail(*multipart("mixed", "Content-Type: text/plain\n\nSee below.", inner)))

    assert alone.text == "From: Bob <bob@example.net>\nSubject: Fire\n\nIt burns."
    assert split_mail(alone).reply_text == alone.text
    assert (beside.text, len(beside.attachments)) == ("See below.", 1)
    for level in (
        b"Content-Type: message/rfc822\n\n",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n",
    ):
        assert parse(b"From: a@b.org\n" + level * 2_000 + b"Subject: deep\n\nwords").attachments


def test_both_forks_of_a_file_of_a_mac_are_kept_and_a_text_in_it_is_a_file() -> None:
    forks, kind = multipart(
        "appledouble",
        part("Content-Type: application/applefile; name=notes.txt", b"\0\5\x16\7"),
        part("Content-Type: text/plain; name=notes.txt", b"from the file\r\n"),
        boundary="forks",
    )
    inner = f"Content-Type: {kind['Content-Type']!s}\n\n".encode() + forks
    mail = parse(raw_mail(*multipart("mixed", "Content-Type: text/plain\n\nSee the notes.", inner)))

    assert mail.text == "See the notes."
    assert [(one.filename, one.content) for one in mail.attachments] == [
        ("notes.txt", b"\0\5\x16\7"),
        ("notes.txt", b"from the file\r\n"),
    ]


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode", "binary"])
@pytest.mark.parametrize("kind", ["text/csv", "text/plain", "application/zip", "image/svg+xml"])
def test_no_encoding_and_no_type_changes_a_byte(encoding: str, kind: str) -> None:
    """django-helpdesk, roundup: `.csv` and `.zip` dropped, text attachments re-encoded."""
    content = b"a;b\r\n1;\xe4\n--sep-\ntrailing \t\r\n\x00\xff"
    encoded = {
        "base64": base64.encodebytes(content),
        "quoted-printable": b"a;b=0D=0A1;=E4=0A--sep-=0Atrailing=20=09=0D=0A=00=FF=\r\n",
        "x-uuencode": b"begin 644 x\r\n" + _uuencoded(content) + b"`\r\nend\r\n",
        "binary": content,
    }[encoding]
    raw = raw_mail(*multipart("mixed", "Content-Type: text/plain\n\nwords", "HERE"))
    fields = f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="x"\r\n'
    head = f"{fields}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    attachment = parse(raw.replace(b"HERE", head + encoded)).attachments[0]

    assert hashlib.sha256(attachment.content).digest() == hashlib.sha256(content).digest()


def _uuencoded(content: bytes) -> bytes:
    import binascii  # noqa: PLC0415 (only here)

    return b"".join(binascii.b2a_uu(content[at : at + 45]).replace(b"\n", b"\r\n") for at in range(0, len(content), 45))


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename*0="a"; filename*2="c.pdf"', "ac.pdf"),
        ("attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9.pdf", "café.pdf"),
        ("attachment; filename*1*=%A9.pdf; filename*0*=utf-8''caf%C3", "café.pdf"),
        ("attachment; filename*=\"utf-8''caf%C3%A9.pdf\"", "café.pdf"),
        ("attachment; filename*=utf-8''\"caf%C3%A9.pdf\"", "café.pdf"),
        ("attachment; filename*=caf%C3%A9.pdf", "café.pdf"),
        ("attachment; filename*=''caf%C3%A9.pdf", "café.pdf"),
        ("attachment; filename*=UTF8''caf%C3%A9.pdf", "café.pdf"),
        ("attachment; filename*=iso-8859-1''caf%E9.pdf", "café.pdf"),
        ("attachment; filename*=gb2312''%B1%A8%BC%DB.pdf", "报价.pdf"),
        ("attachment; filename*0*=utf-8''a%20; filename*1*=utf-8''b.pdf", "a b.pdf"),
        ('attachment; filename*0="=?utf-8?B?Y2Fm"; filename*1="w6kucGRm?="', "café.pdf"),
        ("attachment; filename=“a b.pdf”", "a b.pdf"),
        ("attachment; filename=my file.pdf", "my file.pdf"),
        ('attachment; filename="=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9.pdf?="', "café.pdf"),
    ],
)
def test_a_name_in_pieces_is_put_together_as_its_program_meant_it(disposition: str, name: str) -> None:
    """zammad#2227: RFC 2231, and what programs make of it."""
    body, fields = multipart(
        "mixed",
        "Content-Type: text/plain\n\nw",
        f"Content-Type: application/pdf\nContent-Disposition: {disposition}\n\nx",
    )

    assert [one.filename for one in parse(raw_mail(body, fields)).attachments] == [name]


@pytest.mark.parametrize(
    ("text", "delsp", "shown"),
    [
        (">> a \n>> b\n> c \n> d\n e\n -- x\n-- \nsig\n", "no", ">> a b\n> c d\ne\n-- x\n-- \nsig"),
        ("> > a \n> > b\n", "no", ">> a b"),
        ("日本 \n語\n", "yes", "日本語"),
        ("> 日本 \n> 語 \n> です\n", "yes", "> 日本語です"),
        ("a \n> b\n", "no", "a\n> b"),
    ],
)
def test_flowed_text_flows_within_its_depth_of_quotation(text: str, delsp: str, shown: str) -> None:
    """RFC 3676."""
    kind = f"text/plain; charset=utf-8; format=flowed; delsp={delsp}"

    assert parse(raw_mail(text, {"Content-Type": kind})).text.rstrip("\n") == shown


def test_unlabelled_names_tell_their_charset_together() -> None:
    mail = parse(
        raw_mail(
            "Принтер не работает".encode("cp1251"),
            {"From": "Пётр <p@example.org>".encode("cp1251"), "Subject": "Сбой".encode("cp1251")},
        )
    )

    assert (mail.from_[0].name, mail.subject, mail.text) == ("Пётр", "Сбой", "Принтер не работает")


def test_every_field_may_be_in_a_charset_of_its_own() -> None:
    mail = parse(
        raw_mail(
            headers={
                "From": "Jörg <joerg@example.org>".encode("latin-1"),
                "Cc": "Анна Петрова <anna@example.org>".encode("koi8-r"),
                "Subject": "日本語の件名です".encode("cp932"),
                "To": "Zoë <zoe@example.org>".encode(),
            }
        )
    )

    assert [mail.from_[0].name, mail.cc[0].name, mail.subject, mail.to[0].name] == [
        "Jörg",
        "Анна Петрова",
        "日本語の件名です",
        "Zoë",
    ]
