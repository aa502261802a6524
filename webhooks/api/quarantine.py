"""`/api/v1/admin/quarantine`: mail that was kept back."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from core.intake import quarantine as actions
from core.intake.models import Intake
from core.intake.queries import list_arrivals
from core.intake.reasons import reason
from core.intake.values import Outcome
from webhooks.api.schemas import Answer, Cursor, PageLength
from webhooks.site import Visit


class KeptBackQuery(BaseModel):
    outcome: Annotated[Outcome, Field(description="`quarantined`, or `ignored`")] = Outcome.QUARANTINED
    cursor: Cursor
    limit: PageLength = 50


class KeptBackAnswer(Answer):
    """One mail, the rule that decided about it, and that rule in a sentence."""

    id: int
    outcome: Outcome
    rule: str
    reason: str
    error: str
    sender: str
    subject: str
    recipients: list[str]
    received_at: datetime
    released_at: datetime | None


class KeptBackPage(Answer):
    items: list[KeptBackAnswer]
    next_cursor: int | None


async def list_messages(visit: Visit, query: KeptBackQuery) -> KeptBackPage:
    """Mail with this outcome, newest first."""
    async with visit.reading() as reading:
        found = await list_arrivals(reading, query.outcome, before_id=query.cursor, limit=query.limit)
    full = len(found) == query.limit
    return KeptBackPage(items=[_answer(row) for row in found], next_cursor=found[-1].id if full else None)


async def release(visit: Visit, message: int) -> KeptBackAnswer:
    """Take it in after all; it becomes a ticket or a reply a moment later."""
    return await _decide(visit, message, actions.release)


async def discard(visit: Visit, message: int) -> KeptBackAnswer:
    """Let it go."""
    return await _decide(visit, message, actions.discard)


async def _decide(visit: Visit, message: int, act: actions.Act) -> KeptBackAnswer:
    async with visit.unit_of_work() as uow:
        row = await act(uow, message)
        await uow.commit()
        return _answer(row)


def _answer(row: Intake) -> KeptBackAnswer:
    return KeptBackAnswer(
        id=row.id,
        outcome=row.outcome,
        rule=row.rule,
        reason=reason(row.rule),
        error=row.error,
        sender=row.sender,
        subject=row.title,
        recipients=row.recipients,
        received_at=row.received_at,
        released_at=row.released_at,
    )
