"""What people chose where a model had advised: the organization's own corrected examples, and how right advice is.

Every action that sets a ticket's fields for a person notes it, whichever door it came through.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Ticket
from core.triage.models import StoredSuggestion, TriageChoice

ADVISED_FIELDS = ("category", "priority", "related_skills", "complexity")


async def note_choices(uow: UnitOfWork, ticket: Ticket, chosen: Mapping[str, Any]) -> None:
    """Keep each chosen value beside what the newest advice said of the field; the last choice counts.

    Nothing is kept where no advice was given, nor of fields on which a model never has an opinion.
    """
    wanted = {name: chosen[name] for name in ADVISED_FIELDS if chosen.get(name) is not None}
    if not wanted:
        return
    newest = select(StoredSuggestion).where(StoredSuggestion.ticket_id == ticket.id)
    suggestion = await uow.session.scalar(newest.order_by(StoredSuggestion.id.desc()).limit(1))
    if suggestion is None:
        return
    known = await uow.session.scalars(select(TriageChoice).where(TriageChoice.ticket_id == ticket.id))
    rows = {row.field: row for row in known}
    for name, value in wanted.items():
        row = rows.get(name) or TriageChoice(organization_id=ticket.organization_id, ticket_id=ticket.id, field=name)
        row.advised = getattr(suggestion, name)
        row.chosen = value
        row.model, row.confidence = suggestion.model, suggestion.confidence
        row.user_id, row.chosen_at = uow.actor.user_id, uow.clock.now()
        uow.session.add(row)
