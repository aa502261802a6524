"""The three ways a ticket is found, brought together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from core.search.values import Candidate


def joined_candidates(answers: Mapping[str, Iterable[tuple[int, float]]]) -> list[Candidate]:
    """One candidate a ticket from each leg's (ticket id, score); legs are `title`, `text` and `terms`."""
    found: dict[int, Candidate] = {}
    for leg, hits in answers.items():
        for ticket_id, score in hits:
            known = found.get(ticket_id) or Candidate(ticket_id=ticket_id)
            found[ticket_id] = replace(known, **{leg: score})
    return list(found.values())
