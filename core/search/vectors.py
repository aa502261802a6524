"""Texts to vectors: what the index holds of a ticket, and what a question is compared by."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.search.documents import TicketText, VectorTexts, texts_of
from core.search.ports import Embedder
from core.search.ranking import Question
from core.search.terms import document_terms, query_terms
from core.search.values import TermWeights, TicketVectors
from core.triage.values import AiCall

TELLING_TERMS = 2  # a title with fewer ("Help!", "(no subject)") is no title to compare


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question ready to be searched and ranked."""

    vectors: TicketVectors
    question: Question


async def ticket_vectors(
    embedder: Embedder, texts: Sequence[VectorTexts], calls: list[AiCall] | None = None
) -> list[TicketVectors]:
    """One set of vectors a ticket. Raises what the embedder raises."""
    wanted = list(dict.fromkeys(text for each in texts for text in (each.title, each.text)))
    dense = dict(zip(wanted, await embedder.embed(wanted, calls), strict=True))
    return [
        TicketVectors(title=dense[each.title], text=dense[each.text], terms=document_terms(each.words))
        for each in texts
    ]


async def asked(embedder: Embedder, ticket: TicketText, calls: list[AiCall] | None = None) -> Asked:
    """The vectors of a question. Its title's words count twice; a title that says nothing is passed over."""
    texts = texts_of(ticket)
    title_terms = query_terms(texts.title)
    has_title = len(title_terms.indices) >= TELLING_TERMS
    has_description = has_title and texts.text != texts.title.strip()
    title = texts.title if has_description else texts.text
    wanted = list(dict.fromkeys((title, texts.text)))
    dense = dict(zip(wanted, await embedder.embed(wanted, calls), strict=True))
    counted = _weighed(query_terms(texts.words))
    if has_description:
        counted.update(_weighed(title_terms))
    terms = TermWeights(indices=tuple(counted), weights=tuple(counted.values()))
    return Asked(
        vectors=TicketVectors(title=dense[title], text=dense[texts.text], terms=terms),
        question=Question(
            words=len(set(texts.words.lower().split())),
            terms=len(counted) + (len(title_terms.indices) if has_description else 0),
            has_description=has_description,
        ),
    )


def _weighed(terms: TermWeights) -> Counter[int]:
    return Counter(dict(zip(terms.indices, terms.weights, strict=True)))
