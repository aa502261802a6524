"""What Outlook wrapped into winmail.dat arrives as the files and words that it is."""

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.email.parse import ParsedMail, parse
from bot.email.tnef import MAX_FILES, SIGNATURE, read_tnef
from tests.fakes.raw_mail import multipart, raw_mail
from tests.fakes.tnef import EMBEDDED_MESSAGE, FILE, MESSAGE, attribute, file, message, properties, winmail

PDF = b"%PDF-1.7 \x00\xff"


def mailed(content: bytes, text: str = "See the file.") -> ParsedMail:
    body, headers = multipart(
        "mixed",
        f"Content-Type: text/plain\n\n{text}\n",
        b'Content-Type: application/ms-tnef; name="winmail.dat"\nContent-Transfer-Encoding: base64\n'
        b"Content-Disposition: attachment; filename=winmail.dat\n\n" + _base64(content),
    )
    return parse(raw_mail(body, headers))


def _base64(content: bytes) -> bytes:
    import base64  # noqa: PLC0415 (only here)

    return base64.encodebytes(content)


def test_the_files_of_winmail_arrive_byte_for_byte_under_their_long_names() -> None:
    content = winmail(
        file("Größe 好.pdf", PDF),
        file("data", b"a;b", (0x370E, 0x1E, b"text/csv\0")),
        file("logo.png", b"\x89PNG", (0x3712, 0x1E, b"<logo@x>\0")),
    )
    mail = mailed(content)
    assert [(one.filename, one.content_type, one.content) for one in mail.attachments] == [
        ("Größe 好.pdf", "application/pdf", PDF),
        ("data", "text/csv", b"a;b"),
        ("logo.png", "image/png", b"\x89PNG"),
    ]
    assert (mail.attachments[2].inline, mail.attachments[2].content_id) == (True, "logo@x")
    assert mail.text == "See the file."
    assert mail.defects == ()


def test_its_words_are_read_where_the_mail_has_none() -> None:
    rows = ((0x1000, 0x1E, "Grüße\0".encode("cp1252")), (0x8005, 0x03, b"\1\0\0\0"))
    assert mailed(winmail(message(*rows)), " ").text == "Grüße"
    assert mailed(winmail(message(*rows))).text == "See the file."
    rich = ((0x3FDE, 0x03, struct.pack("<I", 65001)), (0x1013, 0x102, "<p>Grüße <script>x</script></p>".encode()))
    mail = mailed(winmail(message(*rich)), " ")
    assert mail.text == "Grüße"
    assert "<script" not in mail.html
    old = winmail(attribute(MESSAGE, 0x800C, "Привет\0".encode("koi8-r")), codepage=20866)
    assert mailed(old, " ").text == "Привет"


def test_a_message_inside_gives_its_words_and_its_files() -> None:
    inner = winmail(message((0x1000, 0x1F, "Inner\0".encode("utf-16-le"))), file("deep.txt", b"deep"))
    outer = (
        attribute(FILE, 0x9002, b"\0" * 14)
        + attribute(FILE, 0x8010, b"Re: Printer\0")
        + attribute(FILE, 0x9005, properties((0x3701, 0x0D, EMBEDDED_MESSAGE + inner)))
    )
    files = {one.filename: one.content for one in mailed(winmail(outer)).attachments}
    assert files == {"Re: Printer.txt": b"Inner", "deep.txt": b"deep"}


def test_names_of_files_are_made_safe() -> None:
    content = winmail(file("..\\..\\etc\\pass\u202ewd.exe", b"x"), file("", b"y"))
    assert [one.filename for one in mailed(content).attachments] == ["passwd.exe", "SHORT~1.BIN"]


@pytest.mark.parametrize(
    "content",
    [
        winmail(file("a.txt", b"whole")) + attribute(FILE, 0x800F, b"x", length=10_000),
        winmail(file("a.txt", b"whole"))[:-1] + struct.pack("<BHHI", 2, 0x800F, 6, 2**32 - 1),
    ],
)
def test_a_damaged_one_stays_beside_what_could_be_read(content: bytes) -> None:
    mail = mailed(content)
    assert [one.filename for one in mail.attachments] == ["winmail.dat", "a.txt"]
    assert mail.attachments[0].content == content
    assert "TNEF ends early" in mail.defects


def test_one_without_anything_readable_stays() -> None:
    """Nothing is lost, be it only the formatting of the text beside."""
    assert [one.filename for one in mailed(winmail()).attachments] == ["winmail.dat"]
    no_tnef = mailed(b"not what its name says")
    assert [one.content for one in no_tnef.attachments] == [b"not what its name says"]


@pytest.mark.parametrize(
    "content",
    [
        SIGNATURE + b"\0\0" + attribute(FILE, 0x9002, b"") * 200_000,
        winmail(*(file(f"{number}", b"x") for number in range(1000))),
        winmail(
            attribute(MESSAGE, 0x9003, struct.pack("<I", 2**32 - 1) + b"\x02\x10\x00\x30\xff\xff\xff\xff" * 100_000)
        ),
        winmail(attribute(MESSAGE, 0x9003, struct.pack("<IHHI", 1, 0x101E, 0x3000, 2**32 - 1) + b"\0" * 1_000_000)),
        winmail(message(*((0x8000 + n % 0x7000, 0x1E, b"x" * 50) for n in range(60_000)))),
        winmail(attribute(FILE, 0x9002, b"\0" * 14), attribute(FILE, 0x800F, b"\0" * 20_000_000)),
    ],
)
def test_counts_made_up_to_keep_us_busy_do_not(content: bytes) -> None:
    started = time.process_time()
    assert len(read_tnef(content).files) <= MAX_FILES
    assert time.process_time() - started < 2


def test_messages_in_messages_without_end_are_left_closed() -> None:
    content = winmail(file("core.txt", b"x"))
    for _ in range(40):
        content = winmail(
            attribute(FILE, 0x9002, b"\0" * 14),
            attribute(FILE, 0x9005, properties((0x3701, 0x0D, EMBEDDED_MESSAGE + content))),
        )
    assert read_tnef(content).defect == "limit: TNEF nesting"
    assert mailed(content).over_limits


SAMPLE = winmail(file("a.txt", b"words"), message((0x1000, 0x1E, b"Body\0"), (0x8005, 0x1F, b"a\0b\0")))


@given(
    st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=12), st.integers(0, len(SAMPLE))
)
def test_no_bytes_make_it_raise(changes: list[tuple[int, int]], end: int) -> None:
    content = bytearray(SAMPLE)
    for position, value in changes:
        content[position] = value
    read_tnef(bytes(content[:end]))


@given(st.binary(max_size=400))
def test_nor_do_bytes_that_were_never_tnef(content: bytes) -> None:
    read_tnef(SIGNATURE + content)
