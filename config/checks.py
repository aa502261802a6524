"""How the parts of a running desk are, for readiness and `tickmate doctor`; those of a channel are beside it."""

from sqlalchemy import select

from core.db.engine import Database
from core.desk import Check
from core.search.search import Search
from core.storage.blobs import BlobStore


def database_check(database: Database) -> Check:
    """Says which database it is."""

    async def check() -> str:
        async with database.reading() as connection:
            await connection.execute(select(1))
        return connection.dialect.name

    return check


def search_check(search: Search) -> Check:
    """Says what the search embeds with and how many tickets it can find."""

    async def check() -> str:
        health = await search.health()
        if health.is_changing_model:
            done = f"{health.findable - health.missing:,} of {health.findable:,} so far"
            return f"{health.answering} until {health.model} has embedded every ticket, {done}"
        return f"{health.model}, {health.tickets} tickets"

    return check


def blob_check(blobs: BlobStore) -> Check:
    async def check() -> str:
        await blobs.check()
        return "writable"

    return check


def says(detail: str) -> Check:
    """A part that runs on nothing of its own: there is only to tell what it is."""

    async def check() -> str:
        return detail

    return check
