"""Posted forms, their values kept as bytes: a provider posts text in whatever charset the mail was written in.

Sources: RFC 7578 (multipart/form-data), the URL standard (application/x-www-form-urlencoded).
"""

import asyncio
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import parse_qsl

from aiohttp import web

from core.errors import InvalidInputError
from webhooks.routing import read_body

MOST_FIELDS = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class FormField:
    """One value. `filename` is None where the field is no file."""

    name: str
    content: bytes = field(repr=False)
    filename: str | None = None
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    fields: tuple[FormField, ...]

    def __contains__(self, name: str) -> bool:
        return any(one.name == name for one in self.fields)

    def content(self, name: str) -> bytes | None:
        """The first value of a name, or None."""
        return next((one.content for one in self.fields if one.name == name), None)

    def contents(self, name: str) -> list[bytes]:
        """Every value of a name."""
        return [one.content for one in self.fields if one.name == name]

    def text(self, name: str) -> str:
        """The first value of a name as text; empty where there is none."""
        return (self.content(name) or b"").decode("utf-8", "replace").strip()

    def last_text(self, name: str) -> str:
        """The last value of a name, which is the provider's own where a sender can add fields."""
        return Form(self.fields[::-1]).text(name)

    @property
    def files(self) -> tuple[FormField, ...]:
        return tuple(one for one in self.fields if one.filename is not None)


async def read_form(request: web.Request, largest: int) -> Form:
    """The form in a request's body.

    Raises:
        InvalidInputError: it is no form.
        TooLargeError: more than `largest` bytes.
    """
    content_type = request.headers.get("Content-Type", "")
    return await asyncio.to_thread(parse_form, content_type, await read_body(request, largest))


def parse_form(content_type: str, body: bytes) -> Form:
    """The form in a body.

    Raises:
        InvalidInputError: it is no form.
    """
    described = _described(content_type=content_type)
    match described.get_content_type():
        case "application/x-www-form-urlencoded":
            return _read_urlencoded(body)
        case "multipart/form-data":
            return _read_multipart(body, described.get_boundary(""))
    raise InvalidInputError("A form is wanted here.", mend="Post multipart/form-data.")


def _read_urlencoded(body: bytes) -> Form:
    try:  # Latin-1 stands for the bytes themselves
        pairs = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="latin-1"
        )
    except ValueError as error:
        raise InvalidInputError("This form could not be read.") from error
    return Form(tuple(FormField(name=_name(name), content=value.encode("latin-1")) for name, value in pairs))


def _read_multipart(body: bytes, boundary: str) -> Form:
    delimiter = b"\r\n--" + boundary.encode("utf-8", "replace")
    if not boundary:
        raise InvalidInputError("This form names no boundary.")
    parts = (b"\r\n" + body).split(delimiter, MOST_FIELDS + 1)[1:]
    if not parts or not parts[-1].startswith(b"--"):
        raise InvalidInputError(f"This form is cut off, or has more than {MOST_FIELDS} fields.")
    return Form(tuple(_part(part) for part in parts[:-1]))


def _part(part: bytes) -> FormField:
    head, gap, content = part.partition(b"\r\n\r\n")
    lines = [line.partition(b":") for line in head.split(b"\r\n")]
    fields = {name.strip().lower(): value.strip().decode("utf-8", "replace") for name, _, value in lines}
    described = _described(content_type=fields.get(b"content-type", ""))
    described["Content-Disposition"] = fields.get(b"content-disposition", "")
    name = described.get_param("name", "", header="content-disposition")
    if not gap or not isinstance(name, str) or not name:
        raise InvalidInputError("A field of this form has no name.")
    return FormField(
        name=name,
        content=content,
        filename=described.get_filename(),
        content_type=fields.get(b"content-type", ""),
    )


def _described(*, content_type: str) -> Message:
    described = Message()
    described["Content-Type"] = content_type
    return described


def _name(name: str) -> str:
    return name.encode("latin-1").decode("utf-8", "replace")
