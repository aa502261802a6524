"""Files that come with a form or an API request (multipart/form-data, RFC 7578), on their way to the blob store."""

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from core.errors import InvalidInputError, TooLargeError
from core.files.values import FileRefusedError, mebibytes
from core.tickets.attaching import StoredAttachment
from webhooks.routing import plain_text
from webhooks.site import Visit

MOST_FILES = 20
MOST_FIELDS = 100
MULTIPART = "multipart/form-data"


@dataclass(slots=True)
class Upload:
    """What one request brought. Of a repeated field the last counts."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[StoredAttachment] = field(default_factory=list)


async def read_upload(visit: Visit, *, before_files: Callable[[dict[str, str]], None] | None = None) -> Upload:
    """Read the whole body; `before_files` may raise when the first file begins, knowing the fields that came before it.

    A file input that was left empty counts as no file.

    Raises:
        InvalidInputError: a multipart within a part; a file that this desk does not take.
        TooLargeError: too many files or fields, or together larger than `largest_attachment`.
        web.HTTPException: no multipart, or not a proper one.
    """
    if visit.request.content_type != MULTIPART:
        raise web.HTTPUnsupportedMediaType(text=f"Send {MULTIPART}.")
    upload, room, may_store = Upload(), visit.site.options.largest_attachment, before_files is None
    try:
        async for part in await visit.request.multipart():
            if not isinstance(part, BodyPartReader):
                raise InvalidInputError("A part within a part is not taken.", field="file")
            if part.filename and not may_store and before_files is not None:
                before_files(upload.fields)
                may_store = True
            if part.filename:
                _check_name(visit, _plain_name(part.filename))
            content = await _read_part(visit, part, room)
            room -= len(content)
            if part.filename:
                await _keep(visit, upload, part, content)
            elif part.filename is None:
                _note(upload, part.name or "", content)
    except ValueError as error:
        raise web.HTTPBadRequest(text="This is no proper multipart body.") from error
    return upload


def _note(upload: Upload, name: str, content: bytes) -> None:
    if len(upload.fields) == MOST_FIELDS:
        raise TooLargeError(f"At most {MOST_FIELDS} fields at once.")
    upload.fields[name] = plain_text(content.decode(errors="replace"))


async def _keep(visit: Visit, upload: Upload, part: BodyPartReader, content: bytes) -> None:
    if len(upload.files) == MOST_FILES:
        raise TooLargeError(f"At most {MOST_FILES} files at once.", mend="Send the others with another message.")
    upload.files.append(
        StoredAttachment(
            filename=_plain_name(part.filename or ""),
            content_type=part.headers.get("Content-Type", "application/octet-stream")[:200],
            size=len(content),
            sha256=await visit.desk.blobs.write(content),
        )
    )


def _check_name(visit: Visit, name: str) -> None:
    try:
        visit.desk.policy.file_rules.check_name(name)
    except FileRefusedError as refused:
        told = f"“{name}” was not taken, and nothing was sent: {refused.message}"
        raise InvalidInputError(told, field="file", mend=refused.mend) from refused


async def _read_part(visit: Visit, part: BodyPartReader, room: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65_536):
        content += chunk
        if len(content) > room:
            raise _too_large(visit, part)
    return bytes(content)


def _too_large(visit: Visit, part: BodyPartReader) -> TooLargeError:
    what = f"“{_plain_name(part.filename)}” does not fit" if part.filename else "This is too much"
    limit, sent = mebibytes(visit.site.options.largest_attachment), mebibytes(visit.request.content_length or 0)
    these = f", and these have {sent}" if visit.request.content_length and sent != limit else ""
    return TooLargeError(
        f"{what}: all files of one message have at most {limit} together{these}.",
        mend="Leave it out and write a link to it instead.",
    )


def _plain_name(filename: str) -> str:
    """The last part of a path, printable."""
    name = "".join(sign for sign in filename.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    return name[:300] or "file"
