"""Looking for similar tickets for somebody who waits, alike for pages and the JSON API."""

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from core.search.asking import ask_for
from core.search.feedback import record_shown
from core.search.values import Findings, SimilarTicket, Surface
from webhooks.site import Visit

PATIENCE_SECONDS = 10.0


async def show_similar(
    visit: Visit, *, title: str, description: str, surface: Surface, key: str, limit: int | None = None
) -> tuple[int, Sequence[SimilarTicket]]:
    """What was found, best first, and the id of this showing, which feedback names. What was billed is written down.

    Raises:
        TryAgainLaterError: the search is away, or takes too long.
    """
    findings = await ask_for(
        visit.desk, visit.actor, title=title, description=description, seconds=PATIENCE_SECONDS, limit=limit
    )
    try:
        showing = await _record(visit, findings, surface, key)
    except IntegrityError:  # the same form has asked at the same moment
        showing = await _record(visit, findings, surface, key)
    return showing, findings.tickets


async def _record(visit: Visit, findings: Findings, surface: Surface, key: str) -> int:
    async with visit.unit_of_work() as uow:
        showing = await record_shown(uow, findings, surface=surface, key=key)
        await uow.commit()
    return showing.id
