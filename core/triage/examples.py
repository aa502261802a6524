"""What an organization's own tickets teach: those that a person sorted, and those resolved as they were sorted."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from core.db.unit_of_work import Reading
from core.tickets.models import Ticket
from core.tickets.values import SetBy, Status
from core.triage.values import Example

MOST_EXAMPLES = 1_000
FEWEST_EXAMPLES = 40
FEWEST_OF_A_CATEGORY = 5
FEWEST_CATEGORIES = 2


@dataclass(frozen=True, slots=True)
class Examples:
    """Tickets to learn from, and a fingerprint that changes with any of them."""

    examples: Sequence[Example]
    fingerprint: str

    @property
    def are_enough(self) -> bool:
        """Whether learning from them can be measured."""
        counts = Counter(example.label for example in self.examples)
        frequent = sum(count >= FEWEST_OF_A_CATEGORY for count in counts.values())
        return len(self.examples) >= FEWEST_EXAMPLES and frequent >= FEWEST_CATEGORIES


async def own_examples(reading: Reading) -> Examples:
    """The newest tickets of the actor's organization whose category somebody chose, or left as it was to the end."""
    chosen = Ticket.set_by["category"].as_string() == SetBy.PERSON.value
    rows = await reading.session.execute(
        select(Ticket.title, Ticket.description, Ticket.category)
        .where(
            Ticket.organization_id == reading.actor.organization_id,
            Ticket.deleted_at.is_(None),
            Ticket.category.is_not(None),
            or_(chosen, Ticket.status == Status.COMPLETED),
        )
        .order_by(Ticket.id.desc())
        .limit(MOST_EXAMPLES)
    )
    examples = [Example(title, description, category.value) for title, description, category in rows if category]
    digest = hashlib.sha256()
    for example in examples:
        digest.update(f"{example.title}\0{example.text}\0{example.label}\0".encode("utf-8", "replace"))
    return Examples(examples, digest.hexdigest())
