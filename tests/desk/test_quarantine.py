"""Mail that was kept back: released, discarded, judged again."""

import asyncio

import pytest
from sqlalchemy import delete, select

from core.audit.models import AuditRecord
from core.errors import ConflictError, ForbiddenError, NotFoundError
from core.intake.models import Intake, RawMessage
from core.intake.quarantine import discard, release, replay
from core.intake.queries import get_arrival, list_arrivals, raw_bytes
from core.intake.values import Outcome
from core.people.models import User
from core.people.values import Actor, Role
from core.tickets.models import Reply, Ticket
from tests.builders import CoreDesk

ANNA = "anna@people.example"
HELD = {"from": ANNA, "title": "Held", "text": "Please look.", "verdict": "quarantine", "rule": "own-address"}


async def decide(desk: CoreDesk, act: object, intake_id: int, actor: Actor | None = None) -> Intake:
    async with desk.unit_of_work(actor) as uow:
        row = await act(uow, intake_id)  # type: ignore[operator]  # one of the three actions
        await uow.commit()
        return row


async def processed(desk: CoreDesk, intake_id: int) -> Intake:
    await desk.run_jobs("intake.process")
    async with desk.reading() as reading:
        return await reading.session.get_one(Intake, intake_id)


async def all_of(desk: CoreDesk, table: type) -> list[object]:
    async with desk.reading() as reading:
        return list((await reading.session.scalars(select(table))).all())


async def test_a_released_mail_becomes_a_ticket_and_the_audit_says_who(desk: CoreDesk) -> None:
    row = await desk.mail_in(**HELD)
    assert (row.outcome, row.rule) == (Outcome.QUARANTINED, "own-address")
    root = await desk.person("root", Role.ADMIN)
    await decide(desk, release, row.id, desk.actor(root))
    row = await processed(desk, row.id)
    assert (row.outcome, row.rule, row.released_by_id) == (Outcome.TICKETED, "new-conversation", root.id)
    assert (await desk.ticket(row.ticket_id)).created_by.email == ANNA
    (record,) = [one for one in await all_of(desk, AuditRecord) if one.action == "intake.released"]
    assert (record.entity_type, record.entity_id, record.user_id) == ("intake", str(row.id), root.id)
    assert record.before == {"outcome": "quarantined", "rule": "own-address", "released": False}


async def test_a_released_answer_joins_its_ticket(desk: CoreDesk) -> None:
    first = await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    row = await desk.mail_in(**HELD | {"title": "Re: VPN", "id": "v2@x", "references": ["v1@x"]})
    await decide(desk, release, row.id)
    row = await processed(desk, row.id)
    assert (row.outcome, row.ticket_id) == (Outcome.REPLIED, first.ticket_id)


async def test_releasing_twice_or_at_once_makes_one_ticket(desk: CoreDesk) -> None:
    row = await desk.mail_in(**HELD)
    await decide(desk, release, row.id)
    with pytest.raises(ConflictError, match="received"):
        await decide(desk, discard, row.id)
    await decide(desk, release, row.id)
    await asyncio.gather(*(desk.processing.process(1, row.id) for _ in range(3)))
    await desk.run_jobs("intake.process")
    await decide(desk, release, row.id)
    await desk.run_jobs("intake.process")
    assert len(await all_of(desk, Ticket)) == 1
    assert len([one for one in await all_of(desk, AuditRecord) if one.action == "intake.released"]) == 1


async def test_a_discarded_mail_stays_away_until_somebody_changes_their_mind(desk: CoreDesk) -> None:
    row = await desk.mail_in(**HELD, fingerprint="f1")
    for _ in range(2):
        row = await decide(desk, discard, row.id)
    assert (row.outcome, row.rule) == (Outcome.IGNORED, "discarded")
    copy = await desk.mail_in(**HELD, fingerprint="f1", via="another address of ours")
    assert copy.outcome is Outcome.DUPLICATE
    await decide(desk, release, row.id)
    assert (await processed(desk, row.id)).outcome is Outcome.TICKETED
    assert len([one for one in await all_of(desk, AuditRecord) if one.action == "intake.discarded"]) == 1


async def test_a_wrongly_ignored_mail_can_be_released(desk: CoreDesk) -> None:
    row = await desk.mail_in(**HELD | {"verdict": "ignore", "rule": "out-of-office"})
    await decide(desk, release, row.id)
    assert (await processed(desk, row.id)).outcome is Outcome.TICKETED


async def test_a_mail_without_sender_is_filed_for_whoever_releases_it(desk: CoreDesk) -> None:
    row = await desk.mail_in(title="Who?", text="x")
    await decide(desk, release, row.id)
    assert (await processed(desk, row.id)).rule == "no-sender"  # the command line is nobody to answer to
    root = await desk.person("root", Role.ADMIN)
    await decide(desk, release, row.id, desk.actor(root))
    row = await processed(desk, row.id)
    assert (await desk.ticket(row.ticket_id)).created_by_id == root.id


async def test_replay_judges_only_what_is_in_quarantine(desk: CoreDesk) -> None:
    """Replaying any row of the ledger, as often as one likes, makes nothing twice."""
    ticketed = await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    said = {"from": ANNA, "title": "Re: VPN", "text": "b", "id": "v2@x", "references": ["v1@x"]}
    replied = await desk.mail_in(**said)
    ignored = await desk.mail_in(**HELD | {"verdict": "ignore", "rule": "auto-reply"})
    held = await desk.mail_in(**HELD)
    for row in (ticketed, replied, ignored, held) * 2:
        await decide(desk, replay, row.id)
        again = await processed(desk, row.id)
        assert (again.outcome, again.rule, again.ticket_id) == (row.outcome, row.rule, row.ticket_id)
    assert (len(await all_of(desk, Ticket)), len(await all_of(desk, Reply))) == (1, 1)


async def test_a_mail_that_fails_every_time_ends_in_quarantine_and_can_be_released(desk: CoreDesk) -> None:
    """frappe/helpdesk#2532, zammad#2754: one bad mail kills the batch."""
    accepted = await desk.accept(**HELD | {"verdict": "accept"})
    (job,) = await desk.jobs()
    await desk.processing.gave_up(job, "ValueError: bad")  # type: ignore[arg-type]  # has what a JobTicket has
    async with desk.reading() as reading:
        (row,) = await list_arrivals(reading, Outcome.QUARANTINED)
    assert (row.id, row.rule, row.error) == (accepted.intake_id, "processing-failed", "ValueError: bad")
    await decide(desk, release, row.id)
    assert (await processed(desk, row.id)).outcome is Outcome.TICKETED


async def test_what_was_never_kept_back_can_neither_be_released_nor_discarded(desk: CoreDesk) -> None:
    row = await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a"})
    for act in (release, discard):
        with pytest.raises(ConflictError, match="ticketed"):
            await decide(desk, act, row.id)
        for unknown in (0, -1, 999, 2**70):
            with pytest.raises(NotFoundError):
                await decide(desk, act, unknown)


async def test_what_is_no_longer_kept_cannot_be_released(desk: CoreDesk) -> None:
    row = await desk.mail_in(**HELD)
    async with desk.unit_of_work() as uow:
        await uow.session.execute(delete(RawMessage))
        await uow.commit()
    with pytest.raises(ConflictError, match="no longer kept"):
        await decide(desk, release, row.id)
    assert await desk.processing.preview(1, row.id) is None
    async with desk.reading() as reading:
        with pytest.raises(NotFoundError):
            await raw_bytes(reading, (await get_arrival(reading, row.id))[0])


@pytest.mark.parametrize("role", [Role.USER, Role.MODERATOR])
async def test_only_admins_decide(desk: CoreDesk, role: Role) -> None:
    row = await desk.mail_in(**HELD)
    somebody: User = await desk.person("somebody", role)
    for act in (release, discard, replay):
        with pytest.raises(ForbiddenError):
            await decide(desk, act, row.id, desk.actor(somebody))


async def test_the_list_shows_the_newest_first_by_pages_and_only_of_this_organization(desk: CoreDesk) -> None:
    rows = [await desk.mail_in(**HELD, id=f"{n}@x") for n in range(3)]
    async with desk.reading() as reading:
        first = await list_arrivals(reading, Outcome.QUARANTINED, limit=2)
        rest = await list_arrivals(reading, Outcome.QUARANTINED, limit=2, before_id=first[-1].id)
    assert [row.id for row in (*first, *rest)] == [row.id for row in reversed(rows)]
    elsewhere = Actor(organization_id=2, role=Role.ADMIN)
    async with desk.reading(elsewhere) as reading:
        assert await list_arrivals(reading, Outcome.QUARANTINED) == []
        with pytest.raises(NotFoundError):
            await get_arrival(reading, rows[0].id)


async def test_a_bad_mail_that_comes_again_and_again_is_stored_once(desk: CoreDesk) -> None:
    """osTicket#5645: copies of a bad mail fill the disk."""
    for _ in range(5):
        accepted = await desk.accept(**HELD)
        await desk.run_jobs("intake.process")
        await decide(desk, replay, accepted.intake_id)
        await desk.run_jobs("intake.process")
    assert (len(await all_of(desk, RawMessage)), len(await all_of(desk, Intake))) == (1, 1)
