"""`/api/v1/tickets/{id}/comments` and `…/attachments`."""

from aiohttp import BodyPartReader, web
from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.errors import InvalidInputError, TooLargeError
from core.tickets.actions import NewReply, StoredAttachment
from core.tickets.models import Attachment, Ticket
from core.tickets.queries import find_ticket, list_attachments, list_replies
from webhooks import tickets
from webhooks.api.answers import attachment_answer, comment_answer
from webhooks.api.schemas import AttachmentList, CommentAnswer, CommentList, NewComment
from webhooks.files import download
from webhooks.routing import Answered
from webhooks.site import Visit

MOST_FILES = 20


async def list_comments(visit: Visit, number: int) -> CommentList:
    """The story of a ticket, oldest first; internal notes only for those who work tickets."""
    async with visit.reading() as reading:
        replies = await list_replies(reading, await find_ticket(reading, number))
        return CommentList(items=[comment_answer(visit, reply) for reply in replies])


async def comment(visit: Visit, number: int, body: NewComment) -> Answered[CommentAnswer]:
    """Write a public reply, which everybody in the ticket gets, or an internal note.

    The same Idempotency-Key again gives the same one, with 200 instead of 201.
    """
    new = NewReply(text=body.text, channel=visit.channel)
    key = tickets.idempotency_key(visit)
    reply, is_new = await tickets.write(visit, number, new, internal=body.internal, key=key)
    async with visit.reading() as reading:
        replies = await list_replies(reading, await find_ticket(reading, number))
    answer = next(comment_answer(visit, one) for one in replies if one.id == reply.id)
    return Answered(model=answer, status=201 if is_new else 200)


async def list_files(visit: Visit, number: int) -> AttachmentList:
    """The files of a ticket and of those replies that one may read."""
    async with visit.reading() as reading:
        found = await _visible_files(reading, await find_ticket(reading, number))
    return AttachmentList(items=[attachment_answer(one) for one in found])


async def attach(visit: Visit, number: int) -> Answered[AttachmentList]:
    """Add files as a public reply: multipart/form-data with `file` (may repeat) and, if you like, `text`.

    The same Idempotency-Key with the same files again adds nothing, and answers 200 instead of 201.
    """
    key = tickets.idempotency_key(visit)
    async with visit.reading() as reading:
        await find_ticket(reading, number)  # before anything large is read
    text, files = await _read_parts(visit)
    if not files:
        raise InvalidInputError("No file was sent.", field="file", mend="Send multipart/form-data with a part `file`.")
    words = text.strip() or "Attached: " + ", ".join(file.filename for file in files)
    new = NewReply(text=words, channel=visit.channel, attachments=files)
    reply, is_new = await tickets.write(visit, number, new, internal=False, key=key)
    async with visit.reading() as reading:
        rows = await reading.session.scalars(
            select(Attachment).where(Attachment.reply_id == reply.id).order_by(Attachment.id)
        )
        files_answer = AttachmentList(items=[attachment_answer(row) for row in rows])
    return Answered(model=files_answer, status=201 if is_new else 200)


async def read_file(visit: Visit, number: int, attachment: int) -> web.Response:
    """One file's bytes, always as a download."""
    async with visit.reading() as reading:
        found = await _visible_files(reading, await find_ticket(reading, number))
    return await download(visit, next((one for one in found if one.id == attachment), None))


async def _visible_files(reading: Reading, ticket: Ticket) -> list[Attachment]:
    replies = await list_replies(reading, ticket)
    return [*await list_attachments(reading, ticket), *(one for reply in replies for one in reply.attachments)]


async def _read_parts(visit: Visit) -> tuple[str, list[StoredAttachment]]:
    if visit.request.content_type != "multipart/form-data":
        raise web.HTTPUnsupportedMediaType(text="Send multipart/form-data.")
    text, room = "", visit.site.options.largest_attachment
    files: list[StoredAttachment] = []
    try:
        async for part in await visit.request.multipart():
            if not isinstance(part, BodyPartReader):
                raise InvalidInputError("A part within a part is not taken.", field="file")
            content = await _read_part(part, room)
            room -= len(content)
            if part.filename is None:
                text = content.decode(errors="replace")
                continue
            if len(files) == MOST_FILES:
                raise TooLargeError(f"At most {MOST_FILES} files at once.")
            files.append(
                StoredAttachment(
                    filename=_plain_name(part.filename),
                    content_type=part.headers.get("Content-Type", "application/octet-stream")[:200],
                    size=len(content),
                    sha256=await visit.desk.blobs.write(content),
                )
            )
    except ValueError as error:
        raise web.HTTPBadRequest(text="This is no proper multipart body.") from error
    return text, files


async def _read_part(part: BodyPartReader, room: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65_536):
        content += chunk
        if len(content) > room:
            raise TooLargeError("The files are larger than this desk takes.")
    return bytes(content)


def _plain_name(filename: str) -> str:
    """The last part of a path, printable."""
    name = "".join(sign for sign in filename.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    return name[:300] or "file"
