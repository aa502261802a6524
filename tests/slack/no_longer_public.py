"""The ways in which a public ticket stops being one, by a moderator."""

from core.people.values import Actor, Role
from core.tickets.merging import merge_ticket
from core.tickets.queries import lock_ticket
from core.tickets.working import delete_ticket
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk

GRACE = Actor(organization_id=1, role=Role.MODERATOR, name="Grace", channel="web")


async def triage(desk: SlackDesk, words: str) -> None:
    await desk.send(requests.command("/triage", words, user=requests.MODERATOR))
    await desk.run_jobs()


async def hide(desk: SlackDesk) -> None:
    await triage(desk, "1 public off")


async def delete(desk: SlackDesk) -> None:
    async with desk.desk.unit_of_work(GRACE) as uow:
        await delete_ticket(uow, await lock_ticket(uow, 1))
        await uow.commit()
    await desk.run_jobs()


async def merge(desk: SlackDesk) -> None:
    await desk.file("another one")
    async with desk.desk.unit_of_work(GRACE) as uow:
        await merge_ticket(uow, await lock_ticket(uow, 1), into=await lock_ticket(uow, 2))
        await uow.commit()
    await desk.run_jobs()
