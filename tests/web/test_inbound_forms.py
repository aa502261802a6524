"""Posted forms keep the bytes of their values, whatever charset they are in."""

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from tests.web.inbound_desk import multipart
from webhooks.inbound.forms import MOST_FIELDS, parse_form

URLENCODED = "application/x-www-form-urlencoded"


@given(content=st.binary(max_size=500), other=st.binary(max_size=50))
def test_a_multipart_form_keeps_every_byte(content: bytes, other: bytes) -> None:
    body, header = multipart({"text": other}, [("file", "a.bin", "application/x-y", content)])
    form = parse_form(header["Content-Type"], body)
    assert form.content("text") == other
    (file,) = form.files
    assert (file.name, file.filename, file.content_type, file.content) == ("file", "a.bin", "application/x-y", content)


@given(content=st.binary(max_size=500))
def test_an_urlencoded_form_keeps_every_byte(content: bytes) -> None:
    form = parse_form(URLENCODED, f"x={quote_from_bytes(content)}&empty=".encode())
    assert (form.content("x"), form.content("empty"), form.content("missing")) == (content, b"", None)


def test_a_repeated_field_has_a_first_and_a_last_value() -> None:
    form = parse_form(URLENCODED, b"token=first&token=last&a=1")
    assert (form.text("token"), form.last_text("token"), form.contents("token")) == (
        "first",
        "last",
        [b"first", b"last"],
    )


def test_names_outside_ascii_are_utf_8() -> None:
    assert parse_form(URLENCODED, "größe=1".encode()).text("größe") == "1"


@pytest.mark.parametrize(
    ("written", "filename"),
    [
        ('filename="ümlaut.txt"', "ümlaut.txt"),
        ("filename=\"a.txt\"; filename*=UTF-8''%C3%BC.txt", "a.txt"),
        ('filename="with \\"quotes\\".txt"', 'with "quotes".txt'),
        ('filename=""', ""),
        ("x=1", None),
    ],
)
def test_file_names_are_read_as_written(written: str, filename: str | None) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="f"; {written}\r\n\r\nx\r\n--b--\r\n'.encode()
    (field,) = parse_form("multipart/form-data; boundary=b", body).fields
    assert (field.filename, field.content) == (filename, b"x")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b"a=1"),
        ("application/json", b"{}"),
        ("multipart/mixed; boundary=b", b"--b--\r\n"),
        ("multipart/form-data", b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut of'),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n--b--'),
        (URLENCODED, b"a=1&" * (MOST_FIELDS + 1)),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n" * (MOST_FIELDS + 2) + b"--b--"),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(InvalidInputError):
        parse_form(content_type, body)


@given(body=st.binary(max_size=300), boundary=st.text(max_size=5))
def test_no_bytes_raise_anything_else(body: bytes, boundary: str) -> None:
    for content_type in (URLENCODED, f"multipart/form-data; boundary={boundary}"):
        try:
            form = parse_form(content_type, b"--" + boundary.encode("utf-8", "replace") + body)
        except InvalidInputError:
            continue
        assert all(isinstance(one.content, bytes) for one in form.fields)
