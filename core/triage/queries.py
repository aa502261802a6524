"""Reading advice and what it cost."""

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.triage.models import StoredSuggestion
from core.triage.values import Suggestion


async def latest_suggestion(reading: Reading, ticket_id: int) -> Suggestion | None:
    """The newest advice on a ticket, if any."""
    row = await reading.session.scalar(
        select(StoredSuggestion)
        .where(StoredSuggestion.ticket_id == ticket_id)
        .order_by(StoredSuggestion.id.desc())
        .limit(1)
    )
    return row.as_value() if row else None
