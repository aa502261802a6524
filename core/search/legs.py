"""The three ways a ticket is found, brought together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from core.search.values import Candidate


def joined_candidates(answers: Mapping[str, Iterable[tuple[int, float]]]) -> list[Candidate]:
    """One candidate a ticket from each leg's (ticket id, score); legs are `title`, `text` and `terms`."""
    scores: dict[int, dict[str, float]] = defaultdict(dict)
    for leg, hits in answers.items():
        for ticket_id, score in hits:
            scores[ticket_id][leg] = score
    return [
        Candidate(ticket_id=ticket_id, title=own.get("title"), text=own.get("text"), terms=own.get("terms"))
        for ticket_id, own in scores.items()
    ]
