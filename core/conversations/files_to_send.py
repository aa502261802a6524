"""Which files go out with a message: those that are here, and that nobody has found a virus in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from core.conversations.enqueueing import EMAIL
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind
from core.db.unit_of_work import Reading
from core.errors import TryAgainLaterError
from core.files.queries import awaited_names
from core.tickets.models import Attachment, Reply, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import AttachmentSnapshot, Scan

PATIENCE = timedelta(minutes=2)
"""How long a message waits for its files. What comes later follows it (`core.conversations.late_files`)."""
WENT_WITH = "with_files"
"""In the content of a delivery that could not wait: the ids of the files that went with it."""
FILES_OF = "files"
"""In the content of a delivery of files that came late: their ids."""
_ASK_AGAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class FilesToSend:
    """The files that go with a message now, and the names of those that follow it."""

    now: tuple[AttachmentSnapshot, ...] = ()
    following: tuple[str, ...] = ()


async def files_to_send(
    reading: Reading, delivery: Delivery, ticket: Ticket | None, reply: Reply | None
) -> FilesToSend:
    """The files that belong to a delivery.

    Raises:
        TryAgainLaterError: some are still being fetched, or looked through for viruses.
    """
    if ticket is None or (reply is None and delivery.kind is not DeliveryKind.FILES):
        return FilesToSend()
    files = reply.attachments if reply else await _own_files(reading, ticket)
    if delivery.kind is not DeliveryKind.FILES and delivery.channel != EMAIL:
        return _those(files)
    if (chosen := delivery.content.get(FILES_OF)) is not None:
        return _those([file for file in files if file.id in chosen])
    if WENT_WITH not in delivery.content:
        if not await _on_their_way(reading, files, ticket, reply):
            return _those(files)
        if reading.clock.now() - delivery.created_at < PATIENCE:
            raise TryAgainLaterError("Its files are on their way.", retry_after=_ASK_AGAIN_SECONDS)
        # Whoever is done with a file holds the ticket: either its result is seen here, or it sees what went without it.
        await lock_ticket_by_id(reading, ticket.id)
        for file in files:
            await reading.session.refresh(file)
        goes = [file.id for file in files if file.scan.may_leave]
        delivery.content = {**delivery.content, WENT_WITH: goes}
    went_with = delivery.content[WENT_WITH]
    following = await _on_their_way(reading, files, ticket, reply)
    return FilesToSend(_those([file for file in files if file.id in went_with]).now, following)


def _those(files: Sequence[Attachment]) -> FilesToSend:
    return FilesToSend(tuple(file.snapshot() for file in files if file.scan.may_leave))


async def _on_their_way(
    reading: Reading, files: Sequence[Attachment], ticket: Ticket, reply: Reply | None
) -> tuple[str, ...]:
    waiting = [file.filename for file in files if file.scan is Scan.WAITING]
    return (*waiting, *await awaited_names(reading, ticket.id, reply.id if reply else None))


async def _own_files(reading: Reading, ticket: Ticket) -> list[Attachment]:
    own = select(Attachment).where(Attachment.ticket_id == ticket.id, Attachment.reply_id.is_(None))
    return list((await reading.session.scalars(own.order_by(Attachment.id))).all())
