"""Header fields stay one field each, and say what was put in, whatever that is."""

from collections.abc import Sequence
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.email.outgoing_headers import WIRE, mail_address, mailbox, one_line, put_ids, put_mailboxes, put_text

HOSTILE = (
    st.text()
    | st.text(alphabet='a,"\\<>@=?é\r\n:; ')
    | st.sampled_from(
        [
            "x\r\nBcc: eve@example.org",
            "a <eve@example.org>, b",
            "=?utf-8?q?x=2C?= <eve@example.org>",
            "é, <eve@example.org>",
        ]
    )
)


def _wire(message: EmailMessage) -> bytes:
    message.set_content("x")
    return message.as_bytes()


def _reads_as(raw: bytes, name: str) -> Sequence[tuple[str, str]]:
    """What a tolerant client reads; the strict parser of this Python has the gap that is guarded against."""
    values = message_from_bytes(raw).get_all(name, [])
    return [(str(make_header(decode_header(shown))), address) for shown, address in getaddresses(values)]


@given(name=HOSTILE)
def test_a_name_never_becomes_an_address_or_a_header(name: str) -> None:
    """gh-121284: the folding of email.policy.default in Python 3.11.7 turns a comma of a name into an address."""
    message = EmailMessage(policy=WIRE)
    put_mailboxes(message, "From", [mailbox("support@example.com", name)])
    raw = _wire(message)

    assert [address for _, address in _reads_as(raw, "From")] == ["support@example.com"]
    assert message_from_bytes(raw).keys() == ["From", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    assert max(map(len, raw.splitlines())) <= 998


@given(name=st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    message = EmailMessage(policy=WIRE)
    put_mailboxes(message, "From", [mailbox("support@example.com", name)])

    ((shown, _),) = _reads_as(_wire(message), "From")
    assert shown == one_line(name, 100)


@given(text=HOSTILE)
def test_any_subject_is_one_line_and_is_read_as_it_was_written(text: str) -> None:
    message = EmailMessage(policy=WIRE)
    subject = one_line(text, 200)
    put_text(message, "Subject", subject)
    raw = _wire(message)

    read = message_from_bytes(raw)
    assert read.keys() == ["Subject", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    assert str(make_header(decode_header(str(read["Subject"]).replace("\r\n", "")))).strip() == subject
    assert all(len(line) <= 78 for line in raw.splitlines() if b"=?utf-8" in line)  # RFC 2047 section 2


def test_long_message_ids_are_kept_whole_and_threads_bounded() -> None:
    """Python's own folding writes a Message-ID over 76 characters as an encoded word, which threads with nothing."""
    ids = [f"{n:03}{'x' * 100}@example.com" for n in range(100)]
    message = EmailMessage(policy=WIRE)
    put_ids(message, "Message-ID", ids[:1])
    put_ids(message, "References", [*ids, "two words", "<bracketed>", "é@example.com", "", "y" * 999])
    read = message_from_bytes(_wire(message))

    assert read["Message-ID"] == f"<{ids[0]}>"
    assert read["References"].split() == [f"<{one}>" for one in (ids[0], *ids[-29:])]


@pytest.mark.parametrize(
    ("given_address", "on_the_wire"),
    [
        ("Ada.L+x@Example.com", "Ada.L+x@example.com"),
        ("root@localhost", "root@localhost"),
        ("a@faß.de", "a@xn--fa-hia.de"),
        ("jörg@bücher.de", "jörg@xn--bcher-kva.de"),
        ("", None),
        ("ada", None),
        ("ada@", None),
        ("@example.com", None),
        ("ada lovelace@example.com", None),
        ("ada@example.com\r\nBcc: eve@example.org", None),
        ("ada\n@example.com", None),
        ("a,b@example.com", None),
        ("<ada@example.com>", None),
        ("ada@exa mple.com", None),
        ("ada@example..com", None),
        ("a" * 65 + "@example.com", None),
        ("\udcff@example.com", None),
    ],
)
def test_only_an_address_is_an_address(given_address: str, on_the_wire: str | None) -> None:
    assert mail_address(given_address) == on_the_wire


@given(st.text())
def test_no_text_makes_the_address_check_raise(text: str) -> None:
    mail_address(text)
    mail_address(f"ada@{text}")
