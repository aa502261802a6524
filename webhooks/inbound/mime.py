"""A whole mail (RFC 5322, 2045) from the parts that a provider gives instead of it.

The original header fields stay as they are, in their order; only those that describe the old body are replaced. Every
part is written in base64, so that text and attachments are byte for byte what was posted and no boundary can occur
in them. The same parts give the same bytes, or a repeated post would be another mail.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from webhooks.inbound.headers import Header

_OF_THE_OLD_BODY = re.compile(r"content-.*|mime-version", re.IGNORECASE)
_CHARSET = re.compile(r"[A-Za-z0-9._:-]{1,40}")
_TYPE = re.compile(r"([\w!#$&^.+-]+/[\w!#$&^.+-]+)\s*(;[^\x00-\x1f\x7f]*)?", re.ASCII)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Text:
    """A text or HTML body as it was posted, and the charset of its bytes."""

    content: bytes = field(repr=False)
    charset: str = "utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """An attachment; `inline` where the HTML shows it by its Content-ID."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str = ""
    inline: bool = False


def build_mail(headers: Sequence[Header], *, text: Text | None, html: Text | None, files: Sequence[File] = ()) -> bytes:
    """The mail. With neither text nor HTML its body is an empty text."""
    bodies = [_text_part("plain", text)] if text is not None or html is None else []
    if html is not None:
        bodies.append(_text_part("html", html))
    root = bodies[0] if len(bodies) == 1 else _multipart("alternative", bodies)
    inline = [_file_part(one) for one in files if one.inline]
    if inline:
        root = _multipart("related", [root, *inline])
    attached = [_file_part(one) for one in files if not one.inline]
    if attached:
        root = _multipart("mixed", [root, *attached])
    kept = [b"%s: %s\r\n" % (name.encode(), value) for name, value in headers if not _OF_THE_OLD_BODY.fullmatch(name)]
    return b"".join([*kept, b"MIME-Version: 1.0\r\n", root])


def _multipart(subtype: str, parts: Sequence[bytes]) -> bytes:
    """Boundaries need not be random: no line of base64 begins with a hyphen."""
    boundary = f"=_tickmate_{subtype}".encode()
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (subtype.encode(), boundary)
    return head + b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts) + b"--%s--\r\n" % boundary


def _text_part(subtype: str, text: Text | None) -> bytes:
    text = text or Text(b"")
    charset = text.charset if _CHARSET.fullmatch(text.charset) else "utf-8"
    return _leaf([f'Content-Type: text/{subtype}; charset="{charset}"'], text.content)


def _file_part(file: File) -> bytes:
    disposition = "inline" if file.inline else "attachment"
    lines = [f"Content-Type: {_content_type(file.content_type)}"]
    name = _UNSAFE.sub(" ", file.filename).strip()
    encoded = f"; filename*=utf-8''{quote(name.encode('utf-8', 'replace'), safe='')}" if name else ""
    lines.append(f"Content-Disposition: {disposition}{encoded}")
    content_id = re.sub(r"[^!-;=?-~]", "", file.content_id)
    if content_id:
        lines.append(f"Content-ID: <{content_id}>")
    return _leaf(lines, file.content)


def _content_type(value: str) -> str:
    """The type as given; a multipart one, or none, would have the file read as something else."""
    match = _TYPE.fullmatch(value.strip())
    if match is None or match[1].lower().startswith("multipart/"):
        return "application/octet-stream"
    return value.strip().encode("ascii", "replace").decode("ascii")


def _leaf(lines: Sequence[str], content: bytes) -> bytes:
    head = "\r\n".join([*lines, "Content-Transfer-Encoding: base64"]).encode()
    return head + b"\r\n\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n")
