"""Which words of a ticket make which vector. The index and every query go through `texts_of`, so that they compare."""

import hashlib
from dataclasses import dataclass

DESCRIPTION_BEFORE_RESOLUTION = 700  # characters; a model reads about 1,000 and should come to the resolution too


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketText:
    """The words of a ticket or of a question; a question leaves empty what it does not have.

    Never names of people, replies or internal notes. Helpful notes lend their words but are not shown to anybody.
    """

    title: str = ""
    category: str = ""
    description: str = ""
    helpful_notes: str = ""
    related_skills: tuple[str, ...] = ()
    resolution: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorTexts:
    """`title` and `text` become dense vectors, `words` the sparse one."""

    title: str
    text: str
    words: str

    @property
    def hash(self) -> str:
        """Changes when any vector would."""
        joined = f"{self.title}\0{self.text}\0{self.words}"
        return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()


def texts_of(ticket: TicketText) -> VectorTexts:
    """The texts of a ticket's three vectors."""
    shortened = ticket.description
    if ticket.resolution and len(shortened) > DESCRIPTION_BEFORE_RESOLUTION:
        shortened = shortened[:DESCRIPTION_BEFORE_RESOLUTION].rsplit(" ", 1)[0]
    around = (ticket.category, " ".join(ticket.related_skills))
    return VectorTexts(
        title=ticket.title,
        text=_lines(ticket.title, shortened, ticket.resolution, ticket.helpful_notes, *around),
        words=_lines(ticket.title, ticket.description, ticket.resolution, ticket.helpful_notes, *around),
    )


def question_of(text: str) -> TicketText:
    """A question typed as one text: where it has several lines, the first is its title."""
    title, _, rest = text.strip().partition("\n")
    return TicketText(title=title.strip(), description=rest.strip())


def _lines(*parts: str) -> str:
    return "\n".join(part.strip() for part in parts if part.strip())
