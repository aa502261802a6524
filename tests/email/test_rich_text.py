"""Mails of Outlook whose only words are in compressed Rich Text."""

import base64
import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.email.parse import parse
from bot.email.rich_text import read_rich_text
from tests.fakes.raw_mail import raw_mail
from tests.fakes.tnef import message, winmail

# The example of MS-OXRTFCP section 4.1.
EXAMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)


def uncompressed(rich: bytes) -> bytes:
    return struct.pack("<II", len(rich) + 12, len(rich)) + b"MELA\0\0\0\0" + rich


def literal(rich: bytes) -> bytes:
    """Compressed without any reference but the one at the end."""
    chunks = [rich[at : at + 8] for at in range(0, len(rich), 8)]
    last = chunks.pop() if chunks and len(chunks[-1]) < 8 else b""
    end = struct.pack(">H", ((207 + len(rich)) % 4096) << 4)
    body = b"".join(b"\0" + chunk for chunk in chunks) + bytes((1 << len(last),)) + last + end
    return struct.pack("<II", len(body) + 12, len(rich)) + b"LZFu\0\0\0\0" + body


def test_the_example_of_the_specification_is_read() -> None:
    assert read_rich_text(EXAMPLE) == ("hello world", "")


@pytest.mark.parametrize("packed", [uncompressed, literal])
def test_rich_text_becomes_text(packed: Callable[[bytes], bytes]) -> None:
    rich = (
        rb"{\rtf1\ansi\ansicpg1250\deff0{\fonttbl{\f0 Arial;}}{\*\generator X;}\uc1\pard Dobr\'fd den,\par"
        b"\r\n"
        rb"tisk\'e1rna {\b nefunguje}\line a \u9731?\tab\{x\}\par\u-10179?\u-8694?}"
    )
    assert read_rich_text(packed(rich)) == ("Dobrý den,\ntiskárna nefunguje\na ☃\t{x}\n\U0001f60a", "")


def test_html_that_was_wrapped_into_rich_text_comes_out_as_it_was() -> None:
    rich = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Gr\'fc\'dfe "
        rb"{\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 alle{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 "
        rb"\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}}"
    )
    assert read_rich_text(literal(rich)) == ("", "<p>Grüße <b>alle</b></p>")


def test_a_winmail_with_nothing_but_rich_text_is_read() -> None:
    content = winmail(message((0x1009, 0x102, literal(rb"{\rtf1\ansi\ansicpg1252 Hello\par there}"))))
    headers: dict[str, str | bytes | None] = {"Content-Type": "application/ms-tnef; name=winmail.dat"}
    mail = parse(raw_mail(base64.encodebytes(content), {**headers, "Content-Transfer-Encoding": "base64"}))

    assert (mail.text, mail.attachments) == ("Hello\nthere", ())


@given(content=st.binary(max_size=300))
def test_any_bytes_are_read(content: bytes) -> None:
    for kind in (b"LZFu", b"MELA"):
        read_rich_text(b"\0" * 8 + kind + b"\0" * 4 + content)
        read_rich_text(uncompressed(b"{\\rtf1" + content))


def test_hostile_rich_text_ends_soon() -> None:
    started = time.process_time()
    read_rich_text(b"\0" * 8 + b"LZFu" + b"\0" * 4 + b"\xff" * 500_000)
    read_rich_text(uncompressed(b"{\\rtf1" + b"{" * 300_000))
    read_rich_text(uncompressed(b"{\\rtf1" + b"\\u1" * 300_000))

    assert time.process_time() - started < 10
