"""Finding completed public tickets that may already hold the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import structlog

from core.db.engine import Database
from core.db.unit_of_work import Reading
from core.errors import TryAgainLaterError
from core.people.values import Actor, system_actor
from core.search.documents import TicketText, texts_of
from core.search.embedders.lexical import LexicalOnly
from core.search.explanation import explained
from core.search.folding import folded
from core.search.follower import Follower
from core.search.generation import Generation
from core.search.ports import Embedder, IndexEndedError, IndexFullError, VectorIndex
from core.search.queries import StoredVectors, count_vectors, models_stored, read_similar
from core.search.values import (
    LEXICAL,
    REBUILD,
    Candidate,
    Findings,
    Found,
    IndexQuery,
    Ranked,
    SearchHealth,
    SimilarTicket,
)
from core.search.vectors import Asked, asked
from core.triage.values import AiCall

CANDIDATES = 100  # by each vector
PATIENCE_SECONDS = 1.0
READ_FOR_EACH_SHOWN = 6  # some of what the index finds may no longer be shown, or tells of the same as another

log = structlog.get_logger(__name__)


class Search:
    """Similar tickets of one deployment. Has an index of its own, or one shared on a server, and keeps it up to date.

    What is shown follows what each organization has said of what it was shown; `precision` is the wanted share of
    helpful tickets, `min_score` overrides all that is measured and learned.

    Where most tickets are stored by another model and `earlier` can still make its vectors, that one answers until all
    are embedded anew.
    """

    def __init__(
        self,
        *,
        database: Database,
        reading: Callable[[Actor], Reading],
        embedder: Embedder,
        index: VectorIndex,
        min_score: float | None = None,
        precision: float | None = None,
        earlier: Callable[[str], Awaitable[Generation | None]] | None = None,
    ) -> None:
        self.own = Generation(database, embedder, index, precision=precision)
        self.earlier: Generation | None = None
        self._reading = reading
        self._min_score = min_score
        self._find_earlier = earlier
        self._retiring: set[asyncio.Task[None]] = set()
        self._lexical = LexicalOnly()
        self._opening = asyncio.Lock()
        self._is_open = False
        self._follows = False
        self._catching_up: set[asyncio.Task[int]] = set()

    @property
    def embedder(self) -> Embedder:
        return self.own.embedder

    @property
    def index(self) -> VectorIndex:
        return self.own.index

    @property
    def follower(self) -> Follower:
        return self.own.follower

    @property
    def answering(self) -> Generation:
        """What answers now."""
        return self.earlier or self.own

    async def start(self) -> None:
        """Follow the table in the background. Without it (one-shot commands) each search first catches up.

        An index that is away holds nobody up: searches fail until it is back, and `health` says so.

        Raises:
            ConfigurationError: the index cannot be used as it is set up.
        """
        self._follows = True
        try:
            await self._open()
        except TryAgainLaterError as error:
            log.warning("search.index_away", reason=str(error))
        await self.follower.start(self._open_and_switch)

    async def catch_up(self) -> None:
        """Bring everything that is committed into this process's index.

        Raises:
            TryAgainLaterError: the index or the database is away.
        """
        await self._open()
        if self.earlier is not None:
            await self.earlier.follower.catch_up()
        await self.follower.catch_up()
        await self._switch_when_complete()

    async def _catch_up_for_a_search(self) -> None:
        """Where the follower runs, a rebuild of everything must not hold a search up: it sees what is there by then."""
        if not self._follows:
            await self.catch_up()
            return
        await self._open()
        try:
            await self._catch_up_patiently()
        except IndexEndedError:  # on the way; it starts again by itself
            await self._catch_up_patiently()

    async def _catch_up_patiently(self) -> None:
        catching_up = asyncio.create_task(self.answering.follower.catch_up())
        self._catching_up.add(catching_up)
        catching_up.add_done_callback(self._caught_up)
        done, _ = await asyncio.wait({catching_up}, timeout=PATIENCE_SECONDS)
        with suppress(IndexFullError):  # the follower tells of it; what is there answers
            for task in done:
                task.result()

    def _caught_up(self, task: asyncio.Task[int]) -> None:
        """What failed after nobody waited any more is done again by the follower, which tells of it."""
        self._catching_up.discard(task)
        if not task.cancelled():
            task.exception()

    async def _open(self) -> None:
        async with self._opening:
            if not self._is_open:
                self.earlier = await self._opened_earlier()  # first, so that its folder is not taken for the new one
                await self.index.open()
                self._is_open = True

    async def _opened_earlier(self) -> Generation | None:
        if self._find_earlier is None:
            return None
        async with self._reading(system_actor(0)) as reading:
            if (await count_vectors(reading, model=self.embedder.model)).is_complete:
                return None
            stored = await models_stored(reading)
        earlier = await self._find_earlier(stored[0]) if stored and stored[0] != self.embedder.model else None
        if earlier is not None:
            await earlier.index.open()
            if self._follows:
                await earlier.follower.start(earlier.index.open)
            log.info("search.model_changing", earlier=earlier.embedder.model, model=self.embedder.model)
        return earlier

    async def _open_and_switch(self) -> None:
        await self._open()
        await self._switch_when_complete()

    async def _switch_when_complete(self) -> None:
        """From here on the own model answers, where it has embedded every ticket and its index has them."""
        if self.earlier is None:
            return
        async with self._reading(system_actor(0)) as reading:
            if not (await count_vectors(reading, model=self.embedder.model)).is_complete:
                return
        await self.follower.catch_up()
        earlier, self.earlier = self.earlier, None
        if earlier is not None:
            log.info("search.model_changed", earlier=earlier.embedder.model, model=self.embedder.model)
            retiring = asyncio.create_task(earlier.retire())
            self._retiring.add(retiring)
            retiring.add_done_callback(self._retiring.discard)

    async def stop(self) -> None:
        """Let go of the indexes and embedders."""
        await self.follower.stop()
        if self._retiring:
            await asyncio.wait(self._retiring)
        if self.earlier is not None:
            await self.earlier.close()
        await self.own.close()

    async def health(self) -> SearchHealth:
        """Raises TryAgainLaterError where the index does not answer."""
        await self._open()
        stored = StoredVectors(findable=0, present=0, other_model=0)
        if self.earlier is not None:
            async with self._reading(system_actor(0)) as reading:
                stored = await count_vectors(reading, model=self.embedder.model)
        return SearchHealth(
            model=self.embedder.model,
            tickets=await self.index.count(),
            revision=self.follower.position % REBUILD,
            answering=self.answering.embedder.model,
            missing=stored.missing,
            findable=stored.findable,
        )

    async def ask(
        self,
        *,
        organization_id: int,
        title: str,
        description: str,
        limit: int = 3,
        exclude_ticket_id: int | None = None,
        calls: list[AiCall] | None = None,
        min_score: float | None = None,
    ) -> Findings:
        """Tickets worth showing, best first, and how each came to its score; none where nothing is near enough.

        Only completed, public, present tickets of the organization, looked up again now. `calls` is given what was
        billed; `min_score` 0 shows also what is not worth showing.

        Raises:
            TryAgainLaterError: the index or the database is away.
        """
        await self._catch_up_for_a_search()
        text = TicketText(title=title, description=description)
        async with self.answering.in_use() as generation:
            ready = await self._asked(generation.embedder, text, calls)
            query = IndexQuery(
                organization_id=organization_id,
                vectors=ready.vectors,
                limit=CANDIDATES,
                exclude_ticket_id=exclude_ticket_id,
            )
            candidates, population = await self._nearest(generation.index, query)
        async with self._reading(system_actor(organization_id)) as reading:
            learned = await generation.learned.of(reading, lexical=not ready.vectors.text)
            least = next((one for one in (min_score, self._min_score) if one is not None), learned.least_chance)
            near = learned.best_first(ready, candidates, population=population, least=least)
            read = await _read(reading, list(islice(near, limit * READ_FOR_EACH_SHOWN)))
        found, why = await asyncio.to_thread(_folded_and_explained, text, read, limit)
        return Findings(
            question_hash=texts_of(text).hash,
            model=generation.embedder.model if ready.vectors.text else LEXICAL,
            vectors=ready.vectors,
            found=[replace(one, ticket=ticket) for one, ticket in zip(found, why, strict=True)],
        )

    async def _nearest(self, index: VectorIndex, query: IndexQuery) -> tuple[list[Candidate], int]:
        """Once more where what answers ended on the way: it starts again by itself."""
        try:
            return await nearest(index, query)
        except IndexEndedError:
            await self._catch_up_for_a_search()
            return await nearest(index, query)

    async def _asked(self, embedder: Embedder, ticket: TicketText, calls: list[AiCall] | None) -> Asked:
        try:
            return await asked(embedder, ticket, calls)
        except TryAgainLaterError as error:
            log.warning("search.by_words_alone", reason=str(error))
            return await asked(self._lexical, ticket)


async def nearest(index: VectorIndex, query: IndexQuery) -> tuple[list[Candidate], int]:
    """What is near, and among how many tickets of the organization: one wait for both answers."""
    return await asyncio.gather(index.search(query), index.count(query.organization_id, exact=False))


async def _read(reading: Reading, near: Sequence[Ranked]) -> list[Found]:
    """What may be shown of it, now. A score never rises down the list: the order has weighed more than it."""
    shown: dict[int, float] = {}
    lowest = 1.0
    for one in near:
        lowest = min(lowest, one.chance)
        shown[one.ticket_id] = round(lowest, 4)
    tickets = await read_similar(reading, shown)
    by_id = {one.ticket_id: one for one in near}
    return [Found(ticket=ticket, ranked=by_id[ticket.ticket_id]) for ticket in tickets]


def _folded_and_explained(
    text: TicketText, read: Sequence[Found], limit: int
) -> tuple[list[Found], list[SimilarTicket]]:
    """Tens of milliseconds of comparing words, for a thread."""
    found = folded(read)[:limit]
    return found, explained(text.title, text.description, [one.ticket for one in found])
