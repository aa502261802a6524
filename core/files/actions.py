"""Taking files that were shared elsewhere: awaited in the message's own transaction, kept or refused by a job."""

from collections.abc import Sequence

from core.conversations.files import tell_files
from core.conversations.late_files import send_late_file
from core.conversations.notices import Notice, tell_alone
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError
from core.files.models import SharedFile
from core.files.queries import is_awaiting_files, shared_file_ids
from core.files.values import FileState, RemoteFile, Sharing
from core.jobs import kinds
from core.people.values import Permission
from core.tickets.actions import changed, require
from core.tickets.attaching import StoredAttachment, attach
from core.tickets.models import Attachment, Reply, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Scan

MOST_FILES = 20
_WHERE = "Your message is on ticket #{number} without it."


async def await_files(
    uow: UnitOfWork, ticket: Ticket, files: Sequence[RemoteFile], sharing: Sharing, *, reply_id: int | None = None
) -> None:
    """Have the files of a message fetched, the first twenty: no more fit into one message of Slack's."""
    if not files:
        return
    awaited = await shared_file_ids(uow, ticket.id, reply_id)
    for file in {one.file_id: one for one in files[:MOST_FILES] if one.file_id not in awaited}.values():
        row = SharedFile(
            organization_id=ticket.organization_id,
            ticket_id=ticket.id,
            reply_id=reply_id,
            workspace_id=file.workspace_id,
            file_id=file.file_id[:64],
            name=file.name[:300],
            content_type=file.content_type[:200],
            size=max(0, min(file.size, 2**53)),
            address=file.address[:2000],
            person=sharing.person,
            conversation=sharing.conversation,
            thread_key=sharing.thread_key,
            state=FileState.AWAITED,
            created_at=uow.clock.now(),
        )
        uow.session.add(row)
        uow.audit.record("file.shared", row, after={"name": row.name, "ticket": ticket.number})
        key = f"files.fetch:{ticket.id}:{reply_id or 0}:{row.file_id}"
        uow.jobs.enqueue(kinds.FETCH_FILE, lambda row=row: {"shared_file_id": row.id}, key=key)  # type: ignore[misc]  # the row of this turn


async def keep_file(uow: UnitOfWork, row: SharedFile, stored: StoredAttachment) -> None:
    """Make it an attachment of its ticket or reply, and bring it to whoever has the message already."""
    ticket = await lock_ticket_by_id(uow, row.ticket_id)
    reply = await uow.session.get_one(Reply, row.reply_id) if row.reply_id else None
    row.state = FileState.KEPT
    files = attach(uow, ticket, reply, [stored])
    after = {"name": stored.filename, "size": stored.size, "sha256": stored.sha256}
    uow.audit.record("file.kept", row, after=after, covers=[*files, ticket])
    await uow.session.flush()
    for file in files:
        if file.scan.may_leave:
            await send_late_file(uow, ticket, file)
    changed(uow, ticket)
    await _finish(uow, ticket, row)


async def refuse_file(uow: UnitOfWork, row: SharedFile, reason: str) -> None:
    """Leave it where it is, and tell whoever shared it."""
    ticket = await lock_ticket_by_id(uow, row.ticket_id)
    row.state, row.reason = FileState.REFUSED, reason[:1000]
    uow.audit.record("file.refused", row, after={"name": row.name, "reason": row.reason})
    if row.person:
        where = _WHERE.format(number=ticket.number)
        notice = Notice(
            text=f"I could not take the file “{row.name}”. {row.reason} {where}",
            conversation=row.conversation or row.person,
            only_for=row.person,
            thread_key=row.thread_key,
            ticket_id=ticket.id,
        )
        tell_alone(uow, notice, key=f"file_refused:{row.id}")
    await _finish(uow, ticket, row)


async def scan_again(uow: UnitOfWork, ticket: Ticket, file: Attachment) -> None:
    """Have the virus scanner asked once more about a file that it gave no answer for.

    Raises:
        ForbiddenError: the actor works no tickets.
        ConflictError: it is being looked into, or there is an answer.
    """
    _require_unscanned(uow, file)
    before, file.scan = {"scan": file.scan}, Scan.WAITING
    uow.audit.record("attachment.scan_requested", file, before, {"scan": file.scan}, covers=[ticket])
    uow.jobs.enqueue(kinds.SCAN_FILE, {"attachment_id": file.id})
    changed(uow, ticket)


async def release_file(uow: UnitOfWork, ticket: Ticket, file: Attachment) -> None:
    """Give out a file that no virus scanner has looked into: whoever works tickets answers for it, in the audit log.

    Raises:
        ForbiddenError: the actor works no tickets.
        ConflictError: it is being looked into, or there is an answer; what has a virus is never released.
    """
    _require_unscanned(uow, file)
    before, file.scan = {"scan": file.scan}, Scan.RELEASED
    after = {"scan": file.scan, "file": file.filename}
    uow.audit.record("attachment.released", file, before, after, covers=[ticket])
    await send_late_file(uow, ticket, file)
    changed(uow, ticket)


def _require_unscanned(uow: UnitOfWork, file: Attachment) -> None:
    require(uow, Permission.WORK_TICKETS)
    if file.scan is not Scan.UNSCANNED:
        raise ConflictError(f"Nothing is to be decided about “{file.filename}”.", mend="Its state may have changed.")


async def _finish(uow: UnitOfWork, ticket: Ticket, row: SharedFile) -> None:
    """When no other file of the message is on its way, the copies in Slack get those that came."""
    await uow.session.flush()
    if not await is_awaiting_files(uow, row.ticket_id, row.reply_id):
        await tell_files(uow, ticket, reply_id=row.reply_id)
