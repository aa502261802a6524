"""The three ways a ticket is found, brought together."""

from collections.abc import Iterable, Mapping

from core.search.values import Candidate


def joined_candidates(answers: Mapping[str, Iterable[tuple[int, float]]]) -> list[Candidate]:
    """One candidate a ticket from each leg's (ticket id, score); legs are `title`, `text` and `terms`."""
    title, text, terms = (dict(answers.get(leg, ())) for leg in ("title", "text", "terms"))
    return [
        Candidate(ticket_id=ticket_id, title=title.get(ticket_id), text=text.get(ticket_id), terms=terms.get(ticket_id))
        for ticket_id in title | text | terms
    ]
