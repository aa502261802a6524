"""Files on a ticket or a reply: their rows, and the order to look through them for viruses."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.db.unit_of_work import UnitOfWork
from core.jobs import kinds
from core.tickets.models import Attachment, Reply, Ticket
from core.tickets.values import Scan


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAttachment:
    """A file whose bytes are in the blob store already."""

    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str = ""


def attach(uow: UnitOfWork, ticket: Ticket, reply: Reply | None, files: Sequence[StoredAttachment]) -> list[Attachment]:
    """Put files on a ticket or reply. Where there is a virus scanner, nobody gets them before it has looked."""
    scans = uow.policy.scans_files
    rows = [
        Attachment(
            organization_id=ticket.organization_id,
            ticket_id=ticket.id,
            reply_id=reply.id if reply else None,
            filename=file.filename[:300],
            content_type=file.content_type[:200],
            size=file.size,
            sha256=file.sha256,
            inline=file.inline,
            content_id=file.content_id[:300],
            scan=Scan.WAITING if scans else Scan.NONE,
            created_at=uow.clock.now(),
        )
        for file in files
    ]
    uow.session.add_all(rows)
    for row in rows if scans else ():
        uow.jobs.enqueue(kinds.SCAN_FILE, lambda row=row: {"attachment_id": row.id})  # type: ignore[misc]  # the row of this turn
    return rows
