"""Reading which files are on their way, and which were not taken."""

from sqlalchemy import func, select

from core.db.unit_of_work import Reading
from core.files.models import SharedFile
from core.files.values import FileState


async def is_awaiting_files(reading: Reading, ticket_id: int, reply_id: int | None) -> bool:
    """Whether a file of this message (of the ticket itself without `reply_id`) is still on its way."""
    count = await reading.session.scalar(
        select(func.count()).where(
            SharedFile.ticket_id == ticket_id,
            SharedFile.reply_id == reply_id if reply_id else SharedFile.reply_id.is_(None),
            SharedFile.state == FileState.AWAITED,
        )
    )
    return bool(count)


async def shared_file_ids(reading: Reading, ticket_id: int, reply_id: int | None) -> set[str]:
    """The files of a message that were asked for already."""
    statement = select(SharedFile.file_id).where(
        SharedFile.ticket_id == ticket_id,
        SharedFile.reply_id == reply_id if reply_id else SharedFile.reply_id.is_(None),
    )
    return set(await reading.session.scalars(statement))
