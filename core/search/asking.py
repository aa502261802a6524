"""Looking for similar tickets while somebody waits, whichever door they came through."""

import asyncio

from core.desk import Desk
from core.errors import TryAgainLaterError
from core.people.values import Actor
from core.search.values import Findings
from core.triage.actions import record_calls
from core.triage.values import AiCall


async def ask_for(
    desk: Desk, actor: Actor, *, title: str, description: str, seconds: float, limit: int | None = None
) -> Findings:
    """What is similar to these words, as many as the house shows or `limit`. What was billed is written down.

    Raises:
        TryAgainLaterError: the search is away, or takes longer than `seconds`.
    """
    calls: list[AiCall] = []
    try:
        async with asyncio.timeout(seconds):
            return await desk.search.ask(
                organization_id=actor.organization_id,
                title=title,
                description=description,
                limit=limit or desk.policy.similar_shown,
                calls=calls,
            )
    except TimeoutError as error:
        raise TryAgainLaterError("The search takes too long just now.", mend="Try again in a minute.") from error
    finally:
        if calls:
            async with desk.unit_of_work(actor) as uow:
                record_calls(uow, None, calls, user_id=actor.user_id)
                await uow.commit()
