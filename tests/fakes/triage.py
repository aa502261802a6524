"""A triage engine whose advice or failure the test chooses."""

from dataclasses import replace

from core.tickets.values import Category, Complexity, Priority
from core.triage.values import Suggestion, TriageRequest, TriageResult

ADVICE = Suggestion(
    category=Category.BUG,
    priority=Priority.MEDIUM,
    reasoning="The word “jams” says that something broke.",
    notes="Ask which printer it is.",
    complexity=Complexity.MODERATE,
    confidence=0.9,
    model="scripted",
)


class ScriptedTriage:
    """Answers `result`, or raises it. `requests` holds what it was asked."""

    model = "scripted"

    def __init__(self, result: TriageResult | Exception | None = None) -> None:
        self.result = result
        self.requests: list[TriageRequest] = []
        self.closed = False

    async def suggest(self, request: TriageRequest) -> TriageResult:
        self.requests.append(request)
        if isinstance(self.result, Exception):
            raise self.result
        if self.result is not None:
            return self.result
        known = tuple(skill for skill in request.known_skills if skill.casefold() in request.title.casefold())
        return TriageResult(suggestion=replace(ADVICE, related_skills=known))

    async def close(self) -> None:
        self.closed = True
