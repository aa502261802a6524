"""How fast and how exact the embedded index is, at growing numbers of tickets.

Usage: python bench/search.py [--sizes 1000,10000] [--model DIR] [--queries 200]     (100000 takes about two minutes)

Tickets are made up: vectors in clusters, words drawn as rarely as words are. For each size, one JSON line with
  rebuilt_per_second from nothing, index_mb,
  p50_ms, p95_ms     one search with all three vectors and its ranking, without embedding,
  scan_ms            the floor: numpy multiplying two such dense vectors with all tickets on one thread, the median,
  p50_to_scan        one search as a share of that: what is left when the machine is slow,
  recall@10          of each dense vector against an exact search over the same vectors,
  stall_ms           the longest the event loop was held up while searches and upserts ran,
  stall_cpu_ms       the most that this process computed between two turns of the loop: no other work shows in it,
  stall_gc_ms        the longest collection of garbage, which is a stall as well,
  stalled_in         where the loop's thread was found most often when it was 20 ms late, and how often,
  idle_stall_ms      as stall_ms in a second in which nothing ran: what else the machine is doing,
  engine_cpu_ms      what the engine's process computed for one search, on average; desk_cpu_ms: what this one did,
  reopened_ms        from an index on the disk to its first answer, as after a crash,
  load               of the machine when it ended (processes that wanted a core in the last minute),
  rss_mb             of this process; engine_rss_mb of the engine's, files of the index that it has mapped included.
With --model also embed_short_ms and embed_long_ms (medians) of the local model on one thread.
"""

import argparse
import asyncio
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
from stalls import Stalls

from config.garbage import freeze_what_is_there
from core.search.edge import EdgeIndex
from core.search.ranking import Question, rank
from core.search.search import nearest
from core.search.values import IndexEntry, IndexQuery, TermWeights, TicketVectors

DIMENSION = 384
WORDS_IN_USE = 30_000
WORDS_IN_TICKET = 60
Vectors = npt.NDArray[np.float32]


class Tickets:
    """`size` tickets in clusters of about twenty, and questions near some of them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._random = np.random.default_rng(7)
        centres = self._random.standard_normal((max(size // 20, 10), DIMENSION), dtype=np.float32)
        members = self._random.integers(0, len(centres), size)
        self.titles = self._near(centres[members], 0.6)
        self.texts = self._near(centres[members], 0.4)

    def _near(self, centres: Vectors, spread: float) -> Vectors:
        made: Vectors = centres + np.float32(spread) * self._random.standard_normal(centres.shape, dtype=np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made

    def entry(self, number: int) -> IndexEntry:
        title, text = self.titles[number].tolist(), self.texts[number].tolist()
        vectors = TicketVectors(title=title, text=text, terms=self._terms(WORDS_IN_TICKET, 1.4))
        return IndexEntry(ticket_id=number + 1, organization_id=1, created_at=float(number), vectors=vectors)

    def question(self, words: int = 12) -> TicketVectors:
        """Its cosines with one of the tickets are about 0.8."""
        near = int(self._random.integers(0, self.size))
        length = np.float32(math.sqrt(DIMENSION))
        title, text = (self._near(held[near : near + 1] * length, 0.75)[0] for held in (self.titles, self.texts))
        return TicketVectors(title=title.tolist(), text=text.tolist(), terms=self._terms(words, 1.0))

    def _terms(self, count: int, weight: float) -> TermWeights:
        drawn = np.unique(self._random.zipf(1.2, count) % WORDS_IN_USE)
        return TermWeights(indices=drawn.tolist(), weights=[weight] * len(drawn))


def exact_nearest(held: Vectors, asked: Sequence[float], count: int) -> set[int]:
    scores = held @ np.asarray(asked, np.float32)
    return {int(n) + 1 for n in np.argpartition(-scores, count)[:count]}


async def measure(size: int, queries: int) -> dict[str, Any]:
    tickets = Tickets(size)
    with tempfile.TemporaryDirectory() as folder:
        index = EdgeIndex(Path(folder), model="bench", dimension=DIMENSION)
        await index.open()
        filling = await _fill(index, tickets)
        again = [tickets.entry(number) for number in range(64)]
        freeze_what_is_there()
        async with Stalls() as idle:
            await asyncio.sleep(1)
        computed = cpu_ms(index.engine_pid)
        times, computed_here, answered = [], 0.0, []
        async with Stalls() as stalls:
            for number in range(queries):
                asked = tickets.question()
                began, began_computing = time.perf_counter(), time.process_time()
                candidates, population = await nearest(index, IndexQuery(organization_id=1, vectors=asked, limit=100))
                rank(Question(words=12, terms=12, has_description=True), candidates, population=population)
                times.append((time.perf_counter() - began) * 1000)
                computed_here += (time.process_time() - began_computing) * 1000
                answered.append((asked, candidates))
                if number % 10 == 0:
                    await index.upsert(again)
        computed = (cpu_ms(index.engine_pid) - computed) / queries
        engine_rss = _rss_mb(index.engine_pid)
        recalls = [_recall(tickets, *each, leg) for each in answered for leg in ("title", "text")]
        reopened = await _reopened_ms(index, tickets)
        size_mb = megabytes(Path(folder))
        await index.close()
    times.sort()
    scan = _scan_ms(tickets)
    return {
        "tickets": size,
        "rebuilt_per_second": round(size / filling),
        "index_mb": size_mb,
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(times[int(0.95 * len(times))], 2),
        "scan_ms": round(scan, 2),
        "p50_to_scan": round(statistics.median(times) / scan, 2),
        "engine_cpu_ms": round(computed, 2),
        "desk_cpu_ms": round(computed_here / queries, 2),
        "recall@10": round(statistics.mean(recalls), 4),
        "stall_ms": round(stalls.longest_ms, 1),
        "stall_cpu_ms": round(stalls.computed_ms, 1),
        "stall_gc_ms": round(stalls.collected_ms, 1),
        "stalled_in": dict(stalls.places.most_common(3)),
        "idle_stall_ms": round(idle.longest_ms, 1),
        "reopened_ms": round(reopened),
        "load": round(os.getloadavg()[0], 1),
        "rss_mb": _rss_mb(os.getpid()),
        "engine_rss_mb": engine_rss,
    }


async def _fill(index: EdgeIndex, tickets: Tickets) -> float:
    """Seconds until every ticket was in it."""
    filling = 0.0
    for start in range(0, tickets.size, 2000):
        entries = [tickets.entry(number) for number in range(start, min(start + 2000, tickets.size))]
        began = time.perf_counter()
        await index.upsert(entries)
        filling += time.perf_counter() - began
    await index.set_position(tickets.size)
    return filling


async def _reopened_ms(index: EdgeIndex, tickets: Tickets) -> float:
    await index.close()
    began = time.perf_counter()
    await index.open()
    await index.search(IndexQuery(organization_id=1, vectors=tickets.question(), limit=100))
    return (time.perf_counter() - began) * 1000


def _scan_ms(tickets: Tickets) -> float:
    times = []
    for _ in range(20):
        asked = tickets.question()
        title, text = np.asarray(asked.title, np.float32), np.asarray(asked.text, np.float32)
        began = time.perf_counter()
        for scores in (tickets.titles @ title, tickets.texts @ text):
            np.argpartition(-scores, 100)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _recall(tickets: Tickets, asked: TicketVectors, candidates: Sequence[object], leg: str) -> float:
    held = tickets.titles if leg == "title" else tickets.texts
    scored = [(getattr(one, leg), getattr(one, "ticket_id")) for one in candidates if getattr(one, leg) is not None]  # noqa: B009 (one of three legs)
    found = {ticket_id for _, ticket_id in sorted(scored, reverse=True)[:10]}
    return len(found & exact_nearest(held, getattr(asked, leg), 10)) / 10


def megabytes(folder: Path) -> float:
    """On disk; files of the engine are sparse."""
    return round(sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / 1e6, 1)


def cpu_ms(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


async def measure_embedding(folder: Path) -> dict[str, float]:
    from core.search.embedders.minilm import MiniLm  # noqa: PLC0415 (only where asked for)

    embedder = MiniLm(folder)
    found = {}
    for name, text in (("embed_short_ms", "How can I delete my account?"), ("embed_long_ms", "printer " * 400)):
        times = []
        for _ in range(20):
            began = time.perf_counter()
            await embedder.embed([text])
            times.append((time.perf_counter() - began) * 1000)
        found[name] = round(statistics.median(times), 1)
    await embedder.close()
    return {**found, "rss_mb": _rss_mb(os.getpid())}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--model", type=Path)
    chosen = parser.parse_args()
    if chosen.model:
        print(json.dumps(await measure_embedding(chosen.model)))
    for size in map(int, chosen.sizes.split(",")):
        print(json.dumps(await measure(size, chosen.queries)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
