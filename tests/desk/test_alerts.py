"""What admins are told of by mail, and moderators in Slack: once, in their own organization."""

from sqlalchemy import select

from core.conversations.alerts import tell_admins
from core.conversations.models import Delivery
from core.people.values import Role
from tests.builders import CoreDesk


async def _tell(desk: CoreDesk, key: str) -> None:
    async with desk.unit_of_work() as uow:
        await tell_admins(uow, key=key, title="The budget is spent", text="Triage goes on locally.")
        await uow.commit()


async def _told(desk: CoreDesk) -> list[tuple[str, str]]:
    async with desk.reading() as reading:
        rows = await reading.session.scalars(select(Delivery).order_by(Delivery.id))
        return [(row.channel, row.recipient) for row in rows]


async def test_admins_are_told_once_by_mail_and_moderators_in_slack(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel="C0TRIAGE")
    await desk.person("root", Role.ADMIN)
    await desk.person("grace", Role.MODERATOR)
    await desk.person("ada")
    for _ in range(2):
        await _tell(desk, "budget:2026-03:80")
    assert await _told(desk) == [("email", "root@people.example"), ("slack", "C0TRIAGE")]
    await _tell(desk, "budget:2026-03:8")  # the beginning of the other's key is another key
    assert len(await _told(desk)) == 4


async def test_a_desk_without_admins_and_slack_tells_nobody(desk: CoreDesk) -> None:
    await _tell(desk, "budget:2026-03:80")
    assert await _told(desk) == []
