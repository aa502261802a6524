"""`/admin/quarantine`: mail that came in, what became of it, why, and what it says."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, Field

from core.errors import ConflictError
from core.intake import quarantine as actions
from core.intake.queries import get_arrival, list_arrivals, raw_bytes, ticket_numbers
from core.intake.reasons import reason
from core.intake.values import Outcome
from webhooks.files import as_download
from webhooks.pages.page import form_page, page, redirect
from webhooks.paging import page_of
from webhooks.site import Visit

PAGE_LENGTH = 50
PREVIEW_LENGTH = 20_000  # characters
KEPT_BACK = (Outcome.QUARANTINED, Outcome.IGNORED)
OF_MAIL = tuple(outcome for outcome in Outcome if outcome is not Outcome.ACTED)


class ListQuery(BaseModel):
    """Without an outcome what awaits a decision; with words, whatever became of it."""

    outcome: Outcome | Literal["any"] | None = None
    q: Annotated[str, Field(max_length=300)] = ""
    cursor: Annotated[int | None, Field(ge=1, lt=2**63)] = None

    @property
    def wanted(self) -> Outcome | None:
        """None is any outcome."""
        if isinstance(self.outcome, Outcome):
            return self.outcome
        return None if self.outcome or self.q else Outcome.QUARANTINED


async def show_list(visit: Visit, query: ListQuery) -> web.Response:
    """Mail that came in, newest first, and what became of it."""
    async with visit.reading() as reading:
        found = await list_arrivals(reading, query.wanted, text=query.q, before_id=query.cursor, limit=PAGE_LENGTH + 1)
        found, cursor = page_of(found, PAGE_LENGTH)
        numbers = await ticket_numbers(reading, found)
    given = query.model_dump(mode="json", exclude_defaults=True, exclude={"cursor"})
    following = urlencode({**given, "cursor": cursor}) if cursor else ""
    return page(
        visit,
        "quarantine.html",
        messages=found,
        numbers=numbers,
        query=query,
        wanted=query.wanted,
        outcomes=OF_MAIL,
        reason=reason,
        next_page=f"/admin/quarantine?{following}" if following else "",
    )


async def show(visit: Visit, message: int) -> web.Response:
    """One message: what the ledger knows of it, and its words as plain text."""
    return await _page(visit, message)


async def read_raw(visit: Visit, message: int) -> web.Response:
    """The bytes as they arrived, as a download of plain text."""
    async with visit.reading() as reading:
        row, _ = await get_arrival(reading, message)
        content = await raw_bytes(reading, row)
    return as_download(content, f"message-{message}.eml", content_type="text/plain")


async def release(visit: Visit, message: int) -> web.Response:
    """Take it in after all; its page then tells what it became."""
    return await _decide(visit, message, actions.release)


async def discard(visit: Visit, message: int) -> web.Response:
    """Let it go."""
    return await _decide(visit, message, actions.discard)


async def _decide(visit: Visit, message: int, act: actions.Act) -> web.Response:
    try:
        async with visit.unit_of_work() as uow:
            await act(uow, message)
            await uow.commit()
    except ConflictError as error:
        return await _page(visit, message, problem=str(error), status=409)
    return redirect(f"/admin/quarantine/{message}")


async def _page(visit: Visit, message: int, *, problem: str = "", status: int = 200) -> web.Response:
    async with visit.reading() as reading:
        row, ticket = await get_arrival(reading, message)
    preview = await visit.desk.processing.preview(row.organization_id, row.id)
    return form_page(
        visit,
        "quarantined.html",
        status=status,
        message=row,
        ticket=ticket,
        reason=reason(row.rule),
        preview=preview,
        text=preview.text[:PREVIEW_LENGTH] if preview else "",
        is_cut=preview is not None and len(preview.text) > PREVIEW_LENGTH,
        may_release=row.outcome in KEPT_BACK and ticket is None and preview is not None,
        may_discard=row.outcome is Outcome.QUARANTINED,
        problem=problem,
    )
