"""Looking for similar tickets for somebody who waits, alike for pages and the JSON API."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from core.errors import TryAgainLaterError
from core.search.feedback import record_shown
from core.search.values import Findings, SimilarTicket, Surface
from core.triage.actions import record_calls
from core.triage.values import AiCall
from webhooks.site import Visit

PATIENCE_SECONDS = 10.0


async def show_similar(
    visit: Visit, *, title: str, description: str, limit: int, surface: Surface, key: str
) -> tuple[int, Sequence[SimilarTicket]]:
    """What was found, best first, and the id of this showing, which feedback names. What was billed is written down.

    Raises:
        TryAgainLaterError: the search is away, or takes too long.
    """
    calls: list[AiCall] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            findings = await visit.desk.search.ask(
                organization_id=visit.person.organization_id,
                title=title,
                description=description,
                limit=limit,
                calls=calls,
            )
    except TimeoutError as error:
        raise TryAgainLaterError("The search takes too long just now.", mend="Try again in a minute.") from error
    finally:
        if calls:
            async with visit.unit_of_work() as uow:
                record_calls(uow, None, calls, user_id=visit.person.user_id)
                await uow.commit()
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
