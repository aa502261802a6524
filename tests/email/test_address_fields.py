"""Who is named in an address field, in whatever style."""

import json
import time

import pytest

from bot.email.mailboxes import read_mailboxes
from bot.email.parse import parse
from bot.email.parsed_json import parsed_mail_json
from bot.email.screening import OwnMail, screen
from tests.fakes.raw_mail import raw_mail

J = "j@x.example"


def read(field: str) -> list[tuple[str, str]]:
    return [(one.name, one.email) for one in read_mailboxes([field])]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("Doe, John <j@x.example>", "Doe, John"),
        ("O'Brien, Pat <j@x.example>", "O'Brien, Pat"),
        ("=?utf-8?Q?Doe,_J=C3=B6hn?= <j@x.example>", "Doe, Jöhn"),
        ("John Doe j@x.example", "John Doe"),
        ("John Doe j@x.example>", "John Doe"),
        ("John Doe <j@x.example", "John Doe"),
        ('"John Doe <j@x.example>', "John Doe"),
        ("John Doe <<j@x.example>>", "John Doe"),
        ("John Doe <mailto:j@x.example>", "John Doe"),
        ("John Doe [mailto:j@x.example]", "John Doe"),
        ("<j@x.example> John Doe", "John Doe"),
        ("John <Work> <j@x.example>", "John Work"),
        ("John [via List] <j@x.example>", "John [via List]"),
        ("[Ticket] John <j@x.example>", "[Ticket] John"),
        ("john@work <j@x.example>", "john@work"),
        ("'j@x.example' <j@x.example>", ""),
        ("j@x.example <>", ""),
        ("Support: John <j@x.example>", "Support: John"),
        (r'"John \"Q\" Doe" <j@x.example>', 'John "Q" Doe'),
        ("John Q. Public <@a.example,@b.example:j@x.example>", "John Q. Public"),
        (r"John (A wonderful \) chap) <j(his)@x.example(host)>", "John (A wonderful ) chap)"),
        ("j@x.example.", ""),
        ("j@x  . example", ""),
    ],
)
def test_a_name_and_its_address_stay_together(field: str, name: str) -> None:
    assert read(field) == [(name, J)]


@pytest.mark.parametrize(
    ("field", "boxes"),
    [
        (
            "team: a@x.example, Bob <b@x.example>; c@x.example",
            [("", "a@x.example"), ("Bob", "b@x.example"), ("", "c@x.example")],
        ),
        ("a@x.example; b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("a@x.example b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("Everybody, a@x.example", [("Everybody", ""), ("", "a@x.example")]),
        ('John <"john.doe"@x.example>', [("John", '"john.doe"@x.example')]),
        ("undisclosed-recipients:;", []),
        ("<Undisclosed-Recipient:@relay.example;>", []),
        ("(Mail Delivery System)", [("Mail Delivery System", "")]),
        ("(a comment) a@x.example, (another)", [("a comment", "a@x.example")]),
        ("a@x.example, John (Sales <j@x.example>", [("", "a@x.example"), ("John, Sales", "j@x.example")]),
        ("", []),
    ],
)
def test_every_mailbox_of_a_field_is_read(field: str, boxes: list[tuple[str, str]]) -> None:
    assert read(field) == boxes


@pytest.mark.parametrize(
    "field",
    [
        '"' * 32000,
        '"\\' * 16000,
        "(" * 32000,
        "<@a:" * 8000,
        " " * 32000 + "a",
        "=?a?b?" * 5000,
        "x@y " * 8000,
        "@" * 32000,
    ],
    ids=["quotes", "escapes", "comments", "routes", "spaces", "words", "addresses", "signs"],
)
def test_no_field_keeps_us_busy(field: str) -> None:
    started = time.process_time()
    read_mailboxes([field])
    assert time.process_time() - started < 1


@pytest.mark.parametrize("name", ["Cc", "To", "Reply-To", "From", "Delivered-To"])
@pytest.mark.parametrize(
    "value",
    [
        bytes(range(1, 256)).replace(b"\n", b"").replace(b"\r", b""),
        b"\xff\xfe\x00<a@b.org>, ok@example.org",
        b'"\x80\x81" <a@b.org>, \x1b$B<x@y.org>',
        b"=?utf-8?B?/////w==?= <a@b.org>, <<>>, @, ,;:",
    ],
)
def test_binary_in_an_address_field_is_read_and_costs_no_other_field(name: str, value: bytes) -> None:
    """zammad#2746: binary in Cc crashes the parser."""
    mail = parse(raw_mail("It burns.\n", {name: value}))

    assert (mail.subject, mail.text.strip(), mail.message_id) == ("Printer on fire", "It burns.", "1@example.org")
    json.dumps(parsed_mail_json(mail, screen(mail, OwnMail())))
