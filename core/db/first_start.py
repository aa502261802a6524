"""What every desk has from its first start: the tables, one organization, and the way to it."""

from sqlalchemy import insert, select

from core.clock import Clock
from core.db import schema
from core.db.engine import Database, insert_ignoring_duplicates
from core.people.models import MailRoute, Organization

DEFAULT_ORGANIZATION = "Support"


async def prepare(database: Database, clock: Clock, *, support_address: str) -> None:
    """Bring the schema up to date and see to the default organization. Running it again changes nothing."""
    if not await schema.is_up_to_date(database):
        await schema.upgrade(database)
    async with database.reading() as connection:
        routed = await connection.scalar(select(MailRoute.id).where(MailRoute.pattern == support_address.lower()))
    if routed is None:
        await _add_default(database, clock, support_address)


async def _add_default(database: Database, clock: Clock, support_address: str) -> None:
    async with database.writing() as connection:
        organization_id = await connection.scalar(select(Organization.id).order_by(Organization.id).limit(1))
        if organization_id is None:
            new = insert(Organization).values(name=DEFAULT_ORGANIZATION, next_ticket_number=1, created_at=clock.now())
            organization_id = (await connection.execute(new.returning(Organization.id))).scalar_one()
        route = {"organization_id": organization_id, "pattern": support_address.lower()}
        await connection.execute(insert_ignoring_duplicates(database, MailRoute.__table__), [route])
