"""Near-duplicates among what was found: a trouble that was solved five times is shown once, with "4 more like it"."""

from collections.abc import Sequence
from dataclasses import replace

from core.search.terms import query_terms
from core.search.values import Found

COMPARED = 1500  # characters of title and description
SAME_TROUBLE = 0.6  # the share of common words from which two tickets tell of the same
SAME_SOLUTION = 0.3


def folded(found: Sequence[Found]) -> list[Found]:
    """Each ticket that stands for itself, best first, with the numbers of those that are like it."""
    kept: list[tuple[Found, list[int], frozenset[int], frozenset[int]]] = []
    for one in found:
        trouble = _words(f"{one.ticket.title}\n{one.ticket.description}")
        solution = _words(one.ticket.resolution)
        for _, like, other_trouble, other_solution in kept:
            if _are_alike(trouble, other_trouble, SAME_TROUBLE) and _are_alike(solution, other_solution, SAME_SOLUTION):
                like.append(one.ticket.number)
                break
        else:
            kept.append((one, [], trouble, solution))
    return [replace(one, ticket=replace(one.ticket, more_like_it=tuple(like))) for one, like, _, _ in kept]


def _words(text: str) -> frozenset[int]:
    return frozenset(query_terms(text[:COMPARED]).indices)


def _are_alike(left: frozenset[int], right: frozenset[int], share: float) -> bool:
    """Two texts without words are alike, too."""
    return len(left & right) >= share * len(left | right)
