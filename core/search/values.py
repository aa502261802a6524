"""Similar tickets as people see them, and what the index holds and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.tickets.values import Category

LEXICAL = "lexical"  # the name of the model where there is none
REBUILD = 1 << 40


def position_of(rebuilds: int, revision: int) -> int:
    """Where an index stands: the rebuilds that were asked for count above `REBUILD`, the table's revision below."""
    return rebuilds * REBUILD + revision


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """A sentence of a ticket; `marks` are (start, end) of the words that the question has, too."""

    text: str = ""
    marks: tuple[tuple[int, int], ...] = ()

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in order, in pieces that are marked or not."""
        pieces, at = [], 0
        for start, end in self.marks:
            pieces += [(self.text[at:start], False), (self.text[start:end], True)]
            at = end
        return [(text, is_marked) for text, is_marked in (*pieces, (self.text[at:], False)) if text]


@dataclass(frozen=True, kw_only=True, slots=True)
class SimilarTicket:
    """A completed public ticket that may already hold the answer. `score` is between 0 and 1, higher is closer.

    `resolution_line` is what solved it in one line. Why it was found: `shared_terms` of the question, and the `excerpt`
    that shares most with it. `more_like_it` are the numbers of tickets that tell of the same trouble and its solution.
    """

    ticket_id: int
    number: int
    title: str
    category: Category | None
    description: str
    resolution: str
    score: float
    resolved_at: datetime | None = None
    resolution_line: str = ""
    shared_terms: tuple[str, ...] = ()
    excerpt: Excerpt = Excerpt()
    more_like_it: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TermWeights:
    """A sparse vector: hashed terms and their weight (BM25 term frequency in a document, 1.0 in a query)."""

    indices: Sequence[int] = ()
    weights: Sequence[float] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketVectors:
    """One text in the shapes that are compared. Dense vectors have length 1, or are empty without an embedder."""

    title: Sequence[float] = ()
    text: Sequence[float] = ()
    terms: TermWeights = TermWeights()


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexEntry:
    """What the index holds of one ticket. `created_at` is in seconds since 1970, for searches among earlier tickets."""

    ticket_id: int
    organization_id: int
    created_at: float
    vectors: TicketVectors


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexQuery:
    """A search within one organization. `limit` counts for each vector: one answer has at most three times as many.

    `created_before` (seconds since 1970) leaves out tickets created at that moment or later.
    """

    organization_id: int
    vectors: TicketVectors
    limit: int = 50
    exclude_ticket_id: int | None = None
    created_before: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexCopy:
    """An index as it is seen from outside: what was last written of it, by whichever process.

    `position` is that of `position_of`. `is_in_use` where a running process answers from it; `megabytes` on this
    machine's disk, None on a server.
    """

    model: str
    tickets: int
    position: int
    is_in_use: bool
    megabytes: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchHealth:
    """How the search is: what it embeds with, how many tickets it can find, and up to which revision of the table.

    `answering` is the model that answers now: another one until `model` has embedded every ticket. Until then
    `missing` says how many of the `findable` are left.
    """

    model: str
    tickets: int
    revision: int
    answering: str
    missing: int = 0
    findable: int = 0

    @property
    def is_changing_model(self) -> bool:
        return self.answering != self.model


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A ticket found by at least one vector. None where it was not among the nearest by that vector.

    `title` and `text` are cosines (-1 to 1), `terms` is the BM25 score (0 and up).
    """

    ticket_id: int
    title: float | None = None
    text: float | None = None
    terms: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """A candidate after fusion: `order` sorts, `score` (0 to 1) says how likely it is worth showing, as measured.

    `lift` (-1 to 1) is what people said of it when they had asked something similar, `chance` the score after all that
    was learned from feedback. `closeness` is the better of its cosines (None in a lexical search), `match` the share of
    the question's words that it has, by their rarity.
    """

    ticket_id: int
    order: float
    score: float
    closeness: float | None
    match: float
    chance: float
    lift: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A similar ticket and how it came to its score."""

    ticket: SimilarTicket
    ranked: Ranked


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What one question found, with what is kept of the question: never its words, only a hash and the vectors."""

    question_hash: str
    model: str
    vectors: TicketVectors
    found: Sequence[Found]

    @property
    def tickets(self) -> list[SimilarTicket]:
        return [one.ticket for one in self.found]


class Surface(StrEnum):
    """Where similar tickets were shown."""

    TICKET = "ticket"  # on a filed ticket: its page, its card, its acknowledgement
    WEB_FORM = "web_form"
    SLACK_FORM = "slack_form"
    SLACK_COMMAND = "slack_command"
    API = "api"


class Verdict(StrEnum):
    """What became of a similar ticket that was shown. Nobody says `ignored`: it is what silence comes to."""

    SOLVED_IT = "solved_it"
    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    IGNORED = "ignored"

    @property
    def is_good(self) -> bool:
        return self in {Verdict.SOLVED_IT, Verdict.HELPFUL}
