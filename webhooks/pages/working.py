"""More of what moderators do on a ticket's page: follow the advice, let it sleep, join it to another one."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from core.clock import zone_named
from core.db.unit_of_work import UnitOfWork
from core.errors import InvalidInputError, NotFoundError
from core.tickets.merging import merge_ticket
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket
from core.tickets.snoozing import snooze_ticket, wake_ticket
from core.triage.correcting import accept_suggestion
from webhooks.pages.ticket import change_and_show
from webhooks.site import Visit

MORNING = time(9)


class AdviceForm(BaseModel):
    revision: int | None = None


class SnoozeForm(BaseModel):
    """In some `days`, or on the day `until`; in the morning of `zone` where the person has chosen none."""

    days: Annotated[int, Field(ge=0, le=366)] = 0
    until: date | None = None
    zone: Annotated[str, Field(max_length=64)] = ""


class MergeForm(BaseModel):
    into: Annotated[str, Field(max_length=12)] = ""


async def accept_advice(visit: Visit, number: int, form: AdviceForm) -> web.Response:
    """Make what triage suggests one's own choice."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        await accept_suggestion(uow, ticket, expected_revision=form.revision)

    return await change_and_show(visit, number, act)


async def snooze(visit: Visit, number: int, form: SnoozeForm) -> web.Response:
    """Take it out of the queues until a morning, or until its requester writes."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        zone = zone_named(visit.person.time_zone or form.zone)
        day = uow.clock.now().astimezone(zone).date() + timedelta(days=form.days) if form.days else form.until
        if day is None:
            raise InvalidInputError("Until when?", field="until", mend="Choose a day.")
        await snooze_ticket(uow, ticket, until=datetime.combine(day, MORNING, zone).astimezone(UTC))

    return await change_and_show(visit, number, act)


async def wake(visit: Visit, number: int) -> web.Response:
    """Bring it back into the queues now."""
    return await change_and_show(visit, number, wake_ticket)


async def merge(visit: Visit, number: int, form: MergeForm) -> web.Response:
    """Close it in favour of another one, where answers to it go from now on."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        into = form.into.strip().removeprefix("#")
        if not into.isdecimal():
            raise InvalidInputError("Into which ticket?", field="into", mend="Write its number.")
        try:
            target = await lock_ticket(uow, int(into))
        except NotFoundError as error:
            raise InvalidInputError(str(error), field="into") from error
        await merge_ticket(uow, ticket, into=target)

    return await change_and_show(visit, number, act)
