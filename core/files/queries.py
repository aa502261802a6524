"""Reading which files are on their way, and which were not taken."""

from collections import defaultdict

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.files.models import SharedFile
from core.files.values import FileState
from core.tickets.models import Ticket


async def is_awaiting_files(reading: Reading, ticket_id: int, reply_id: int | None) -> bool:
    """Whether a file of this message (of the ticket itself without `reply_id`) is still on its way."""
    return bool(await awaited_names(reading, ticket_id, reply_id))


async def awaited_names(reading: Reading, ticket_id: int, reply_id: int | None) -> list[str]:
    """The names of those files."""
    names = await reading.session.scalars(
        select(SharedFile.name)
        .where(
            SharedFile.ticket_id == ticket_id,
            SharedFile.reply_id == reply_id if reply_id else SharedFile.reply_id.is_(None),
            SharedFile.state == FileState.AWAITED,
        )
        .order_by(SharedFile.id)
    )
    return [name or "a file" for name in names]


async def shared_file_ids(reading: Reading, ticket_id: int, reply_id: int | None) -> set[str]:
    """The files of a message that were asked for already."""
    statement = select(SharedFile.file_id).where(
        SharedFile.ticket_id == ticket_id,
        SharedFile.reply_id == reply_id if reply_id else SharedFile.reply_id.is_(None),
    )
    return set(await reading.session.scalars(statement))


async def files_not_here(reading: Reading, ticket: Ticket) -> dict[int | None, list[SharedFile]]:
    """What was shared elsewhere and is on its way or refused: by reply id, that of the ticket itself under None."""
    rows = await reading.session.scalars(
        select(SharedFile)
        .where(SharedFile.ticket_id == ticket.id, SharedFile.state != FileState.KEPT)
        .order_by(SharedFile.id)
    )
    found = defaultdict(list)
    for row in rows:
        found[row.reply_id].append(row)
    return dict(found)
