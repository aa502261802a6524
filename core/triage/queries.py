"""Reading advice, and what the people who might follow it know."""

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.people.models import User
from core.people.values import Role
from core.triage.models import StoredSuggestion
from core.triage.values import Suggestion

MOST_SKILLS = 100


async def latest_suggestion(reading: Reading, ticket_id: int) -> Suggestion | None:
    """The newest advice on a ticket, if any."""
    row = await reading.session.scalar(
        select(StoredSuggestion)
        .where(StoredSuggestion.ticket_id == ticket_id)
        .order_by(StoredSuggestion.id.desc())
        .limit(1)
    )
    return row.as_value() if row else None


async def known_skills(reading: Reading) -> tuple[str, ...]:
    """What those who work tickets in the actor's organization know, most common first."""
    lists = await reading.session.scalars(
        select(User.skills).where(
            User.organization_id == reading.actor.organization_id,
            User.is_active,
            User.role.in_([role for role in Role if role is not Role.USER]),
        )
    )
    counts: dict[str, int] = {}
    for skills in lists:
        for skill in skills:
            counts[skill] = counts.get(skill, 0) + 1
    return tuple(sorted(counts, key=lambda skill: (-counts[skill], skill)))[:MOST_SKILLS]
