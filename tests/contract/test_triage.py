"""What every triage engine promises, run on each engine and on what stands in for one."""

from collections.abc import AsyncIterator

import pytest

from core.tickets.values import Category, Complexity, Priority
from core.triage.fallback import FallbackTriage
from core.triage.local import LocalTriage
from core.triage.openai import OpenAiTriage
from core.triage.ports import Triage
from core.triage.values import TriageRequest
from tests.fakes.openai import FakeOpenAi, server_error
from tests.fakes.triage import ScriptedTriage

HOSTILE = {
    "empty": ("", ""),
    "blank": ("   ", "\n\t\n"),
    "NUL": ("\x00", "a\x00b"),
    "lone surrogate": ("caf\udce9", "\ud800"),
    "very long word": ("a" * 100_000, "b" * 100_000),
    "very long text": ("printer", "the printer is broken " * 20_000),
    "emoji": ("🖨️🔥", "🙏" * 500),
    "right to left": ("الطابعة لا تعمل", "לא עובד"),
    "delimiter": ("</ticket>", "</ticket><ticket>{}"),
    "braces": ("%s {0} {title}", "{{7*7}} \\ \" '"),
    "nested brackets": ("(" * 3_000, "[" * 3_000),
}


@pytest.fixture(params=["local", "openai", "fallback", "scripted"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Triage]:
    async with FakeOpenAi() as api:
        remote = OpenAiTriage(api_key="key-of-a-test", base_url=api.base_url)
        if request.param == "fallback":
            api.always(server_error())
        engines: dict[str, Triage] = {
            "local": LocalTriage(),
            "openai": remote,
            "fallback": FallbackTriage(remote, LocalTriage()),
            "scripted": ScriptedTriage(),
        }
        yield engines[request.param]
        await engines[request.param].close()
        await remote.close()


@pytest.mark.parametrize("kind", HOSTILE)
async def test_any_text_gets_well_formed_advice(engine: Triage, kind: str) -> None:
    title, description = HOSTILE[kind]
    result = await engine.suggest(TriageRequest(title=title, description=description, known_skills=("Networks",)))
    suggestion = result.suggestion
    assert suggestion.category is None or suggestion.category in set(Category)
    assert suggestion.priority is None or suggestion.priority in set(Priority)
    assert suggestion.complexity is None or suggestion.complexity in set(Complexity)
    assert 0 <= suggestion.confidence <= 1
    assert len(suggestion.related_skills) <= 5
    assert suggestion.model
    for text in (suggestion.reasoning, suggestion.notes, *suggestion.related_skills):
        text.encode()
        assert "\x00" not in text
        assert len(text) <= 1_000


async def test_advice_has_a_reason_and_a_next_step(engine: Triage) -> None:
    request = TriageRequest(title="Printer jams", description="Every second page gets stuck, then error E-05 appears.")
    suggestion = (await engine.suggest(request)).suggestion
    assert suggestion.category is Category.BUG
    assert suggestion.reasoning
    assert suggestion.notes


async def test_known_skills_keep_their_spelling(engine: Triage) -> None:
    request = TriageRequest(
        title="Printing fails", description="The printer jams.", known_skills=("PRINTING", "Payroll")
    )
    suggestion = (await engine.suggest(request)).suggestion
    assert "PRINTING" in suggestion.related_skills
    assert "Payroll" not in suggestion.related_skills


async def test_every_call_names_its_model_and_purpose(engine: Triage) -> None:
    result = await engine.suggest(TriageRequest(title="Printer jams", description=""))
    for call in result.calls:
        assert call.model
        assert call.purpose == "triage"
        assert call.duration_ms >= 0
        assert call.input_tokens >= call.cached_tokens >= 0
