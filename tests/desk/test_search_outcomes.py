"""Precision, coverage and deflection over time, counted on both databases."""

from core.people.models import User
from core.people.values import Role
from core.search.feedback import note_filed, record_feedback, record_shown, record_ticket_feedback
from core.search.outcomes import Outcomes, similar_outcomes
from core.search.values import Surface, Verdict
from core.tickets.models import Ticket
from tests.desk.searching import ABOUT_VPN, VPN, SearchDesk


async def _asked(searching: SearchDesk, person: User, title: str, verdict: Verdict | None = None) -> int:
    """Somebody asks in a form, and judges the first that is shown."""
    findings = await searching.search.ask(organization_id=1, title=title, description="")
    async with searching.desk.unit_of_work(searching.desk.actor(person)) as uow:
        showing = await record_shown(uow, findings, surface=Surface.SLACK_FORM)
        if verdict is not None:
            number = findings.tickets[0].number
            await record_feedback(uow, showing_id=showing.id, number=number, verdict=verdict)
        await uow.commit()
    return showing.id


async def _outcomes(searching: SearchDesk) -> Outcomes:
    async with searching.desk.reading() as reading:
        return await similar_outcomes(reading)


async def test_without_any_question_there_is_nothing_to_measure(searching: SearchDesk) -> None:
    outcomes = await _outcomes(searching)
    assert len(outcomes.weeks) == 13
    assert (outcomes.whole.precision, outcomes.whole.coverage, outcomes.whole.deflection) == (None, None, None)
    assert outcomes.least_chance is None


async def test_what_was_shown_judged_and_solved_is_counted_in_its_week(searching: SearchDesk) -> None:
    await searching.solved()
    ada = await searching.desk.person("ada")
    searching.desk.clock.advance(days=30)
    await _asked(searching, ada, VPN, Verdict.SOLVED_IT)
    searching.desk.clock.advance(days=7)
    await _asked(searching, ada, VPN, Verdict.NOT_HELPFUL)
    await _asked(searching, ada, "Please order a coffee machine")
    await _asked(searching, ada, f"{VPN} again", Verdict.HELPFUL)
    searching.desk.clock.advance(hours=1)
    outcomes = await _outcomes(searching)
    earlier, latest = outcomes.weeks[-2], outcomes.weeks[-1]
    assert (earlier.asked, earlier.shown, earlier.judged, earlier.helped) == (1, 1, 1, 1)
    assert (earlier.solved, earlier.deflected, earlier.deflection) == (1, 1, 1.0)
    assert (latest.asked, latest.shown, latest.judged, latest.helped, latest.solved) == (3, 2, 2, 1, 0)
    assert latest.coverage == 2 / 3
    assert outcomes.whole.precision == 2 / 3
    assert outcomes.whole.deflection == 1 / 4


async def test_a_question_that_became_a_ticket_counts_once_and_is_no_deflection(searching: SearchDesk) -> None:
    solved = await searching.solved()
    ticket = await searching.submitted(VPN, ABOUT_VPN)
    await searching.desk.run_jobs("search.find_similar")
    async with searching.desk.reading() as reading:
        rita = await reading.session.get_one(User, ticket.created_by_id)
    showing = await _asked(searching, rita, VPN)
    actor = searching.desk.actor(rita)
    async with searching.desk.unit_of_work(actor) as uow:
        await note_filed(uow, showing, await uow.session.get_one(Ticket, ticket.id))
        await record_ticket_feedback(uow, ticket=ticket.number, number=solved.number, verdict=Verdict.SOLVED_IT)
        await uow.commit()
    searching.desk.clock.advance(hours=1)
    whole = (await _outcomes(searching)).whole
    assert (whole.asked, whole.solved, whole.deflected) == (2, 1, 0)  # the solved ticket was a question once, too


async def test_a_moderator_s_verdict_is_no_deflection(searching: SearchDesk) -> None:
    solved = await searching.solved()
    ticket = await searching.submitted(VPN, ABOUT_VPN)
    await searching.desk.run_jobs("search.find_similar")
    moderator = await searching.desk.person("mo", Role.MODERATOR)
    async with searching.desk.unit_of_work(searching.desk.actor(moderator)) as uow:
        await record_ticket_feedback(uow, ticket=ticket.number, number=solved.number, verdict=Verdict.SOLVED_IT)
        await uow.commit()
    searching.desk.clock.advance(hours=1)
    whole = (await _outcomes(searching)).whole
    assert (whole.judged, whole.helped, whole.solved) == (1, 1, 0)
