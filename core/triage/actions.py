"""Keeping advice and its cost, and applying it where nobody has decided otherwise."""

from collections.abc import Iterable
from typing import Any

from core.conversations.actions import background_finished
from core.db.unit_of_work import UnitOfWork
from core.jobs import kinds
from core.tickets.actions import audited_state
from core.tickets.models import Ticket
from core.tickets.values import SetBy
from core.triage.models import AiUsage, StoredSuggestion
from core.triage.values import AiCall, Suggestion

_MODELS_TO_SET = frozenset({SetBy.DEFAULT, SetBy.MODEL})
"""A person wins over a rule, a rule over a model."""
_NAME_LENGTH, _REASON_LENGTH = 100, 200


def record_calls(
    uow: UnitOfWork, ticket_id: int | None, calls: Iterable[AiCall], *, user_id: int | None = None
) -> None:
    """One row of usage for each call, whether its answer was of use or not."""
    uow.session.add_all(
        AiUsage(
            organization_id=uow.actor.organization_id,
            ticket_id=ticket_id,
            user_id=user_id,
            model=call.model[:_NAME_LENGTH],
            purpose=call.purpose,
            input_tokens=call.input_tokens,
            cached_tokens=call.cached_tokens,
            output_tokens=call.output_tokens,
            cost_usd=call.cost_usd,
            duration_ms=call.duration_ms,
            outcome=call.outcome[:_NAME_LENGTH],
            created_at=uow.clock.now(),
        )
        for call in calls
    )


def record_suggestion(uow: UnitOfWork, ticket: Ticket, suggestion: Suggestion) -> StoredSuggestion:
    """Keep the advice with its reason; the newest is the one shown."""
    row = StoredSuggestion(
        organization_id=ticket.organization_id,
        ticket_id=ticket.id,
        category=suggestion.category,
        priority=suggestion.priority,
        complexity=suggestion.complexity,
        reasoning=suggestion.reasoning,
        related_skills=list(suggestion.related_skills),
        notes=suggestion.notes,
        confidence=suggestion.confidence,
        model=suggestion.model[:_NAME_LENGTH],
        fallback_reason=suggestion.fallback_reason[:_REASON_LENGTH],
        created_at=uow.clock.now(),
    )
    uow.session.add(row)
    return row


def apply_suggestion(uow: UnitOfWork, ticket: Ticket, suggestion: Suggestion) -> tuple[str, ...]:
    """Set each field on which the model has an opinion and neither a person nor a rule has decided.

    `ticket` has to be locked and read afresh, or a person's choice of this moment would be overwritten. Returns the
    names of the fields set.
    """
    advised: dict[str, Any] = {
        "category": suggestion.category,
        "priority": suggestion.priority,
        "related_skills": list(suggestion.related_skills) or None,
    }
    applied = tuple(name for name, value in advised.items() if value is not None and _is_models_to_set(ticket, name))
    before = audited_state(ticket)
    for name in applied:
        setattr(ticket, name, advised[name])
    ticket.set_by = {**ticket.set_by, **dict.fromkeys(applied, SetBy.MODEL.value)}
    by = {"model": suggestion.model, "fallback_reason": suggestion.fallback_reason}
    uow.audit.record("ticket.triaged", ticket, before, audited_state(ticket) | by)
    if audited_state(ticket) != before:
        ticket.updated_at = uow.clock.now()
    return applied


def _is_models_to_set(ticket: Ticket, field: str) -> bool:
    return ticket.set_by.get(field, SetBy.DEFAULT.value) in _MODELS_TO_SET


async def finish_triage(uow: UnitOfWork, ticket: Ticket, suggestion: Suggestion | None, *, reason: str = "") -> None:
    """Note that triage has ended, with advice or, for `reason`, without; whoever waits for it waits no longer."""
    ticket.triaged_at = uow.clock.now()
    if suggestion is None:
        uow.audit.record("ticket.triage_failed", ticket, after={"reason": reason})
    else:
        record_suggestion(uow, ticket, suggestion)
        if ticket.deleted_at is None:
            apply_suggestion(uow, ticket, suggestion)
        else:
            uow.audit.record("ticket.triaged", ticket, after={"model": suggestion.model})
    await background_finished(uow, ticket)
    if ticket.snapshot().is_answerable_to_strangers:
        key = f"search.index:{ticket.id}:{ticket.revision}"
        uow.jobs.enqueue(kinds.SEARCH_INDEX, {"ticket_id": ticket.id}, key=key)
