"""Texts that are unlike all that was learned from, which no classifier is to be sure of."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.tickets.values import Category, Priority
from core.triage.learned import Classifier
from core.triage.local import LocalTriage
from core.triage.nearness import FEWEST_TO_TELL, MOST_KEPT, Nearness
from core.triage.packed import pack_all, unpack_all
from core.triage.rows import Floats
from core.triage.sentences import rows_of
from core.triage.values import Example, Guess, Taught, TriageRequest
from tests.fakes.search import WordEmbedder

WIDTH = 48


def around(centres: Floats, count: int, *, seed: int) -> Floats:
    """Vectors scattered around given directions."""
    chance = np.random.default_rng(seed)
    scattered = centres[chance.integers(0, len(centres), count)] + 0.05 * chance.standard_normal((count, WIDTH))
    vectors: Floats = scattered.astype(np.float32)
    return vectors


CENTRES = np.eye(WIDTH, dtype=np.float32)[:4]


def test_few_of_those_like_what_was_learned_from_are_foreign_and_all_others_are() -> None:
    nearness = Nearness.of(around(CENTRES, 600, seed=1))
    like = around(CENTRES, 300, seed=2)
    unlike = around(np.eye(WIDTH, dtype=np.float32)[10:], 300, seed=3)
    assert sum(nearness.is_foreign(vector) for vector in like) <= 0.05 * len(like)
    assert all(nearness.is_foreign(vector) for vector in unlike)


@pytest.mark.parametrize(("count", "width"), [(FEWEST_TO_TELL - 1, WIDTH), (600, 0)])
def test_of_few_texts_or_without_vectors_nothing_is_foreign(count: int, width: int) -> None:
    nearness = Nearness.of(around(CENTRES, count, seed=1)[:, :width])
    assert not nearness.is_foreign(np.ones(width, np.float32))


def test_what_is_kept_is_bounded_and_small() -> None:
    nearness = Nearness.of(around(CENTRES, MOST_KEPT + 500, seed=1))
    assert nearness.kept.nbytes == MOST_KEPT * WIDTH


def test_a_vector_without_direction_is_foreign_and_no_error() -> None:
    assert Nearness.of(around(CENTRES, 600, seed=1)).is_foreign(np.zeros(WIDTH, np.float32))


WORDS = {"Bug": ("printer jam", "toner empty", "tray stuck"), "Question": ("invoice copy", "salary date", "tax form")}
ORDINARY = ("please", "today", "again", "floor", "office", "team", "monday", "since")


def labelled(count: int) -> list[Example]:
    chance = np.random.default_rng(4)
    examples = []
    for place in range(count):
        label = ("Bug", "Question")[place % 2]
        title = str(chance.choice(WORDS[label]))
        examples.append(Example(title, " ".join(chance.choice(ORDINARY, 3)), label))
    return examples


async def learned_from(examples: Sequence[Example], embedder: WordEmbedder) -> Classifier:
    content = pack_all({Taught.CATEGORY: Classifier.learn(examples, await rows_of(embedder, examples))})
    return unpack_all(content)[Taught.CATEGORY]


class Learned:
    """A desk's experience of one classifier."""

    def __init__(self, classifier: Classifier, embedder: WordEmbedder) -> None:
        self._classifier, self._embedder = classifier, embedder

    async def guesses(self, request: TriageRequest) -> dict[Taught, Guess]:
        example = Example(request.title, request.description, "")
        (row,) = await rows_of(self._embedder, [example])
        return {Taught.CATEGORY: self._classifier.guess(example, row)}


async def test_a_ticket_unlike_all_others_is_left_to_a_person_who_is_told_why() -> None:
    """The words of one that was learned, among many of another world: the classifier alone would be sure."""
    embedder = WordEmbedder()
    engine = LocalTriage(own=Learned(await learned_from(labelled(240), embedder), embedder))
    usual = (await engine.suggest(TriageRequest(title="printer jam", description="again please today"))).suggestion
    assert usual.category is Category.BUG
    sonnet = "shall i compare thee to a summers day thou art more lovely and more temperate than any printer jam"
    strange = (await engine.suggest(TriageRequest(title="printer sonnet", description=sonnet))).suggestion
    assert strange.category is None
    assert strange.confidence == 0
    assert "Unlike the tickets this desk has learned from" in strange.reasoning
    assert "Reads like" not in strange.reasoning
    assert strange.model == "local/own tickets"


async def test_an_alarm_sounds_in_a_foreign_ticket_as_well() -> None:
    embedder = WordEmbedder()
    engine = LocalTriage(own=Learned(await learned_from(labelled(240), embedder), embedder))
    request = TriageRequest(title="Ransomware", description="All our files are encrypted, we have been hacked")
    suggestion = (await engine.suggest(request)).suggestion
    assert suggestion.category is None
    assert suggestion.priority is Priority.HIGH


async def test_a_foreign_ticket_keeps_its_label_but_is_not_sure() -> None:
    embedder = WordEmbedder()
    classifier = await learned_from(labelled(240), embedder)
    example = Example("printer jam", " ".join(f"alien{number}" for number in range(40)), "")
    (row,) = await rows_of(embedder, [example])
    guess = classifier.guess(example, row)
    assert guess.label == "Bug"
    assert guess.is_foreign
    assert not guess.is_sure
