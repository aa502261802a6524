"""How long somebody waits for similar tickets in a full desk: catching up, the index, SQL, folding, explaining.

Usage: python bench/search_desk.py [--tickets 100000] [--queries 200] [--organizations 1] [--verdicts 0]
(100000 tickets take about two minutes.) Vectors are made up and known beforehand: embedding is not in it.

One JSON line. Times are of `Search.ask` beside a running follower, each second one leaving out a ticket, as for a
ticket that was filed; every tenth time some vectors have changed, which it follows first.
    p50_ms, p95_ms     of one question,
    desk_cpu_ms, engine_cpu_ms   what this process, threads and all, and the engine's computed for one question,
    stall_ms, stall_cpu_ms, stalled_in   how long the event loop was held up, as in bench/search.py,
    rebuilt_per_second from the table of vectors to the index, database_mb, index_mb, load.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from filling import LONG_AGO
from search import DIMENSION, Tickets, cpu_ms, megabytes
from sqlalchemy import delete, insert, select, update
from stalls import Stalls

from config.bootstrap import build_desk
from config.garbage import freeze_what_is_there
from config.logging import configure_logging
from config.settings import load_settings
from core.db.engine import Database
from core.desk import Desk
from core.people.models import Organization, User
from core.people.values import Role
from core.search.edge import EdgeIndex
from core.search.models import (
    SearchLearning,
    SearchProgress,
    ShownTicket,
    SimilarShowing,
    SimilarVerdict,
    TicketVectorsRow,
)
from core.search.search import Search
from core.search.stored import FLOAT32, UINT32, packed
from core.search.terms import TERMS_REVISION, document_terms
from core.search.values import Surface, TicketVectors, Verdict
from core.tickets.models import Ticket
from core.tickets.values import Priority, Status
from core.triage.values import AiCall

MODEL = "bench"
AT_ONCE = 2_000
WORDS = np.array([f"{one}{two}{three}" for one in "bdfgklmnprst" for two in ("ar", "el", "int", "os", "ur") for three in
                  ("ba", "dex", "fon", "gate", "ler", "mit", "nor", "port", "sat", "ter", "vox", "zim")])  # fmt: skip


class Prepared:
    """An `Embedder` that knows the vectors of what will be asked."""

    model = MODEL
    dimension = DIMENSION

    def __init__(self) -> None:
        self.known: dict[str, Sequence[float]] = {}

    async def embed(self, texts: Sequence[str], calls: list[AiCall] | None = None) -> list[Sequence[float]]:  # noqa: ARG002 (the port)
        return [self.known[text] for text in texts]

    async def close(self) -> None:
        pass


def drawn(random: np.random.Generator, count: int) -> str:
    """So many words, some much rarer than others."""
    return " ".join(WORDS[random.zipf(1.2, count) % len(WORDS)])


async def fill(database: Database, tickets: Tickets, organizations: int) -> None:
    """Completed public tickets with their vectors, of each organization as many."""
    random = np.random.default_rng(11)
    async with database.writing() as connection:
        for number in range(2, organizations + 1):
            await connection.execute(
                insert(Organization).values(id=number, name=f"Number {number}", created_at=LONG_AGO)
            )
        for number in range(1, organizations + 1):
            person = {"id": number, "organization_id": number, "username": "rita", "role": Role.USER}
            await connection.execute(insert(User).values(**person, created_at=LONG_AGO, updated_at=LONG_AGO))
    for start in range(0, tickets.size, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, tickets.size))
        rows = [_ticket(number, number % organizations + 1, random) for number in numbers]
        async with database.writing() as connection:
            await connection.execute(insert(Ticket.__table__), rows)
            await connection.execute(insert(TicketVectorsRow), [_vectors(tickets, row) for row in rows])
    async with database.writing() as connection:
        await connection.execute(delete(SearchProgress))
        await connection.execute(insert(SearchProgress).values(id=1, revision=tickets.size, rebuilds=0))


async def judge(database: Database, tickets: Tickets, verdicts: int) -> None:
    """So many verdicts of the first organization, each for a question of its own."""
    if not verdicts:
        return
    numbers = range(1, verdicts + 1)
    async with database.writing() as connection:
        for model, rows in (
            (SimilarShowing, [_showing(number, tickets.question()) for number in numbers]),
            (ShownTicket, [_shown(number) for number in numbers]),
            (SimilarVerdict, [_verdict(number) for number in numbers]),
        ):
            await connection.execute(insert(model), rows)
        learning = {"organization_id": 1, "verdicts_revision": verdicts, "is_lexical": False, "verdicts": verdicts}
        numbers_learned = {"scale": 1.0, "lift": 2.0, "shift": 0.0, "least_chance": 0.4}
        await connection.execute(insert(SearchLearning).values(**learning, **numbers_learned))


def _showing(number: int, asked: TicketVectors) -> dict[str, Any]:
    return {
        "id": number,
        "organization_id": 1,
        "key": f"bench:{number}",
        "surface": Surface.API,
        "question_hash": "",
        "model": MODEL,
        "text": packed(asked.text, FLOAT32),
        "term_indices": packed(asked.terms.indices, UINT32),
        "shown_at": LONG_AGO,
    }


def _shown(number: int) -> dict[str, Any]:
    measured = {"rank": 1, "score": 0.5, "raw_score": 0.5, "lift": 0.0, "match": 0.1}
    return {"id": number, "showing_id": number, "similar_ticket_id": number, **measured}


def _verdict(number: int) -> dict[str, Any]:
    said = {"user_id": 1, "verdict": Verdict.HELPFUL, "channel": "web", "given_at": LONG_AGO}
    return {"id": number, "organization_id": 1, "shown_id": number, "revision": number, **said}


def _ticket(number: int, organization_id: int, random: np.random.Generator) -> dict[str, Any]:
    return {
        "id": number + 1,
        "organization_id": organization_id,
        "number": number + 1,
        "title": drawn(random, 7).capitalize(),
        "description": f"{drawn(random, 60).capitalize()}.",
        "resolution": f"{drawn(random, 30).capitalize()}.",
        "priority": Priority.LOW,
        "status": Status.COMPLETED,
        "is_public": True,
        "channel": "web",
        "created_by_id": organization_id,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "resolved_at": LONG_AGO,
    }


def _vectors(tickets: Tickets, row: dict[str, Any]) -> dict[str, Any]:
    terms = document_terms(f"{row['title']}\n{row['description']}\n{row['resolution']}")
    return {
        "ticket_id": row["id"],
        "organization_id": row["organization_id"],
        "model": MODEL,
        "text_hash": "",
        "title": tickets.titles[row["id"] - 1].tobytes(),
        "text": tickets.texts[row["id"] - 1].tobytes(),
        "term_indices": packed(terms.indices, UINT32),
        "term_weights": packed(terms.weights, FLOAT32),
        "terms_revision": TERMS_REVISION,
        "revision": row["id"],
        "ticket_created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }


async def measure(
    desk: Desk, database: Database, folder: Path, tickets: Tickets, chosen: argparse.Namespace
) -> dict[str, Any]:
    queries, organizations = chosen.queries, chosen.organizations
    embedder, index = Prepared(), EdgeIndex(folder / "bench", model=MODEL, dimension=DIMENSION)
    search = Search(database=database, reading=desk.reading, embedder=embedder, index=index)
    began = time.perf_counter()
    await search.catch_up()
    rebuilding = time.perf_counter() - began
    await search.start()
    random, times, found = np.random.default_rng(5), [], 0
    asked = [(drawn(random, 7), drawn(random, 40), tickets.question()) for _ in range(queries)]
    for title, description, vectors in asked:
        embedder.known |= {title: vectors.title, f"{title}\n{description}": vectors.text}
    freeze_what_is_there()
    computed, computed_here = cpu_ms(index.engine_pid), time.process_time()
    async with Stalls() as stalls:
        for number, (title, description, _) in enumerate(asked):
            if number % 10 == 0:
                await _change_some(database, number + 1, tickets.size)
            began = time.perf_counter()
            findings = await search.ask(
                organization_id=number % organizations + 1,
                title=title,
                description=description,
                exclude_ticket_id=number + 1 if number % 2 else None,
            )
            times.append((time.perf_counter() - began) * 1000)
            found += len(findings.found)
    times.sort()
    measured = {
        "tickets": tickets.size,
        "organizations": organizations,
        "found": found,
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(times[int(0.95 * len(times))], 2),
        "desk_cpu_ms": round((time.process_time() - computed_here) * 1000 / queries, 2),
        "engine_cpu_ms": round((cpu_ms(index.engine_pid) - computed) / queries, 2),
        "stall_ms": round(stalls.longest_ms, 1),
        "stall_cpu_ms": round(stalls.computed_ms, 1),
        "stalled_in": dict(stalls.places.most_common(3)),
        "rebuilt_per_second": round(tickets.size / rebuilding),
        "database_mb": round((folder / "tickmate.db").stat().st_size / 1e6, 1),
        "index_mb": megabytes(folder / "bench"),
        "load": round(os.getloadavg()[0], 1),
    }
    await search.stop()
    return measured


async def _change_some(database: Database, first: int, size: int) -> None:
    """Five tickets' vectors are written again, as after an edit."""
    newest = select(SearchProgress.revision).scalar_subquery()
    async with database.writing() as connection:
        for step in range(5):
            await connection.execute(update(SearchProgress).values(revision=SearchProgress.revision + 1))
            row = update(TicketVectorsRow).where(TicketVectorsRow.ticket_id == 1 + (first + step) % size)
            await connection.execute(row.values(revision=newest))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("tickets", 100_000), ("queries", 200), ("organizations", 1), ("verdicts", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    chosen = parser.parse_args()
    tickets = Tickets(chosen.tickets)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "EMBEDDING_MODEL": "none", "LOG_LEVEL": "warning"}
        settings = load_settings()
        configure_logging(settings.log_level, settings.log_format)
        desk = await build_desk(settings)
        database = Database(settings.sqlalchemy_url)
        await fill(database, tickets, chosen.organizations)
        await judge(database, tickets, chosen.verdicts)
        print(json.dumps(await measure(desk, database, Path(folder), tickets, chosen)))
        await database.close()
        await desk.close()


if __name__ == "__main__":
    asyncio.run(main())
