"""Messages as the ledger holds them, on their way to be read."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, select

from core.db.unit_of_work import Reading
from core.intake.models import Intake, RawMessage
from core.intake.values import InboundMessage, Outcome

PORTION, PORTION_BYTES = 64, 2 << 20  # messages, and their raw bytes, that are read and decided together


async def undecided_messages(reading: Reading, intake_ids: Collection[int]) -> dict[int, InboundMessage | None]:
    """Those of these that nobody has decided yet, by the ids of their rows; None for one whose bytes are gone."""
    return await _messages(reading, Intake.id.in_(intake_ids), Intake.outcome == Outcome.RECEIVED)


async def stored_message(reading: Reading, intake_id: int) -> InboundMessage | None:
    """One message, whatever became of it; None where there is none, or its bytes are no longer kept."""
    return (await _messages(reading, Intake.id == intake_id)).get(intake_id)


async def _messages(reading: Reading, *which: ColumnElement[bool]) -> dict[int, InboundMessage | None]:
    statement = (
        select(Intake, RawMessage.content)
        .outerjoin(RawMessage, RawMessage.sha256 == Intake.raw_sha256)
        .where(Intake.organization_id == reading.actor.organization_id, *which)
        .order_by(Intake.id)
    )
    found = (await reading.session.execute(statement)).all()
    return {row.id: None if raw is None else _message(row, raw) for row, raw in found}


def _message(row: Intake, raw: bytes) -> InboundMessage:
    return InboundMessage(
        channel=row.channel,
        external_id=row.external_id,
        raw=raw,
        received_at=row.received_at,
        recipients=tuple(row.recipients),
        envelope_sender=row.envelope_sender,
        client_address=row.client_address,
        organization_id=row.organization_id,
    )


async def in_portions(reading: Reading, intake_ids: Sequence[int]) -> list[list[int]]:
    """The same ids in groups of one channel, each decided in one transaction."""
    statement = (
        select(Intake.id, Intake.channel, func.coalesce(RawMessage.size, 0))
        .outerjoin(RawMessage, RawMessage.sha256 == Intake.raw_sha256)
        .where(Intake.id.in_(intake_ids))
        .order_by(Intake.channel, Intake.id)
    )
    portions: list[list[int]] = []
    room, last = 0, None
    for intake_id, channel, size in (await reading.session.execute(statement)).all():
        if channel is not last or size > room or len(portions[-1]) == PORTION:
            portions.append([])
            room, last = PORTION_BYTES, channel
        portions[-1].append(intake_id)
        room -= size
    return portions
