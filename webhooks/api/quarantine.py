"""`/api/v1/admin/quarantine`: mail that was kept back, and whatever else came in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from core.intake import quarantine as actions
from core.intake.models import Intake
from core.intake.queries import list_arrivals, ticket_numbers
from core.intake.reasons import reason
from core.intake.values import Outcome
from webhooks.api.schemas import Answer, Cursor, PageLength
from webhooks.paging import page_of
from webhooks.site import Visit


class KeptBackQuery(BaseModel):
    outcome: Annotated[Outcome | Literal["any"], Field(description="what became of it; `any` finds all mail")] = (
        Outcome.QUARANTINED
    )
    q: Annotated[str, Field(max_length=300, description="words of sender, subject, error or rule")] = ""
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
    ticket: int | None = Field(description="the number of the ticket that it is in")


class KeptBackPage(Answer):
    items: list[KeptBackAnswer]
    next_cursor: int | None


async def list_messages(visit: Visit, query: KeptBackQuery) -> KeptBackPage:
    """Mail that came in, newest first; unless asked otherwise what was kept back."""
    async with visit.reading() as reading:
        outcome = query.outcome if isinstance(query.outcome, Outcome) else None
        found = await list_arrivals(reading, outcome, text=query.q, before_id=query.cursor, limit=query.limit + 1)
        found, following = page_of(found, query.limit)
        numbers = await ticket_numbers(reading, found)
    items = [_answer(row, numbers.get(row.ticket_id or 0)) for row in found]
    return KeptBackPage(items=items, next_cursor=following)


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
        numbers = await ticket_numbers(uow, [row])
        return _answer(row, numbers.get(row.ticket_id or 0))


def _answer(row: Intake, ticket: int | None) -> KeptBackAnswer:
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
        ticket=ticket,
    )
