"""How many closed tickets a similar one, solved before, has answered: as people said, and as estimated for the rest.

What is estimated is called so. Whoever says nothing may differ from those who do; no interval tells that.
"""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.search.models import ShownTicket, SimilarShowing, SimilarVerdict
from core.search.values import Verdict

CONFIDENCE = 1.96  # standard deviations: 95 %
DRAWS = 2000
SEED = 7  # the same history gives the same interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What was said of the similar tickets that were shown on tickets.

    `solved` is by ticket id: whether somebody said that one of them solved it; tickets nobody judged are left out.
    `good` counts the verdicts that are good by their kind, of the whole organization.
    """

    solved: Mapping[int, bool]
    good: Mapping[Verdict, int]

    @property
    def solving(self) -> tuple[int, int]:
        """How many of the good verdicts say that it solved the trouble, and how many that it helped."""
        return self.good.get(Verdict.SOLVED_IT, 0), self.good.get(Verdict.HELPFUL, 0)


async def what_was_said(reading: Reading) -> Said:
    """Of the tickets of the reader's organization."""
    rows = await reading.session.execute(
        select(SimilarShowing.ticket_id, SimilarVerdict.verdict)
        .join(ShownTicket, ShownTicket.showing_id == SimilarShowing.id)
        .join(SimilarVerdict, SimilarVerdict.shown_id == ShownTicket.id)
        .where(SimilarShowing.organization_id == reading.actor.organization_id)
    )
    solved: dict[int, bool] = {}
    good: Counter[Verdict] = Counter()
    for ticket_id, verdict in rows:
        good[verdict] += verdict.is_good
        if ticket_id is not None and verdict is not Verdict.IGNORED:
            solved[ticket_id] = solved.get(ticket_id, False) or verdict is Verdict.SOLVED_IT
    return Said(solved=solved, good=good)


def solved_by_similar(said: Said, chances: Mapping[int, float]) -> dict[str, float | int | None]:
    """The measures of `tickmate eval history`, in shares of tickets.

    `chances` are by ticket id how likely the best of what would be shown today helps, 0 where nothing would be. Of
    tickets that nobody judged, as large a part of that counts as solved as good verdicts are "solved it" here.
    """
    judged = [said.solved[ticket_id] for ticket_id in chances if ticket_id in said.solved]
    guessed = [chance for ticket_id, chance in chances.items() if ticket_id not in said.solved]
    solved, helped = said.solving
    part = (solved + 1) / (solved + helped + 2)  # the mean where nothing was known before
    estimated = sum(guessed) * part
    low, high = _interval(judged, guessed, solved, helped)
    judged_low, judged_high = wilson(sum(judged), len(judged)) if judged else (None, None)
    return {
        "tickets": len(chances),
        "judged": len(judged),
        "judged_solved": sum(judged),
        "judged_low": judged_low,
        "judged_high": judged_high,
        "unjudged": len(guessed),
        "unjudged_shown": sum(chance > 0 for chance in guessed),
        "estimated_solved": round(estimated, 1),
        "estimated_share": round((sum(judged) + estimated) / len(chances), 4) if chances else None,
        "estimated_low": low,
        "estimated_high": high,
    }


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval)."""
    share, z2 = right / of, CONFIDENCE**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = CONFIDENCE * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return round(max(middle - half, 0.0), 4), round(min(middle + half, 1.0), 4)


def _interval(
    judged: Sequence[bool], guessed: Sequence[float], solved: int, helped: int
) -> tuple[float | None, float | None]:
    """95 % of the shares of tickets drawn anew, each unjudged one solved or not by its chance."""
    tickets: list[bool | float] = [*judged, *guessed]
    if not tickets:
        return None, None
    chosen = random.Random(SEED)  # noqa: S311 (no secret)
    shares = []
    for _ in range(DRAWS):
        part = chosen.betavariate(solved + 1, helped + 1)
        drawn = chosen.choices(tickets, k=len(tickets))
        shares.append(sum(one if isinstance(one, bool) else chosen.random() < one * part for one in drawn))
    shares.sort()
    low, high = shares[int(0.025 * DRAWS)], shares[int(0.975 * DRAWS)]
    return round(low / len(tickets), 4), round(high / len(tickets), 4)
