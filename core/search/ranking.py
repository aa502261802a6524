"""From what each vector found to one order and one score.

The numbers are measured: docs/adr/0017-the-score-of-similar-tickets.md.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.search.values import Candidate, Ranked

SHORT_QUESTION, LONG_QUESTION = 12, 50  # words
WORDS_WEIGHT_SHORT, WORDS_WEIGHT_LONG = 0.15, 0.40

MIN_SCORE = 0.40
LEXICAL_MIN_SCORE = 0.60

TELLING_MATCH = 0.40  # not reached by any of 765 measured questions without an answer
HIGHEST_TERM_WEIGHT = 2.2  # k + 1 of BM25: a term that fills a short document

ORDER_BY_LIFT = 2.5
"""How far feedback on similar questions moves a ticket in the order, in standard deviations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What ranking must know of a query: its distinct words and terms, and whether it has a text beside the title."""

    words: int
    terms: int
    has_description: bool


def rank(question: Question, candidates: Sequence[Candidate], *, population: int) -> list[Ranked]:
    """All of `best_first`, where nothing was learned."""
    return list(best_first(question, candidates, population=population))


def best_first(
    question: Question,
    candidates: Sequence[Candidate],
    *,
    population: int,
    lifts: Mapping[int, float] | None = None,
    chance: Callable[[float, float], float] = lambda score, _lift: score,
    least: float = 0.0,
) -> Iterator[Ranked]:
    """In order, each made when it is wanted. `population` is how many tickets the organization has in the index.

    `lifts` are what people said of tickets when they had asked something similar, by id; `chance` tells from a score
    and a lift how likely the ticket helps; those below the `least` chance are left out.

    A ticket's closeness is that of its title or of its whole text, whichever is nearer; a question with title and
    description compares each with its like and takes the mean. How well the words match is added in standard
    deviations over the candidates, and weighs more in a long question, where rare words tell more than the gist.
    """
    if not candidates:
        return
    titles = _filled([c.title for c in candidates])
    texts = _filled([c.text for c in candidates])
    words = [c.terms or 0.0 for c in candidates]
    merged: Callable[[float, float], float] = _mean if question.has_description else max
    closeness = [merged(title, text) for title, text in zip(titles, texts, strict=True)]
    weight = _words_weight(question.words)
    known = lifts or {}
    order = [
        close + weight * matched + (ORDER_BY_LIFT * known.get(candidate.ticket_id, 0.0) if known else 0.0)
        for candidate, close, matched in zip(candidates, _standardized(closeness), _standardized(words), strict=True)
    ]
    is_dense = any(c.text is not None or c.title is not None for c in candidates)
    for i in sorted(range(len(candidates)), key=lambda i: (-order[i], candidates[i].ticket_id)):
        nearer = max(titles[i], texts[i]) if is_dense else None
        match = _match(words[i], question.terms, population)
        score, lift = _score(nearer, match), known.get(candidates[i].ticket_id, 0.0)
        likely = chance(score, lift)
        if likely >= least:
            yield Ranked(
                ticket_id=candidates[i].ticket_id,
                order=order[i],
                score=score,
                chance=likely,
                closeness=nearer,
                match=match,
                lift=lift,
            )


def _score(closeness: float | None, match: float) -> float:
    """How likely the ticket holds the answer, where every second question has one in the index (logistic fit).

    An error code or a host name means nothing to a model: words that match this well count by themselves.
    """
    by_words = _logistic(-1.29 + 9.77 * match)
    if closeness is None:
        return by_words
    by_both = _logistic(-8.89 + 11.56 * closeness + 8.37 * match)
    return max(by_both, by_words) if match >= TELLING_MATCH else by_both


def _match(bm25: float, terms: int, population: int) -> float:
    """BM25 as a share of what a document with every term of the question, each a rare one, would get."""
    return bm25 / (HIGHEST_TERM_WEIGHT * max(terms, 1) * math.log(2 + population))


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _mean(left: float, right: float) -> float:
    return (left + right) / 2


def _words_weight(words: int) -> float:
    share = min(max((words - SHORT_QUESTION) / (LONG_QUESTION - SHORT_QUESTION), 0), 1)
    return WORDS_WEIGHT_SHORT + share * (WORDS_WEIGHT_LONG - WORDS_WEIGHT_SHORT)


def _filled(values: Sequence[float | None]) -> list[float]:
    """What a vector did not find is at most as near as the last that it found."""
    farthest = min((value for value in values if value is not None), default=0.0)
    return [farthest if value is None else value for value in values]


def _standardized(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return [(value - mean) / deviation if deviation > 1e-9 else 0.0 for value in values]  # noqa: PLR2004 (all are equal)
