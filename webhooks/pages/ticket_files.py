"""The files on the page of a ticket: downloaded, checked again, given out unchecked."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import NotFoundError
from core.files.actions import release_file, scan_again
from core.tickets.models import Attachment, Ticket
from core.tickets.queries import find_ticket, list_attachments, list_replies
from webhooks.files import download
from webhooks.pages.ticket import change_and_show
from webhooks.site import Visit


async def read_file(visit: Visit, number: int, attachment: int) -> web.Response:
    """One file's bytes, always as a download."""
    async with visit.reading() as reading:
        file = await _file(reading, await find_ticket(reading, number), attachment)
    return await download(visit, file)


async def check_file(visit: Visit, number: int, attachment: int) -> web.Response:
    """Have the virus scanner asked again."""
    return await _decide(visit, number, attachment, scan_again)


async def give_out_file(visit: Visit, number: int, attachment: int) -> web.Response:
    """Give out what the virus scanner never looked into."""
    return await _decide(visit, number, attachment, release_file)


async def _decide(
    visit: Visit, number: int, attachment: int, decide: Callable[[UnitOfWork, Ticket, Attachment], Awaitable[None]]
) -> web.Response:
    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        file = await _file(uow, ticket, attachment)
        if file is None:
            raise NotFoundError("There is no such file.")
        await decide(uow, ticket, file)

    return await change_and_show(visit, number, act)


async def _file(reading: Reading, ticket: Ticket, attachment: int) -> Attachment | None:
    """One of the files that this person may see."""
    files: list[Attachment] = [*await list_attachments(reading, ticket)]
    files += [one for reply in await list_replies(reading, ticket) for one in reply.attachments]
    return next((one for one in files if one.id == attachment), None)
