"""`/admin/audit`: who did what, with what was there before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, Field

from core.audit.models import AuditRecord
from core.audit.queries import AuditFilter, list_actions, list_audit
from core.clock import zone_named
from core.db.unit_of_work import Reading
from core.errors import NotFoundError
from core.people.queries import find_user
from webhooks.pages.page import page
from webhooks.paging import page_of
from webhooks.site import Visit

PAGE_LENGTH = 50
LONGEST_VALUE = 600
ENTITY_TYPES = (
    "ticket",
    "reply",
    "attachment",
    "intake",
    "user",
    "identity",
    "organization",
    "mail_route",
    "jobs",
)
_CHOSEN = frozenset(
    (
        "by",
        "kind",
        "outcome",
        "priority",
        "purpose",
        "role",
        "scan",
        "standing",
        "state",
        "status",
        "verdict",
        "visibility",
    )
)
_MOMENT = ("_at", "_until")
_SMALL = Annotated[str, Field(max_length=100)]


class AuditQuery(BaseModel):
    """`since` and `until` are as the browser's field gives them: without a zone, in that of `zone`."""

    entity_type: _SMALL = ""
    entity_id: _SMALL = ""
    user: Annotated[str, Field(max_length=320)] = ""
    action: _SMALL = ""
    since: datetime | None = None
    until: datetime | None = None
    zone: _SMALL = ""
    cursor: Annotated[int | None, Field(ge=1, lt=2**63)] = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a record; None where it was not there."""

    name: str
    before: str | datetime | None
    after: str | datetime | None


async def show(visit: Visit, query: AuditQuery) -> web.Response:
    """A page of the audit log, newest first."""
    zone = visit.person.time_zone or query.zone
    problem = ""
    async with visit.reading() as reading:
        try:
            user_id = await _user_id(reading, query.user)
            found = await list_audit(reading, _filter(query, zone, user_id))
        except NotFoundError as error:
            found, problem = [], error.message
        actions = await list_actions(reading)
    found, cursor = page_of(found, PAGE_LENGTH)
    following = ""
    if cursor:
        given = query.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        following = "/admin/audit?" + urlencode({**given, "cursor": cursor})
    return page(
        visit,
        "audit.html",
        records=[(record, differences(record)) for record in found],
        query=query,
        since=_field_value(query.since),
        until=_field_value(query.until),
        actions=actions,
        entity_types=ENTITY_TYPES,
        next_page=following,
        problem=problem,
    )


def _filter(query: AuditQuery, zone: str, user_id: int | None) -> AuditFilter:
    return AuditFilter(
        entity_type=query.entity_type,
        entity_id=query.entity_id,
        user_id=user_id,
        action=query.action,
        since=_in_zone(query.since, zone),
        until=_in_zone(query.until, zone),
        before_id=query.cursor,
        limit=PAGE_LENGTH + 1,
    )


async def _user_id(reading: Reading, name: str) -> int | None:
    if not name:
        return None
    return int(name[:9]) if name.isdecimal() else (await find_user(reading, name)).id


def _in_zone(value: datetime | None, zone: str) -> datetime | None:
    return value.replace(tzinfo=zone_named(zone)) if value is not None and value.tzinfo is None else value


def _field_value(value: datetime | None) -> str:
    return value.strftime("%Y-%m-%dT%H:%M") if value else ""


def differences(record: AuditRecord) -> Sequence[Difference]:
    """Every field that changed, in the order in which it was recorded, less those that began empty."""
    return [
        Difference(name, _shown(record.before, name), _shown(record.after, name))
        for name in {**record.before, **record.after}
        if name in record.before or record.after[name] not in (None, "", [], False)
    ]


def _shown(values: dict[str, Any], name: str) -> str | datetime | None:
    """One value as people read it: a moment in their zone, a choice in words, their own writing as it is."""
    if name not in values:
        return None
    value = values[name]
    if name.endswith(_MOMENT) and isinstance(value, str) and (moment := _moment(value)):
        return moment
    if name in _CHOSEN and isinstance(value, str):
        value = value.replace("_", " ")
    match value:
        case None | "" | []:
            text = "(empty)"
        case bool():
            text = "yes" if value else "no"
        case list():
            text = ", ".join(str(one) for one in value)
        case _:
            text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _moment(text: str) -> datetime | None:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
