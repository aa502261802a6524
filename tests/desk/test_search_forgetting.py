"""What was shown to whom is not kept for ever."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.jobs.kinds import SEARCH_FORGET
from core.people.models import User
from core.search import forgetting
from core.search.feedback import record_feedback, record_shown
from core.search.forgetting import ShowingRetention
from core.search.models import ShownTicket, SimilarShowing, SimilarVerdict
from core.search.values import Surface, Verdict
from tests.builders import unqueued
from tests.desk.searching import VPN, SearchDesk


async def _shown(searching: SearchDesk, asker: User, title: str, verdict: Verdict | None = None) -> int:
    findings = await searching.search.ask(organization_id=1, title=title, description="")
    async with searching.desk.unit_of_work(searching.desk.actor(asker)) as uow:
        showing = await record_shown(uow, findings, surface=Surface.SLACK_FORM)
        if verdict is not None:
            await record_feedback(uow, showing_id=showing.id, number=findings.tickets[0].number, verdict=verdict)
        await uow.commit()
    return showing.id


async def _forget(searching: SearchDesk) -> None:
    retention = ShowingRetention(searching.desk.database, searching.desk.clock, timedelta(days=365))
    await retention.run(unqueued(SEARCH_FORGET.name))


async def test_after_a_year_what_nobody_judged_goes_and_what_was_judged_loses_its_asker(searching: SearchDesk) -> None:
    await searching.solved()
    ada = await searching.desk.person("ada")
    await _shown(searching, ada, VPN)
    judged = await _shown(searching, ada, f"{VPN} again", Verdict.SOLVED_IT)
    searching.desk.clock.advance(days=300)
    fresh = await _shown(searching, ada, f"{VPN} once more")
    searching.desk.clock.advance(days=66)

    await _forget(searching)

    async with searching.desk.reading() as reading:
        showings = (await reading.session.scalars(select(SimilarShowing).order_by(SimilarShowing.id))).all()
        shown = set(await reading.session.scalars(select(ShownTicket.showing_id)))
        verdicts = (await reading.session.scalars(select(SimilarVerdict.verdict))).all()
    assert [(one.id, one.asker_id) for one in showings] == [(judged, None), (fresh, ada.id)]
    assert showings[0].key == f"forgotten:{judged}"
    assert str(ada.id) in showings[1].key
    assert shown == {judged, fresh}
    assert verdicts == [Verdict.SOLVED_IT]


async def test_old_verdicts_stay_as_long_as_they_are_learned_from(
    searching: SearchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "NEWEST", 2)
    await searching.solved()
    ada = await searching.desk.person("ada")
    oldest, older = [await _shown(searching, ada, f"{VPN} {n}", Verdict.HELPFUL) for n in ("once", "twice")]
    searching.desk.clock.advance(days=300)
    newer = await _shown(searching, ada, f"{VPN} thrice", Verdict.HELPFUL)
    await _forget(searching)
    assert await _kept(searching) == [oldest, older, newer]  # none is a year old
    searching.desk.clock.advance(days=66)
    await _forget(searching)
    assert await _kept(searching) == [older, newer]


async def _kept(searching: SearchDesk) -> list[int]:
    async with searching.desk.reading() as reading:
        return list(await reading.session.scalars(select(SimilarShowing.id).order_by(SimilarShowing.id)))
