"""Learning categories from labelled tickets, and measuring how well that went."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from config.cli import command
from core.errors import InvalidInputError
from core.search.embedders.lexical import LexicalOnly
from core.triage.evaluation import Measured, evaluate, read_examples
from core.triage.learned import Classifier
from core.triage.logistic import fit
from core.triage.rows import DenseRows, SparseRows
from core.triage.terms import OPENING, TermColumns, count_terms
from core.triage.trust import curve_of
from core.triage.values import Example, Guess
from tests.fakes.openai import bag_of_words

NO_VECTORS = np.zeros((0,), np.float32)
SUBJECTS = {
    "printing": ("printer", "toner", "paper", "tray", "cartridge", "duplex"),
    "network": ("vpn", "router", "wifi", "cable", "firewall", "proxy"),
    "payroll": ("salary", "payslip", "bonus", "overtime", "tax", "pension"),
}


def labelled(count: int, *, seed: int, noise: float = 0.0) -> list[Example]:
    """Tickets with three words of their subject among others; a share of `noise` carries a wrong label."""
    chance = np.random.default_rng(seed)
    examples = []
    for _ in range(count):
        subject = str(chance.choice(list(SUBJECTS)))
        words = [*chance.choice(SUBJECTS[subject], 3), *chance.choice(["please", "help", "today", "again", "my"], 4)]
        label = str(chance.choice(list(SUBJECTS))) if chance.random() < noise else subject
        examples.append(Example(" ".join(words[:2]), " ".join(words[2:]), label))
    return examples


def none_for(examples: Sequence[Example]) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.zeros((len(examples), 0), np.float32)


def test_sparse_products_are_those_of_the_dense_matrix() -> None:
    chance = np.random.default_rng(1)
    dense = (chance.random((37, 23)) * (chance.random((37, 23)) < 0.2)).astype(np.float32)
    dense[[0, 5, 36]] = 0  # empty rows at both ends and in between
    sparse = SparseRows.of([(list(np.flatnonzero(row)), list(row[row != 0])) for row in dense], 23)
    weights = chance.random((23, 4)).astype(np.float32)
    errors = chance.random((37, 4)).astype(np.float32)
    rows = np.array([36, 3, 3, 0])
    np.testing.assert_allclose(sparse.times(weights), dense @ weights, rtol=1e-5)
    np.testing.assert_allclose(sparse.transposed().times(errors), dense.T @ errors, rtol=1e-5)
    np.testing.assert_allclose(sparse.chosen(rows).times(weights), dense[rows] @ weights, rtol=1e-5)


def test_a_large_product_is_made_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.triage.rows.VALUES_AT_ONCE", 7)
    test_sparse_products_are_those_of_the_dense_matrix()


def test_the_fit_is_where_the_loss_is_flat() -> None:
    """At the minimum the mean error of each class is what the penalty allows; the bias has none."""
    chance = np.random.default_rng(2)
    vectors = chance.standard_normal((300, 5)).astype(np.float32)
    labels = (vectors[:, 0] + 0.5 * chance.standard_normal(300) > 0).astype(np.int64)
    penalty = 0.01
    weights = fit(DenseRows(vectors), labels, 2, penalty=penalty)
    odds = weights.odds(DenseRows(vectors)).astype(float)
    shares = np.exp(odds) / np.exp(odds).sum(1, keepdims=True)
    error = shares - np.eye(2)[labels]
    slope = vectors.T @ error / 300 + penalty * weights.values[:-1]
    assert np.abs(slope).max() < 5e-3
    assert np.abs(error.mean(0)).max() < 5e-3
    assert ((odds[:, 1] > odds[:, 0]) == labels).mean() > 0.8


def test_terms_tell_title_from_text_and_numbers_are_one() -> None:
    words, parts = count_terms("Error 809", "see https://a.example/x 12 and 17")
    assert words["terror"] == 1
    assert "berror" not in words
    assert words["b0"] == 2
    assert words["t0"] == 1
    assert words["b_address_"] == 1
    assert parts["T<er"] == 1


def test_code_and_comments_are_no_prose_but_what_stands_in_code_is_known() -> None:
    words, parts = count_terms("Crash?", "<!-- fill in -->before\n```\nTraceback zebra\n```\nafter")
    assert "bzebra" not in words
    assert words["czebra"] == 1
    assert "bfill" not in words
    assert not any("zeb" in part for part in parts)
    assert {"bbefore", "bafter", "s:code1", "s:title asks", "s:first crash?"} <= words.keys()


def test_a_templates_headings_and_answers_are_terms() -> None:
    words, _ = count_terms("", "### Issue Type\n\nBug\n\n**Version:**\n1.2\n\n## Empty\n### Next\n")
    assert {"h:issue type", "h:issue type=bug", "h:version=1.2", "h:empty", "h:next"} <= words.keys()
    assert "h:empty=### next" not in words


def test_first_words_of_a_long_text_questions_and_triples_are_terms_of_their_own() -> None:
    long, short = "Zebra " + "walks on " * OPENING + "far. Where is it?", "Zebra walks. Where is it?"
    of_long, of_short = count_terms("", long)[0], count_terms("", short)[0]
    assert {"ozebra", "qwhere", "bwhere is it"} <= of_long.keys()
    assert "ofar" not in of_long
    assert "qzebra" not in of_long
    assert "qwhere" in of_short
    assert not any(term.startswith("o") for term in of_short)


def test_names_keep_their_numbers() -> None:
    words, _ = count_terms("Job_593 failed", "on host-7.example, error 0x80070005")
    assert {"xjob_593", "xhost-7.example", "x0x80070005"} <= words.keys()
    assert "xfailed" not in words


@pytest.mark.parametrize("hostile", ["#" * 30_000, "# " + " " * 30_000, "```" * 10_000, "<!--" * 9_000, "**a" * 9_000])
def test_no_text_keeps_the_terms_long(hostile: str) -> None:
    began = time.process_time()
    count_terms(hostile[:200], hostile)
    assert time.process_time() - began < 1


def test_terms_seen_once_and_terms_never_seen_are_left_out() -> None:
    columns = TermColumns.of([count_terms(title, "") for title in ("printer jam", "printer toner")])
    assert "tprinter" in columns.columns[0]
    assert "tjam" not in columns.columns[0]
    row = columns.rows([count_terms("xyz", "")])
    assert len(row.values) == 0


def test_every_group_of_terms_has_length_one() -> None:
    texts = [count_terms(example.title, example.text) for example in labelled(20, seed=3)]
    columns = TermColumns.of(texts)
    rows = columns.rows(texts)
    lengths = SparseRows(rows.starts, rows.columns, rows.values**2, rows.width).times(
        np.ones((rows.width, 1), np.float32)
    )
    np.testing.assert_allclose(lengths, 2, rtol=1e-4)


async def test_it_learns_and_knows_how_sure_it_is() -> None:
    measured = await evaluate(labelled(300, seed=4, noise=0.2), labelled(400, seed=5, noise=0.2), LexicalOnly())
    measures = measured.measures()
    assert measures["accuracy"] >= 0.78  # at most 0.87: two thirds of the noise are wrong labels
    assert measures["macro_f1"] >= 0.78
    assert measures["ece"] <= 0.12  # every label is noisy alike, which no odds of words can express
    assert measures["ms_per_ticket"] > 0


async def test_it_abstains_on_what_it_never_saw() -> None:
    examples = labelled(300, seed=6)
    classifier = Classifier.learn(examples, none_for(examples))
    known = classifier.guess(Example("printer toner", "paper tray", ""), NO_VECTORS)
    unknown = classifier.guess(Example("zebra", "giraffe", ""), NO_VECTORS)
    assert (known.label, known.is_sure) == ("printing", True)
    assert not unknown.is_sure
    assert known.confidence > unknown.confidence


async def test_sentence_vectors_count() -> None:
    """Titles whose words no two tickets share: only a vector can tell them."""

    class SubjectVectors:
        model, dimension = "subjects", 3

        async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
            return [bag_of_words(text.split("-")[0], 3) for text in texts]

    def unique(start: int) -> list[Example]:
        return [
            Example(f"{subject}-{number}-{number * 7919:x}", "", subject)
            for number in range(start, start + 40)
            for subject in ("alpha", "beta", "delta")
        ]

    measured = await evaluate(unique(0), unique(1000), SubjectVectors())
    assert measured.measures()["accuracy"] >= 0.6


@pytest.mark.parametrize("labels", [("only",), ("rare", "often", "often", "often", "often")])
def test_one_label_or_a_rare_one_is_learned_too(labels: tuple[str, ...]) -> None:
    examples = [Example(f"{label} word", f"text {label}", label) for label in labels]
    guess = Classifier.learn(examples, none_for(examples)).guess(Example("often word", "text often", ""), NO_VECTORS)
    assert guess.label in labels
    assert 0 <= guess.confidence <= 1


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        Classifier.learn([], none_for([]))


def test_measures_follow_their_definitions() -> None:
    guesses = [
        Guess("a", 0.95, is_sure=True),
        Guess("a", 0.95, is_sure=True),
        Guess("b", 0.5, is_sure=False),
        Guess("a", 0.5, is_sure=False),
    ]
    measures = Measured(["a", "b", "b", "b"], guesses, [1, 2, 3, 6]).measures()
    assert measures["accuracy"] == 0.5
    assert measures["selective_accuracy"] == 0.5
    assert measures["coverage"] == 0.5
    assert measures["ms_per_ticket"] == 3
    # F1 of a: 2 of 1 + 3; of b: 2 of 3 + 1
    assert measures["macro_f1"] == pytest.approx((2 / 4 + 2 / 4) / 2)
    # half the guesses say 0.95 and are right at 0.5; the other half say 0.5 and are right at 0.5
    assert measures["ece"] == pytest.approx(0.5 * 0.45)


def test_a_word_may_mean_something_else_in_another_place() -> None:
    """With copies of the terms for each origin, one classifier learns habits that contradict each other."""
    chance = np.random.default_rng(10)

    def of_two_places(count: int) -> list[Example]:
        places = chance.choice(["here", "there"], count)
        words = chance.choice(["alpha", "beta"], count)
        return [
            Example(f"{word} again", "please", "x" if (word == "alpha") == (place == "here") else "y", str(place))
            for word, place in zip(words, places, strict=True)
        ]

    examples = of_two_places(200)
    classifier = Classifier.learn(examples, none_for(examples))
    unseen = of_two_places(50)
    assert all(classifier.guess(example, NO_VECTORS).label == example.label for example in unseen)
    assert classifier.guess(Example("alpha again", "please", "", "elsewhere"), NO_VECTORS).label in {"x", "y"}


async def test_where_tickets_come_from_places_both_ways_are_measured() -> None:
    examples = [replace(one, origin="ab"[number % 2]) for number, one in enumerate(labelled(120, seed=11))]
    measures = (await evaluate(examples, examples[:30], LexicalOnly())).measures()
    assert measures["macro_f1"] == pytest.approx(1)
    assert measures["macro_f1_without_repo"] == pytest.approx(1)


def test_the_curve_of_confidence_follows_what_was_right() -> None:
    chance = np.random.default_rng(12)
    given = chance.uniform(0.3, 1.0, 4_000).astype(np.float32)
    right = chance.random(4_000) < 0.5 + 0.3 * given
    curve = curve_of(given, right)
    assert all(one <= other for one, other in pairwise(curve[1]))
    for at in (0.4, 0.6, 0.9):
        assert np.interp(at, *curve) == pytest.approx(0.5 + 0.3 * at, abs=0.06)


def test_of_few_examples_the_probability_itself_is_believed() -> None:
    given = np.array([0.5, 0.6, 0.7, 0.8], np.float32)
    assert np.interp(0.65, *curve_of(given, np.array([True] * 4))) == pytest.approx(0.65, abs=0.12)


def write(path: Path, examples: Sequence[Example]) -> str:
    lines = [
        json.dumps({"id": str(number), "title": example.title, "body": example.text, "label": example.label})
        for number, example in enumerate(examples)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def lexical(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "EMBEDDING_MODEL_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        command.main(["eval", "triage", *arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_the_command_prints_one_object(lexical: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = write(lexical / "train.jsonl", labelled(120, seed=7))
    test = write(lexical / "test.jsonl", labelled(40, seed=8))
    assert run("--train", train, "--test", test, "--json") == 0
    captured = capsys.readouterr()
    measures = json.loads(captured.out)
    measured = ["accuracy", "macro_f1", "selective_accuracy", "coverage", "ece", "foreign"]
    assert list(measures) == [*measured, "ms_per_ticket", "seconds_to_learn"]
    assert measures["accuracy"] >= 0.95
    assert "words alone" in captured.err


def test_without_training_rows_the_first_day_is_measured(lexical: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test = write(lexical / "t.jsonl", [Example("The printer is broken", "", "bug"), Example("Slow", "", "Performance")])
    assert run("--test", test, "--json") == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == 1
    assert run("--train", write(lexical / "none.jsonl", []), "--test", test, "--json") == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == 1
    other = write(lexical / "o.jsonl", [Example("The printer is broken", "", "payroll")])
    assert run("--test", other) == 2
    assert "payroll" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["{", "[]", "17", '{"title": "t", "body": "b"}', '{"label": "x"}', "null"])
def test_a_line_of_another_form_is_named(lexical: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    good = write(lexical / "train.jsonl", labelled(5, seed=9))
    bad = lexical / "test.jsonl"
    bad.write_text(Path(good).read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert run("--train", good, "--test", str(bad)) == 2
    assert "test.jsonl, line 6" in capsys.readouterr().err


def test_an_empty_or_unreadable_file_is_refused(lexical: Path) -> None:
    for content in (b"", b"\n\n", b"\xff\xfe"):
        path = lexical / "some.jsonl"
        path.write_bytes(content)
        with pytest.raises(InvalidInputError):
            read_examples(path)
