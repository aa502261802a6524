"""Measuring the search on a small set of our own."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInputError
from core.search.documents import TicketText
from core.search.evaluation import Answer, answers, check_answerable, measures
from core.search.judged_files import Document, read_documents, read_relevant
from core.search.values import Ranked
from tests.fakes.search import MemoryIndex, WordEmbedder

CORPUS = [
    {"id": "a", "title": "printer jams", "body": "paper is stuck", "created": "2026-01-01T10:00"},
    {"id": "b", "title": "vpn drops", "body": "every ten minutes", "created": "2026-01-02T10:00:00+00:00"},
    {"id": "c", "title": "printer jams on paper", "body": "again", "created": "2026-01-03T10:00Z"},
    {"id": "d", "title": "dark mode", "body": "please"},
]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    return path


async def ask(corpus: list[Document], questions: list[Document]) -> list[Answer]:
    index = MemoryIndex()
    return [answer async for answer in answers(WordEmbedder(), index, corpus, questions)]


async def test_measures_of_a_set_that_can_be_checked_by_hand(tmp_path: Path) -> None:
    corpus = read_documents(lines(tmp_path / "c.jsonl", CORPUS))
    questions = read_documents(
        lines(
            tmp_path / "q.jsonl",
            [{"id": "1", "text": "printer jams paper stuck"}, {"id": "2", "text": "dark mode please"}],
        )
    )
    relevant = read_relevant(
        lines(
            tmp_path / "r.jsonl",
            [
                {"query_id": "1", "doc_id": "a"},
                {"query_id": "1", "doc_id": "c"},
                {"query_id": "2", "doc_id": "d"},
                {"query_id": "9", "doc_id": "d"},
            ],
        )
    )
    found = measures(await ask(corpus, questions), relevant, corpus)
    assert {name: found[name] for name in ("mrr", "map", "hit@1", "hit@5", "queries")} == {
        "mrr": 1.0,
        "map": 1.0,
        "hit@1": 1.0,
        "hit@5": 1.0,
        "queries": 2,
    }
    assert 0 < found["p50_ms"] <= found["p95_ms"]


def test_the_arithmetic() -> None:
    corpus = [Document(id=name, ticket=TicketText(title=name)) for name in "abcdef"]
    ranked = _ranked(corpus)
    answer = Answer(question=Document(id="q", ticket=TicketText(title="q")), found=ranked, milliseconds=2.0)
    found = measures([answer], {"q": {"b", "d", "zz"}}, corpus)
    assert (found["mrr"], found["map"]) == (0.5, 0.5)  # ranks 2 and 4: (1/2 + 2/4) / 2
    assert (found["hit@1"], found["hit@3"], found["hit@5"]) == (0, 1, 1)


async def test_a_dated_question_sees_only_earlier_documents_and_never_itself(tmp_path: Path) -> None:
    corpus = read_documents(lines(tmp_path / "c.jsonl", CORPUS))
    asked = {**CORPUS[2], "text": "printer jams on paper"}
    question = read_documents(lines(tmp_path / "q.jsonl", [{k: asked[k] for k in ("id", "text", "created")}]))
    (answer,) = await ask(corpus, question)
    assert {document.id for document, _ in answer.found} == {"a", "b", "d"}
    (answer,) = await ask(corpus, [Document(id="c", ticket=question[0].ticket)])
    assert {document.id for document, _ in answer.found} == {"a", "b", "d"}


def test_questions_without_an_answer_they_may_see_do_not_count(tmp_path: Path) -> None:
    corpus = read_documents(lines(tmp_path / "c.jsonl", CORPUS))
    early = Document(id="q", ticket=corpus[0].ticket, created=0.0)
    answer = Answer(question=early, found=[], milliseconds=1.0)
    assert measures([answer], {"q": {"a"}}, corpus)["queries"] == 0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"title": "no id"}, "lacks id"),
        ({"id": "1"}, "lacks text"),
        ({"id": "1", "text": "x", "created": "yesterday"}, "no ISO 8601 date: yesterday"),
        (["a", "list"], "is no object"),
    ],
)
def test_a_wrong_line_is_named_with_what_it_should_be(tmp_path: Path, row: Any, said: str) -> None:
    right = {"id": "0", "text": "right"}
    with pytest.raises(InvalidInputError, match=rf"bad\.jsonl, line 2.*{said}") as refused:
        read_documents(lines(tmp_path / "bad.jsonl", [right, row]))
    assert "be like" in refused.value.mend or "is like" in refused.value.mend


def test_a_line_that_is_no_json_is_named_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "1", "text": "x"}\n{oops\n')
    with pytest.raises(InvalidInputError, match=r"bad\.jsonl, line 2"):
        read_documents(path)
    with pytest.raises(InvalidInputError, match="line 1 lacks query_id"):
        read_relevant(lines(path, [{"doc_id": "a"}]))


def test_a_file_that_is_empty_or_away_is_named(tmp_path: Path) -> None:
    for read in (read_documents, read_relevant):
        with pytest.raises(InvalidInputError, match=r"empty\.jsonl is empty. Each line is like"):
            read(lines(tmp_path / "empty.jsonl", []))
        with pytest.raises(InvalidInputError, match=r"away\.jsonl cannot be read"):
            read(tmp_path / "away.jsonl")


def test_questions_of_which_none_can_be_answered_are_refused() -> None:
    """Instead of being measured as 0."""
    corpus = [Document(id="a", ticket=TicketText(title="a"), created=5.0)]
    early, late = (Document(id=name, ticket=TicketText(title="q"), created=at) for name, at in (("e", 4.0), ("l", 6.0)))
    for relevant in ({}, {"l": {"b"}}, {"e": {"a"}}):
        with pytest.raises(InvalidInputError, match="right answer"):
            check_answerable([early, late], relevant, corpus)
    check_answerable([early, late], {"l": {"a"}}, corpus)


def _ranked(corpus: list[Document]) -> list[tuple[Document, Ranked]]:
    return [
        (document, Ranked(ticket_id=n, order=-n, score=0.5, chance=0.5, closeness=0.5, match=0.1))
        for n, document in enumerate(corpus)
    ]
