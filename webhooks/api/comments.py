"""`/api/v1/tickets/{id}/comments` and `…/attachments`."""

from aiohttp import web
from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.errors import InvalidInputError
from core.files.queries import files_not_here
from core.tickets.actions import NewReply
from core.tickets.models import Attachment, Ticket
from core.tickets.queries import find_ticket, list_attachments, list_replies
from webhooks import tickets
from webhooks.api.answers import attachment_answer, comment_answer, file_not_here_answer
from webhooks.api.schemas import AttachmentList, CommentAnswer, CommentList, NewComment
from webhooks.files import download
from webhooks.routing import Answered
from webhooks.site import Visit
from webhooks.uploads import read_upload


async def list_comments(visit: Visit, number: int) -> CommentList:
    """The story of a ticket, oldest first; internal notes only for those who work tickets."""
    async with visit.reading() as reading:
        replies = await list_replies(reading, await find_ticket(reading, number))
        return CommentList(items=[comment_answer(visit, reply) for reply in replies])


async def comment(visit: Visit, number: int, body: NewComment, idempotency_key: str) -> Answered[CommentAnswer]:
    """Write a public reply, which everybody in the ticket gets, or an internal note.

    The same Idempotency-Key again gives the same one, with 200 instead of 201.
    """
    new = NewReply(text=body.text, channel=visit.channel)
    reply, is_new = await tickets.write(visit, number, new, internal=body.internal, key=idempotency_key)
    async with visit.reading() as reading:
        replies = await list_replies(reading, await find_ticket(reading, number))
    answer = next(comment_answer(visit, one) for one in replies if one.id == reply.id)
    return Answered(model=answer, status=201 if is_new else 200)


async def list_files(visit: Visit, number: int) -> AttachmentList:
    """The files of a ticket and of those replies that one may read."""
    async with visit.reading() as reading:
        ticket = await find_ticket(reading, number)
        found = await _visible_files(reading, ticket)
        messages = [None, *(reply.id for reply in await list_replies(reading, ticket))]
        not_here = await files_not_here(reading, ticket)
    return AttachmentList(
        items=[attachment_answer(one) for one in found],
        not_here=[file_not_here_answer(one) for message in messages for one in not_here.get(message, ())],
    )


async def attach(visit: Visit, number: int, idempotency_key: str) -> Answered[AttachmentList]:
    """Add files as a public reply: multipart/form-data with `file` (may repeat) and, if you like, `text`.

    The same Idempotency-Key with the same files again adds nothing, and answers 200 instead of 201.
    """
    async with visit.reading() as reading:
        await find_ticket(reading, number)  # before anything large is read
    upload = await read_upload(visit)
    files = upload.files.taken()
    if not files:
        raise InvalidInputError("No file was sent.", field="file", mend="Send multipart/form-data with a part `file`.")
    words = tickets.with_files(upload.fields.get("text", ""), files)
    new = NewReply(text=words, channel=visit.channel, attachments=files)
    reply, is_new = await tickets.write(visit, number, new, internal=False, key=idempotency_key)
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
