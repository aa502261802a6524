"""Reading how a fetched mailbox stands."""

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.mailboxes.models import FetchedMailbox
from core.mailboxes.values import MailboxState, Progress


async def mailbox_state(reading: Reading, name: str) -> MailboxState | None:
    """None before any process has looked at it."""
    row = await reading.session.scalar(select(FetchedMailbox).where(FetchedMailbox.name == name))
    if row is None:
        return None
    progress = Progress(
        uid_validity=row.uid_validity,
        last_uid=row.last_uid,
        new_from=row.new_from,
        backlog_since=row.backlog_since,
        succeeded_at=row.succeeded_at,
    )
    return MailboxState(progress=progress, since=row.since, error=row.error)
