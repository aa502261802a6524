"""What an organization's own tickets teach: those that a person sorted, and those resolved as they were sorted."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select

from core.db.unit_of_work import Reading
from core.tickets.models import Ticket
from core.tickets.values import SetBy, Status
from core.triage.models import TriageChoice
from core.triage.values import Example, Taught

MOST_EXAMPLES = 1_000
FEWEST_EXAMPLES = 40
FEWEST_OF_A_LABEL = 5
FEWEST_LABELS = 2


@dataclass(frozen=True, slots=True)
class Examples:
    """Tickets to learn one field from."""

    examples: Sequence[Example]

    @property
    def are_enough(self) -> bool:
        """Whether learning from them can be measured."""
        counts = Counter(example.label for example in self.examples)
        frequent = sum(count >= FEWEST_OF_A_LABEL for count in counts.values())
        return len(self.examples) >= FEWEST_EXAMPLES and frequent >= FEWEST_LABELS


@dataclass(frozen=True, slots=True)
class Lessons:
    """The fields on which there is enough to learn from, and a fingerprint that changes with any example."""

    by_field: Mapping[Taught, Sequence[Example]]

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for name, examples in self.by_field.items():
            digest.update(f"{name}\0".encode())
            for one in examples:
                digest.update(f"{one.title}\0{one.text}\0{one.label}\0".encode("utf-8", "replace"))
        return digest.hexdigest()


async def own_lessons(reading: Reading) -> Lessons:
    """What the newest tickets of the actor's organization teach.

    A category counts that somebody chose or left as it was to the end; of the others only what somebody chose: nobody
    need have looked at a low priority.
    """
    found = {name: Examples(await examples_of(reading, name)) for name in Taught}
    return Lessons({name: one.examples for name, one in found.items() if one.are_enough})


async def examples_of(reading: Reading, field: Taught) -> list[Example]:
    """The newest tickets that teach a field, whether they are enough or not."""
    rows = await reading.session.execute(_STATEMENTS[field](reading.actor.organization_id))
    labelled = [(title, text, label_of(value)) for title, text, value in rows]
    return [Example(title, text, label) for title, text, label in labelled if label]


def label_of(value: Any) -> str:
    """An enum's value, the first of a list, or the text itself."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value or "")


def _of_tickets(organization_id: int, column: Any) -> Select[Any]:
    newest = select(Ticket.title, Ticket.description, column).order_by(Ticket.id.desc()).limit(MOST_EXAMPLES)
    return newest.where(Ticket.organization_id == organization_id, Ticket.deleted_at.is_(None))


def _chosen(field: str) -> Any:
    return Ticket.set_by[field].as_string() == SetBy.PERSON.value


def _categories(organization_id: int) -> Select[Any]:
    is_taught = or_(_chosen("category"), Ticket.status == Status.COMPLETED)
    return _of_tickets(organization_id, Ticket.category).where(Ticket.category.is_not(None), is_taught)


def _priorities(organization_id: int) -> Select[Any]:
    return _of_tickets(organization_id, Ticket.priority).where(_chosen("priority"))


def _skills(organization_id: int) -> Select[Any]:
    return _of_tickets(organization_id, Ticket.related_skills).where(_chosen("related_skills"))


def _complexities(organization_id: int) -> Select[Any]:
    of_ticket = _of_tickets(organization_id, TriageChoice.chosen)
    return of_ticket.join(TriageChoice, TriageChoice.ticket_id == Ticket.id).where(TriageChoice.field == "complexity")


_STATEMENTS = {
    Taught.CATEGORY: _categories,
    Taught.PRIORITY: _priorities,
    Taught.SKILL: _skills,
    Taught.COMPLEXITY: _complexities,
}
