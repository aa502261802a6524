"""How well priority is told on the first day by meaning, on tickets of our own that neither words nor examples know."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.search.embedders.minilm import MiniLm
from core.tickets.values import Category, Priority
from core.triage.evaluation import calibration_error
from core.triage.local import LocalTriage
from core.triage.pressing import Pressing, pressing_examples
from core.triage.pressing_fit import fitted
from core.triage.priority import OWN_HABIT, UNSURE_BELOW, Urgent, as_taught
from core.triage.values import Guess, Suggestion, TriageRequest
from core.triage.vocabulary import vocabulary
from tests.unit.test_triage_local import BagOfWords

SET = Path(__file__).parents[1] / "evaluation" / "urgency.jsonl"
TICKETS: list[dict[str, Any]] = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
MOST_OUT_OF_TURN = 2
"""Guesses of low where it is high, or the other way round, in each half of the set."""


async def advised(engine: LocalTriage, half: str) -> list[tuple[Priority, Suggestion]]:
    chosen = [one for one in TICKETS if one["half"] == half]
    requests = [TriageRequest(title=one["title"], description=one["body"]) for one in chosen]
    said = [(await engine.suggest(request)).suggestion for request in requests]
    return [(Priority(one["priority"]), suggestion) for one, suggestion in zip(chosen, said, strict=True)]


def accuracy(advice: list[tuple[Priority, Suggestion]]) -> float:
    """What is left open counts as wrong."""
    return sum(wanted is said.priority for wanted, said in advice) / len(advice)


def test_the_set_is_balanced_and_unknown_to_the_examples() -> None:
    taught = {text for group in pressing_examples().values() for text in group}
    assert len(TICKETS) >= 120
    for half in ("development", "held-out"):
        for priority in Priority:
            assert sum(one["priority"] == priority and one["half"] == half for one in TICKETS) >= 20
    assert not taught & {f"{one['title']}. {one['body']}" for one in TICKETS}


@pytest.mark.parametrize("half", ["development", "held-out"])
async def test_priorities_are_told_by_meaning_from_the_first_day(model_folder: Path, half: str) -> None:
    """Measured 0.90 and 0.85; by words alone 0.51 and 0.55. Nobody looked at what is wrong in the half held out."""
    embedder = MiniLm(model_folder)
    advice = await advised(LocalTriage(embedder), half)
    await embedder.close()
    assert accuracy(advice) >= 0.80
    assert sum({wanted, said.priority} == {Priority.LOW, Priority.HIGH} for wanted, said in advice) <= MOST_OUT_OF_TURN


async def test_how_sure_it_is_agrees_with_how_often_it_is_right(model_folder: Path) -> None:
    embedder = MiniLm(model_folder)
    pressing = Pressing.shipped(embedder.model)
    assert pressing is not None
    texts = [f"{one['title']}\n{one['body']}" for one in TICKETS]
    vectors = await embedder.embed(texts)
    await embedder.close()
    judged = [pressing.judge(text, vector, vocabulary()) for text, vector in zip(texts, vectors, strict=True)]
    right = np.array([one.priority == ticket["priority"] for one, ticket in zip(judged, TICKETS, strict=True)])
    sure = np.array([one.confidence for one in judged])
    assert calibration_error(sure, right) <= 0.15
    assert right[sure >= 0.7].mean() >= right[sure < 0.7].mean() + 0.15


async def test_weights_shipped_are_those_of_the_examples_and_words(model_folder: Path) -> None:
    embedder = MiniLm(model_folder)
    shipped, fresh = Pressing.shipped(embedder.model), await fitted(embedder)
    await embedder.close()
    assert shipped is not None, "pressing.toml or vocabulary.toml has changed: run python -m core.triage.centroids"
    assert np.allclose(shipped.axes, fresh.axes, atol=0.05)
    assert shipped.reasons == fresh.reasons


def test_weights_belong_to_these_examples_and_words() -> None:
    shipped = Pressing.shipped("all-MiniLM-L6-v2")
    assert shipped is not None, "pressing.toml or vocabulary.toml has changed: run python -m core.triage.centroids"
    assert len(shipped.axes) == 384
    assert Pressing.shipped("another-model") is None


async def test_a_model_without_shipped_weights_learns_them_and_keeps_its_head() -> None:
    pressing = await fitted(BagOfWords())
    for reason, texts in pressing_examples().items():
        judged = pressing.judge(texts[0], (await BagOfWords().embed([texts[0]]))[0], vocabulary())
        assert sum(judged.shares.values()) == pytest.approx(1)
        assert judged.shares[reason.priority] > 1 / 3, texts[0]


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("Nothing prints in the whole clinic and patients are waiting for their papers", Priority.HIGH),
        ("Nobody in the firm gets past the sign-in page", Priority.HIGH),
        ("A stranger has my password and writes to my contacts", Priority.HIGH),
        ("My monitor has no picture, I cannot work", Priority.MEDIUM),
        ("What is the opening time of the canteen?", Priority.LOW),
        ("The outage of last week was handled well, thanks", Priority.LOW),
        ("Is there a policy on ransomware?", Priority.LOW),
        ("URGENT!!! please make the header prettier", Priority.LOW),
        ("Security breach: customer data exposed. No rush from my side", Priority.HIGH),
    ],
)
async def test_priority_follows_what_is_meant(model_folder: Path, text: str, priority: Priority) -> None:
    embedder = MiniLm(model_folder)
    said = (await LocalTriage(embedder).suggest(TriageRequest(title=text, description=""))).suggestion
    await embedder.close()
    assert said.priority is priority, said.reasoning


async def test_doubt_is_told_and_left_open(model_folder: Path) -> None:
    embedder = MiniLm(model_folder)
    engine = LocalTriage(embedder)
    advice = [said for half in ("development", "held-out") for _, said in await advised(engine, half)]
    await embedder.close()
    doubtful = [said for said in advice if said.priority is None]
    assert doubtful
    assert all("left open" in said.reasoning for said in doubtful)
    assert len(doubtful) <= len(advice) * 0.06
    assert any("perhaps" in said.reasoning for said in advice)


def test_the_habits_of_a_desk_go_before_what_is_not_surely_alarming() -> None:
    own = Guess(Priority.MEDIUM, 0.8, is_sure=True)
    doubtful = Urgent(Priority.HIGH, "an outage", confidence=0.6)
    certain = Urgent(Priority.HIGH, "an outage", confidence=0.95)
    assert as_taught(doubtful, own).priority is Priority.MEDIUM
    assert as_taught(doubtful, own).because == OWN_HABIT
    assert as_taught(certain, own) is certain
    assert as_taught(Urgent(None, confidence=UNSURE_BELOW - 0.1), own).priority is Priority.MEDIUM
    assert as_taught(doubtful, None) is doubtful


async def test_a_wish_is_never_pressing(model_folder: Path) -> None:
    embedder = MiniLm(model_folder)
    text = "Please add an alarm for outages to the app"
    said = (await LocalTriage(embedder).suggest(TriageRequest(title=text, description=""))).suggestion
    await embedder.close()
    assert said.category is Category.FEATURE_REQUEST
    assert said.priority is Priority.LOW
