"""What people said of similar tickets on filed tickets, as `tickmate eval history` counts it."""

from core.people.values import Role
from core.search.feedback import record_feedback, record_shown, record_ticket_feedback
from core.search.solving import what_was_said
from core.search.values import Surface, Verdict
from tests.desk.searching import ABOUT_VPN, VPN, SearchDesk


async def test_verdicts_are_counted_by_the_ticket_they_were_shown_on(searching: SearchDesk) -> None:
    answer = await searching.solved()
    ada = await searching.desk.person("ada")
    moderator = await searching.desk.person("mo", Role.MODERATOR)
    tickets = [await searching.submitted(f"{VPN} {n}", ABOUT_VPN) for n in range(3)]
    await searching.desk.run_jobs("search.find_similar")
    for ticket, verdict in zip(tickets, (Verdict.SOLVED_IT, Verdict.NOT_HELPFUL), strict=False):
        async with searching.desk.unit_of_work(searching.desk.actor(moderator)) as uow:
            await record_ticket_feedback(uow, ticket=ticket.number, number=answer.number, verdict=verdict)
            await uow.commit()
    findings = await searching.search.ask(organization_id=1, title=VPN, description="")
    async with searching.desk.unit_of_work(searching.desk.actor(ada)) as uow:
        showing = await record_shown(uow, findings, surface=Surface.WEB_FORM)
        await record_feedback(uow, showing_id=showing.id, number=answer.number, verdict=Verdict.HELPFUL)
        await uow.commit()
    async with searching.desk.reading() as reading:
        said = await what_was_said(reading)
    assert said.solved == {tickets[0].id: True, tickets[1].id: False}
    assert said.solving == (1, 1)  # what was said before any ticket tells how verdicts part, too
