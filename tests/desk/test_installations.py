"""Installations and what waits for them, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.errors import ConfigurationError, ConflictError, InvalidInputError
from core.installations.actions import begin_install, install, lose, redeem_state
from core.installations.models import Installation
from core.installations.sealing import TokenSeal
from core.installations.values import Granted, Loss, Tokens, Wish
from core.jobs.models import Job
from core.people.values import Role, system_actor
from tests.builders import CoreDesk

SEAL = TokenSeal("a secret key of these tests, long enough")
HERE = Wish(organization_id=1, begun_by="root")


def granted(*, renewed: int = 1, workspace: str = "T1") -> Granted:
    return Granted(
        workspace_id=workspace,
        workspace_name=f"Team {workspace}",
        tokens=Tokens(token=f"xoxb-{renewed}", renewal="xoxe-1", lifetime=timedelta(hours=12)),
        scopes=("chat:write",),
        installed_by="U1",
    )


async def installed(desk: CoreDesk, grant: Granted, wish: Wish = HERE) -> Installation:
    async with desk.unit_of_work(system_actor(1)) as uow:
        row = await install(uow, grant, seal=SEAL, wish=wish)
        await uow.commit()
    return row


async def test_a_workspace_is_lost_once_and_its_messages_go_out_when_it_is_back(desk: CoreDesk) -> None:
    await installed(desk, granted())
    async with desk.unit_of_work(system_actor(1)) as uow:
        assert await lose(uow, "T1", Loss.UNINSTALLED) is not None
        assert await lose(uow, "T1", Loss.REVOKED) is None
        for number, status in enumerate((DeliveryStatus.HELD, DeliveryStatus.FAILED)):
            uow.session.add(
                Delivery(
                    organization_id=1,
                    key=f"card:{number}",
                    kind=DeliveryKind.CARD,
                    channel="slack",
                    recipient="C1",
                    status=status,
                    created_at=uow.clock.now(),
                )
            )
        await uow.commit()
    again = await installed(desk, granted(renewed=2))
    assert (again.lost_at, again.loss, again.generation) == (None, None, 2)
    assert SEAL.open(again.token) == "xoxb-2"
    async with desk.reading(system_actor(1)) as reading:
        states = await reading.session.scalars(select(Delivery.status).order_by(Delivery.id))
        assert list(states) == [DeliveryStatus.QUEUED, DeliveryStatus.FAILED]
        jobs = await reading.session.scalars(select(Job).where(Job.kind == "conversations.deliver"))
        assert [job.organization_id for job in jobs] == [1]


async def test_admins_are_told_by_mail_once(desk: CoreDesk) -> None:
    admin = await desk.person("root", Role.ADMIN)
    await installed(desk, granted())
    async with desk.unit_of_work(system_actor(1)) as uow:
        await lose(uow, "T1", Loss.UNINSTALLED)
        await lose(uow, "T1", Loss.REVOKED)
        await uow.commit()
    async with desk.reading(system_actor(1)) as reading:
        alerts = list(await reading.session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.ALERT)))
    assert [alert.recipient for alert in alerts] == [admin.email]
    assert "installed again" in alerts[0].content["text"]


async def test_an_organization_has_one_workspace(desk: CoreDesk) -> None:
    await installed(desk, granted())
    with pytest.raises(ConflictError, match="T1 already"):
        await installed(desk, granted(workspace="T2"))
    other = await installed(desk, granted(workspace="T2"), Wish(organization_id=None, begun_by="a link"))
    assert other.organization_id != 1


async def test_a_state_is_good_once_for_a_while_in_its_browser(desk: CoreDesk) -> None:
    async with desk.unit_of_work(system_actor(1)) as uow:
        state = await begin_install(uow, HERE, browser="mine")
        with pytest.raises(InvalidInputError):
            await redeem_state(uow, state, "another")
        assert await redeem_state(uow, state, "mine") == HERE
        await uow.commit()
    async with desk.unit_of_work(system_actor(1)) as uow:
        with pytest.raises(InvalidInputError):
            await redeem_state(uow, state, "mine")


def test_tokens_sealed_under_another_key_are_told_kindly() -> None:
    with pytest.raises(ConfigurationError, match="another SECRET_KEY"):
        TokenSeal("another secret key of these tests").open(SEAL.close("xoxb-1"))
