"""Which words mean exactly what they spell, and that they decide which ticket is found."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.embedders.lexical import LexicalOnly
from core.search.embedders.minilm import MiniLm
from core.search.evaluation import Answer, answers, measures
from core.search.exact import MOST, camel_parts, exact_tokens
from core.search.explanation import explained
from core.search.judged_files import read_documents, read_relevant
from core.search.ports import Embedder
from core.search.ranking import MIN_SCORE
from core.search.terms import document_terms, query_terms
from core.search.values import SimilarTicket
from tests.fakes.search import MemoryIndex

OWN = Path(__file__).parents[1] / "evaluation" / "exact_tokens"
CORPUS = read_documents(OWN / "corpus.jsonl")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("ORA-01555: snapshot too old", ["ora-01555"]),
        ("It ends with error 0x80070005.", ["0x80070005"]),
        ("HTTP 502 here, http/502 there", ["http 502"]),
        ("error: 1392, SAP 4711", ["error 1392", "sap 4711"]),
        ("npm stops with EACCES", ["eacces"]),
        ("from 2.14.1 to v3.2.0-rc1 (V3.2.0-RC1)", ["2.14.1", "3.2.0-rc1"]),
        ("mail.example.com:8080 is away", ["mail.example.com:8080", "mail.example.com"]),
        ("see /var/log/shop/x.log.", ["/var/log/shop/x.log", "x.log"]),
        (r"C:\Temp\run.bat", [r"c:\temp\run.bat", "run.bat"]),
        ("NullPointerException in foo_bar", ["nullpointerexception", "foo_bar"]),
        ("std::vector and System.IO.File", ["std::vector", "system.io.file"]),
        ("\uff12.14.1", ["2.14.1"]),
    ],
)
def test_names_out_of_machines_are_exact(text: str, tokens: list[str]) -> None:
    assert exact_tokens(text) == tokens


@pytest.mark.parametrize(
    "text",
    [
        "e.g. this, i.e. that, and/or client-side re-install, don't",
        "I HAVE A VERY BIG PROBLEM WITH PRINTING",
        "at 10:30 on 2024-01-02 it cost 1,200.50",
        "the 500 tickets of Windows 10 ... -------- (well)",
        "",
    ],
)
def test_prose_is_not_exact(text: str) -> None:
    assert exact_tokens(text) == []


def test_names_in_camel_case_are_found_by_their_parts() -> None:
    assert camel_parts("NullPointerException in the iPhone parseHTTPHeader") == [
        *("Null", "Pointer", "Exception", "Phone", "parse", "HTTP", "Header")
    ]
    assert set(query_terms("null pointer").indices) <= set(document_terms("a NullPointerException").indices)


def test_what_has_only_the_pieces_lacks_the_whole() -> None:
    asked = query_terms("2.14.1")
    whole = {index for index, weight in zip(asked.indices, asked.weights, strict=True) if weight > 1}
    assert whole <= set(document_terms("since v2.14.1 it crashes").indices)
    assert not whole & set(document_terms("1.2.14 and 14.2.1 crash").indices)


def test_exact_tokens_share_one_weight() -> None:
    few, many = query_terms("it says EACCES"), query_terms(" ".join(f"a_{n}" for n in range(40)))
    assert max(few.weights) == 4.0
    assert many.weights.count(0.1) == 40


@given(st.text(max_size=300))
def test_any_text_has_its_exact_tokens_once_each(text: str) -> None:
    tokens = exact_tokens(text)
    assert len(tokens) == len(set(tokens)) <= MOST
    document_terms(text)


@pytest.mark.parametrize("text", ["-" * 200_000, "a." * 100_000, "http 502." * 20_000, "/" * 100_000 + " aB" * 50_000])
def test_long_texts_take_no_more_than_their_length(text: str) -> None:
    began = time.process_time()
    exact_tokens(text)
    camel_parts(text)
    assert time.process_time() - began < 3  # seconds of this process; quadratic takes minutes


def test_an_exact_token_in_common_is_said_first_and_as_a_whole() -> None:
    held = _similar("The gateway answers HTTP 502 since db-prod-03.corp.example is away.")
    (shown,) = explained("I get HTTP 502 from the gateway (db-prod-03.corp.example)", "", [held])
    assert shown.shared_terms[:2] == ("HTTP 502", "db-prod-03.corp.example")
    (other,) = explained("I get HTTP 503 from the gateway (db-prod-04.corp.example)", "", [held])
    assert not {"HTTP 503", "db-prod-04.corp.example"} & set(other.shared_terms)


async def test_exact_tokens_decide_which_ticket_is_found_by_words_alone() -> None:
    """Tickets of our own in families that differ by a code, a version, a host, a file or a name alone."""
    found, relevant = await _asked(LexicalOnly())
    assert measures(found, relevant, CORPUS)["mrr"] >= 0.97  # 0.951 with words alone


async def test_exact_tokens_decide_what_is_shown_where_a_model_sees_no_likeness(model_folder: Path) -> None:
    found, relevant = await _asked(MiniLm(model_folder))
    assert measures(found, relevant, CORPUS)["mrr"] >= 0.98  # 0.954 without exact tokens
    shown = [
        ranked.score >= MIN_SCORE
        for answer in found
        for document, ranked in answer.found
        if document.id in relevant[answer.question.id]
    ]
    assert sum(shown) / len(found) >= 0.9  # 22 of 47 without


async def _asked(embedder: Embedder) -> tuple[list[Answer], dict[str, set[str]]]:
    questions = read_documents(OWN / "queries.jsonl")
    found = [answer async for answer in answers(embedder, MemoryIndex(), CORPUS, questions)]
    return found, read_relevant(OWN / "qrels.jsonl")


def _similar(description: str) -> SimilarTicket:
    return SimilarTicket(
        ticket_id=1, number=1, title="Trouble", category=None, description=description, resolution="", score=0.9
    )
