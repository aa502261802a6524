"""Triage without an account: rules and prototypes, by meaning where an embedder is at hand, else by words alone."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from core.clock import Clock
from core.errors import DeskError
from core.tickets.values import Category, Complexity
from core.triage.advice import SKILLS, complexity_of, next_step_for, reasoning_for, skills_of
from core.triage.category import Verdict, Weighing, judge, words_for
from core.triage.ports import OwnExperience, SentenceVectors
from core.triage.priority import Priorities, as_taught
from core.triage.prototypes import DenseCentroids, LexicalCentroids, Vector, prototypes
from core.triage.values import Guess, Suggestion, Taught, TriageRequest, TriageResult
from core.triage.vocabulary import vocabulary

log = structlog.get_logger(__name__)

TEXT_LIMIT = 4_000
"""Characters read by the rules; what a ticket is about stands at its beginning."""
EMBEDDED_LIMIT = 600
"""Characters whose meaning is compared with the prototypes, which are one sentence each."""
DENSE = Weighing(closeness=15.0, words=2.5)
LEXICAL = Weighing(closeness=25.0, words=2.5)
SURE_ENOUGH = 0.5
EMBEDDER_TIMEOUT = 15.0
EMBEDDER_PAUSE = 60.0  # seconds without asking an embedder that failed, as this engine stands in for failing providers


class LocalTriage:
    """Sorts as the organization's own tickets taught, and where they leave it unsure by prototypes and rules.

    Abstains on the category when its probability is below `sure_enough`, and on a text unlike those that taught it.
    """

    def __init__(
        self,
        embedder: SentenceVectors | None = None,
        *,
        sure_enough: float = SURE_ENOUGH,
        clock: Clock | None = None,
        own: OwnExperience | None = None,
    ) -> None:
        self._embedder = embedder if embedder is not None and embedder.dimension else None
        self._sure_enough = sure_enough
        self._clock = clock or Clock()
        self._own = own
        self._away_until = float("-inf")
        self._dense: DenseCentroids | None = None
        self._lexical: LexicalCentroids | None = None
        self._priorities = Priorities()
        self._preparing = asyncio.Lock()
        self.model = f"local/{self._embedder.model}" if self._embedder else "local"

    async def warm_up(self) -> None:
        """Prepare the prototypes, so that no ticket waits for it."""
        async with self._preparing:
            if self._lexical is None:
                self._lexical = await asyncio.to_thread(LexicalCentroids.of, prototypes())
            if self._embedder is not None and self._dense is None:
                self._dense = DenseCentroids.shipped(self._embedder.model) or await self._embedded_prototypes()
            if self._embedder is not None and self._dense is not None:
                await self._priorities.prepare(self._embedder)

    async def suggest(self, request: TriageRequest) -> TriageResult:
        """Advice on one ticket; never fails. While the embedder does, words alone decide."""
        await self.warm_up()
        text = _readable(f"{request.title}\n{request.description}")
        rows = await self._embed([text[:EMBEDDED_LIMIT]]) if self._dense and text.strip() else None
        guesses = await self._own.guesses(request) if self._own and text.strip() else {}
        suggestion = await asyncio.to_thread(self._sort, request, text, rows[0] if rows else None, guesses)
        return TriageResult(suggestion=suggestion)

    async def first_guess(self, title: str, text: str) -> Guess:
        """The likeliest category of what the desk's own tickets have taught nothing about, however unsure."""
        await self.warm_up()
        readable = _readable(f"{title}\n{text}")
        rows = await self._embed([readable[:EMBEDDED_LIMIT]]) if self._dense and readable.strip() else None
        verdict = self._verdict(readable, rows[0] if rows else None)
        return Guess(verdict.category.value, verdict.confidence, verdict.confidence >= self._sure_enough)

    async def close(self) -> None:
        """The embedder belongs to whoever made it."""

    async def _embedded_prototypes(self) -> DenseCentroids | None:
        groups: dict[Category, Sequence[Vector]] = {}
        for category, texts in prototypes().items():
            rows = await self._embed(texts)
            if rows is None:
                return None
            groups[category] = rows
        return DenseCentroids.of(groups)

    async def _embed(self, texts: Sequence[str]) -> list[Vector] | None:
        """None while the embedder fails."""
        if self._embedder is None or self._clock.monotonic() < self._away_until:
            return None
        try:
            async with asyncio.timeout(EMBEDDER_TIMEOUT):
                return await self._embedder.embed(texts)
        except (DeskError, TimeoutError) as error:
            self._away_until = self._clock.monotonic() + EMBEDDER_PAUSE
            log.warning("triage.embedder_away", model=self._embedder.model, reason=str(error) or "timeout")
            return None

    def _sort(
        self, request: TriageRequest, text: str, vector: Vector | None, guesses: Mapping[Taught, Guess]
    ) -> Suggestion:
        words = vocabulary()
        known = {name: guess for name, guess in guesses.items() if guess.is_sure}
        is_foreign = Taught.CATEGORY in guesses and guesses[Taught.CATEGORY].is_foreign
        own = known.get(Taught.CATEGORY)
        verdict = self._verdict(text, vector) if own is None else _learned_verdict(own, text)
        is_sure = not is_foreign and (own is not None or verdict.confidence >= self._sure_enough)
        category = verdict.category if is_sure else None
        urgent = as_taught(self._priorities.of(text, vector, category), known.get(Taught.PRIORITY))
        closest = "" if own else self._words().closest(text, verdict.category)
        complexity = known.get(Taught.COMPLEXITY)
        return Suggestion(
            category=category,
            priority=urgent.priority,
            reasoning=reasoning_for(verdict, urgent, closest, is_sure=is_sure, is_foreign=is_foreign),
            related_skills=_with_taught(skills_of(text, request.known_skills, words), known, request.known_skills),
            notes=next_step_for(category, urgent),
            complexity=Complexity(complexity.label)
            if complexity
            else complexity_of(text, category, urgent.or_low, words),
            confidence=0.0 if is_foreign else round(verdict.confidence, 3),
            model="local/own tickets" if own or is_foreign else self.model if vector is not None else "local",
        )

    def _verdict(self, text: str, vector: Vector | None) -> Verdict:
        found = words_for(text, vocabulary())
        if vector is not None and self._dense is not None:
            return judge(self._dense.closeness(vector), found, DENSE)
        return judge(self._words().closeness(text), found, LEXICAL)

    def _words(self) -> LexicalCentroids:
        if self._lexical is None:
            raise RuntimeError("warm_up comes first")
        return self._lexical


def _learned_verdict(guess: Guess, text: str) -> Verdict:
    """What the organization's own tickets say, with the words of ours that say the same."""
    category = Category(guess.label)
    return Verdict(category, guess.confidence, words_for(text, vocabulary())[category][1])


def _with_taught(skills: tuple[str, ...], known: Mapping[Taught, Guess], allowed: Sequence[str]) -> tuple[str, ...]:
    """First the skill that people of this desk named on such tickets, if anybody there still has it."""
    own = known.get(Taught.SKILL)
    if own is None or (allowed and own.label not in allowed):
        return skills
    return tuple(dict.fromkeys((own.label, *skills)))[:SKILLS]


def _readable(text: str) -> str:
    """The beginning of a text, without what cannot be stored, shown or encoded."""
    return "".join(
        character if character.isprintable() or character == "\n" else " " for character in text[:TEXT_LIMIT]
    )
