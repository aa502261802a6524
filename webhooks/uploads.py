"""Files that come with a form or an API request (multipart/form-data, RFC 7578), on their way to the blob store."""

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from core.errors import InvalidInputError, TooLargeError
from core.files.values import FileRefusedError, mebibytes
from core.tickets.attaching import StoredAttachment
from webhooks.routing import plain_text
from webhooks.sent_files import SentFiles
from webhooks.site import Visit

CHUNK = 65_536  # bytes
MOST_FILES = 20
MOST_FIELDS = 100
READ_ON = 8
"""How many times the limit is read after a refusal, in search of the words that were sent along."""
MULTIPART = "multipart/form-data"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLimits:
    """What a form says of its files, so that a browser can tell before it sends them.

    `largest`: bytes of all together; `endings` are not taken.
    """

    most: int
    largest: int
    endings: tuple[str, ...]

    @property
    def size(self) -> str:
        return mebibytes(self.largest)


def file_limits(visit: Visit) -> FileLimits:
    return FileLimits(
        most=MOST_FILES,
        largest=visit.site.options.largest_attachment,
        endings=tuple(sorted(visit.desk.policy.file_rules.refused_endings)),
    )


@dataclass(slots=True)
class Upload:
    """What one request brought, and how many bytes more it may bring. Of a repeated field the last counts."""

    words_left: int
    files_left: int
    fields: dict[str, str] = field(default_factory=dict)
    files: SentFiles = field(default_factory=SentFiles)


async def read_upload(visit: Visit, *, before_files: Callable[[dict[str, str]], None] | None = None) -> Upload:
    """Read the whole body; `before_files` may raise when the first file begins, knowing the fields that came before it.

    With `before_files` a file that is not taken is no error: the fields after it are read as well, and its refusal is
    in `files`. A file input that was left empty counts as no file. The fields are those of the visit's form, too, so
    that whatever else fails can show them.

    Raises:
        InvalidInputError: a multipart within a part; a file that this desk does not take.
        TooLargeError: too many files or fields, or together larger than `largest_attachment`.
        web.HTTPException: no multipart, or not a proper one.
    """
    if visit.request.content_type != MULTIPART:
        raise web.HTTPUnsupportedMediaType(text=f"Send {MULTIPART}.")
    options = visit.site.options
    upload = Upload(options.largest_body, options.largest_attachment, visit.form)
    is_first = True
    try:
        async for part in await visit.request.multipart():
            if not isinstance(part, BodyPartReader):
                raise InvalidInputError("A part within a part is not taken.", field="file")
            if part.filename is None:
                _note(upload, part.name or "", await _read_part(visit, part, upload.words_left))
            elif part.filename:
                if is_first and before_files is not None:
                    before_files(upload.fields)
                is_first = False
                await _take(visit, upload, part, reads_on=before_files is not None)
                if _is_endless(visit):
                    break
    except ValueError as error:
        raise web.HTTPBadRequest(text="This is no proper multipart body.") from error
    return upload


def _note(upload: Upload, name: str, content: bytes) -> None:
    if len(upload.fields) == MOST_FIELDS:
        raise TooLargeError(f"At most {MOST_FIELDS} fields at once.")
    upload.words_left -= len(content)
    upload.fields[name] = plain_text(content.decode(errors="replace"))


async def _take(visit: Visit, upload: Upload, part: BodyPartReader, *, reads_on: bool) -> None:
    """Keep a file, unless it is refused or one before it was."""
    try:
        if upload.files.refusal is None:
            upload.files.stored.append(await _keep(visit, upload, part))
    except (InvalidInputError, TooLargeError) as refusal:
        if not reads_on:
            raise
        upload.files = SentFiles(refusal=refusal)
    while not _is_endless(visit) and await part.read_chunk(CHUNK):
        pass


def _is_endless(visit: Visit) -> bool:
    return visit.request.content.total_bytes > READ_ON * visit.site.options.largest_attachment


async def _keep(visit: Visit, upload: Upload, part: BodyPartReader) -> StoredAttachment:
    name = _plain_name(part.filename or "")
    if len(upload.files.stored) == MOST_FILES:
        raise TooLargeError(f"At most {MOST_FILES} files at once.", mend="Send the others with another message.")
    _check_name(visit, name)
    content = await _read_part(visit, part, upload.files_left)
    upload.files_left -= len(content)
    return StoredAttachment(
        filename=name,
        content_type=part.headers.get("Content-Type", "application/octet-stream")[:200],
        size=len(content),
        sha256=await visit.desk.blobs.write(content),
    )


def _check_name(visit: Visit, name: str) -> None:
    try:
        visit.desk.policy.file_rules.check_name(name)
    except FileRefusedError as refused:
        told = f"“{name}” was not taken, and nothing was sent: {refused.message}"
        raise InvalidInputError(told, field="file", mend=refused.mend) from refused


async def _read_part(visit: Visit, part: BodyPartReader, room: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(CHUNK):
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
