"""What similar tickets were shown, and what people said of them, on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from core.audit.models import AuditRecord
from core.errors import ForbiddenError, InvalidInputError, NotFoundError
from core.people.models import User
from core.people.organizations import create_organization
from core.people.values import Role
from core.search.feedback import (
    note_filed,
    record_feedback,
    record_shown,
    record_ticket_feedback,
    shown_ids_on,
    verdicts_on,
)
from core.search.models import ShownTicket, SimilarShowing, SimilarVerdict
from core.search.values import Findings, Surface, Verdict
from core.tickets.models import Ticket
from tests.desk.searching import ABOUT_VPN, VPN, SearchDesk


async def _asked(searching: SearchDesk, title: str = VPN) -> Findings:
    return await searching.search.ask(organization_id=1, title=title, description=ABOUT_VPN)


async def _shown(searching: SearchDesk, asker: User, findings: Findings, *, key: str = "") -> int:
    async with searching.desk.unit_of_work(searching.desk.actor(asker)) as uow:
        showing = await record_shown(uow, findings, surface=Surface.SLACK_FORM, key=key)
        await uow.commit()
    return showing.id


async def _judged(searching: SearchDesk, asker: User, showing: int, number: int, verdict: Verdict) -> None:
    async with searching.desk.unit_of_work(searching.desk.actor(asker, channel="slack")) as uow:
        await record_feedback(uow, showing_id=showing, number=number, verdict=verdict)
        await uow.commit()


async def _count(searching: SearchDesk, table: type[SimilarShowing | ShownTicket | SimilarVerdict]) -> int:
    async with searching.desk.reading() as reading:
        return await reading.session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_verdict_on_what_a_form_showed_is_kept_once_without_any_ticket(searching: SearchDesk) -> None:
    solved = await searching.solved()
    rita = await searching.desk.person("ada")
    showing = await _shown(searching, rita, await _asked(searching))
    for _ in range(2):
        await _judged(searching, rita, showing, solved.number, Verdict.HELPFUL)
    await _judged(searching, rita, showing, solved.number, Verdict.SOLVED_IT)
    async with searching.desk.reading() as reading:
        (verdict,) = (await reading.session.scalars(select(SimilarVerdict))).all()
        (shown,) = (await reading.session.scalars(select(ShownTicket))).all()
        kept = await reading.session.get_one(SimilarShowing, showing)
        records = (
            await reading.session.scalars(select(AuditRecord).where(AuditRecord.action == "similar.judged"))
        ).all()
    assert (verdict.verdict, verdict.user_id, verdict.channel) == (Verdict.SOLVED_IT, rita.id, "slack")
    assert (shown.similar_ticket_id, shown.rank) == (solved.id, 1)
    assert 0.4 <= shown.raw_score <= 1
    assert shown.closeness is not None
    assert (kept.ticket_id, kept.model) == (None, "words")
    assert [(one.before.get("verdict"), one.after["verdict"]) for one in records] == [
        (None, "helpful"),
        ("helpful", "solved_it"),
    ]


async def test_somebody_still_typing_is_counted_once_with_all_that_was_shown(searching: SearchDesk) -> None:
    vpn = await searching.solved()
    printer = await searching.solved("Printer jams on double sided pages", "Paper jams.")
    rita = await searching.desk.person("ada")
    first = await _shown(searching, rita, await _asked(searching), key="form-1")
    second = await _shown(searching, rita, await _asked(searching, "Printer jams on double sided pages"), key="form-1")
    assert first == second
    async with searching.desk.reading() as reading:
        shown = set(await reading.session.scalars(select(ShownTicket.similar_ticket_id)))
    assert shown == {vpn.id, printer.id}


async def test_the_same_question_on_one_day_is_one_showing(searching: SearchDesk) -> None:
    await searching.solved()
    rita = await searching.desk.person("ada")
    findings = await _asked(searching)
    ids = {await _shown(searching, rita, findings) for _ in range(2)}
    searching.desk.clock.advance(days=1)
    ids.add(await _shown(searching, rita, findings))
    assert len(ids) == 2


async def test_of_the_question_no_word_is_kept(searching: SearchDesk) -> None:
    rita = await searching.desk.person("ada")
    await _shown(searching, rita, await _asked(searching, "my secret salary"))
    async with searching.desk.reading() as reading:
        row = (await reading.session.scalars(select(SimilarShowing))).one()
    assert not any(b"secret" in value for value in vars(row).values() if isinstance(value, bytes))
    assert not any("secret" in value for value in vars(row).values() if isinstance(value, str))


async def test_nobody_else_can_judge_a_showing(searching: SearchDesk) -> None:
    solved = await searching.solved()
    rita, eve = await searching.desk.person("ada"), await searching.desk.person("eve")
    showing = await _shown(searching, rita, await _asked(searching))
    with pytest.raises(NotFoundError):
        await _judged(searching, eve, showing, solved.number, Verdict.HELPFUL)
    with pytest.raises(NotFoundError):
        await _judged(searching, rita, showing, solved.number + 1, Verdict.HELPFUL)
    with pytest.raises(NotFoundError):
        await _judged(searching, rita, showing + 1, solved.number, Verdict.HELPFUL)
    other = replace(searching.desk.actor(rita), organization_id=2)
    async with searching.desk.unit_of_work() as uow:
        await create_organization(uow, "Second")
        await uow.commit()
    async with searching.desk.unit_of_work(other) as uow:
        with pytest.raises(NotFoundError):
            await record_feedback(uow, showing_id=showing, number=solved.number, verdict=Verdict.HELPFUL)
    assert await _count(searching, SimilarVerdict) == 0


async def test_what_is_no_longer_public_cannot_be_judged(searching: SearchDesk) -> None:
    solved = await searching.solved()
    rita = await searching.desk.person("ada")
    showing = await _shown(searching, rita, await _asked(searching))
    async with searching.desk.database.writing() as connection:
        await connection.execute(update(Ticket.__table__).where(Ticket.id == solved.id).values(is_public=False))
    with pytest.raises(NotFoundError):
        await _judged(searching, rita, showing, solved.number, Verdict.HELPFUL)


async def test_nobody_says_ignored_and_the_desk_says_nothing(searching: SearchDesk) -> None:
    solved = await searching.solved()
    rita = await searching.desk.person("ada")
    showing = await _shown(searching, rita, await _asked(searching))
    with pytest.raises(InvalidInputError):
        await _judged(searching, rita, showing, solved.number, Verdict.IGNORED)
    ticket = await searching.submitted(VPN, ABOUT_VPN)
    await searching.desk.run_jobs("search.find_similar")
    async with searching.desk.unit_of_work() as uow:
        with pytest.raises(ForbiddenError):
            await record_ticket_feedback(uow, ticket=ticket.number, number=solved.number, verdict=Verdict.HELPFUL)


async def test_a_filed_ticket_s_similar_ones_are_judged_by_those_who_see_it(searching: SearchDesk) -> None:
    solved = await searching.solved()
    ticket = await searching.submitted(VPN, ABOUT_VPN)
    await searching.desk.run_jobs("search.find_similar")
    grace, eve = await searching.desk.person("grace", Role.MODERATOR), await searching.desk.person("eve")
    async with searching.desk.reading() as reading:
        rita = (await reading.session.scalars(select(User).where(User.username == "rita"))).one()
        assert set(await shown_ids_on(reading, ticket)) == {solved.id}
    for person, verdict in ((rita, Verdict.NOT_HELPFUL), (grace, Verdict.HELPFUL)):
        actor = searching.desk.actor(person)
        async with searching.desk.unit_of_work(actor) as uow:
            await record_ticket_feedback(uow, ticket=ticket.number, number=solved.number, verdict=verdict)
            await uow.commit()
        async with searching.desk.reading(actor) as reading:
            assert await verdicts_on(reading, ticket) == {solved.id: verdict}
    async with searching.desk.unit_of_work(searching.desk.actor(eve)) as uow:
        with pytest.raises(NotFoundError):
            await record_ticket_feedback(uow, ticket=ticket.number, number=solved.number, verdict=Verdict.HELPFUL)
    assert await _count(searching, SimilarVerdict) == 2


async def test_what_was_found_before_showings_were_kept_can_be_judged(searching: SearchDesk) -> None:
    solved = await searching.solved()
    ticket = await searching.submitted(VPN, ABOUT_VPN)
    await searching.desk.run_jobs("search.find_similar")
    async with searching.desk.database.writing() as connection:
        await connection.execute(ShownTicket.__table__.delete())
        await connection.execute(SimilarShowing.__table__.delete())
    grace = await searching.desk.person("grace", Role.MODERATOR)
    async with searching.desk.unit_of_work(searching.desk.actor(grace)) as uow:
        await record_ticket_feedback(uow, ticket=ticket.number, number=solved.number, verdict=Verdict.HELPFUL)
        await uow.commit()
    assert await _count(searching, SimilarVerdict) == 1


async def test_a_ticket_filed_after_all_is_noted_on_the_asker_s_own_showing_alone(searching: SearchDesk) -> None:
    await searching.solved()
    rita, eve = await searching.desk.person("ada"), await searching.desk.person("eve")
    showing = await _shown(searching, rita, await _asked(searching))
    ticket = await searching.submitted(VPN, ABOUT_VPN)
    noted = []
    for person in (eve, rita):
        async with searching.desk.unit_of_work(searching.desk.actor(person)) as uow:
            await note_filed(uow, showing, await uow.session.get_one(Ticket, ticket.id))
            await uow.commit()
        async with searching.desk.reading() as reading:
            noted.append((await reading.session.get_one(SimilarShowing, showing)).ticket_id)
    assert noted == [None, ticket.id]
