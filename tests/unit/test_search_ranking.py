"""How legs are fused, and what a score means."""

from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.ranking import LEXICAL_MIN_SCORE, MIN_SCORE, Question, best_first, rank
from core.search.values import Candidate

SHORT = Question(words=8, terms=4, has_description=False)
LONG = Question(words=120, terms=60, has_description=True)


def order(question: Question, *candidates: Candidate, population: int = 100) -> list[int]:
    return [found.ticket_id for found in rank(question, candidates, population=population)]


def test_only_what_is_likely_enough_is_made_of_it() -> None:
    candidates = [Candidate(ticket_id=number, title=number / 10, text=number / 10) for number in range(1, 10)]
    lifts = {1: 1.0}
    found = [*best_first(SHORT, candidates, population=9, lifts=lifts, chance=add, least=0.5)]
    assert [one.ticket_id for one in found] == [9, 8, 1]
    assert all(one.chance == pytest.approx(one.score + one.lift) for one in found)


def test_nothing_found_ranks_nothing() -> None:
    assert rank(SHORT, [], population=0) == []


def test_without_a_description_the_nearer_of_title_and_text_counts() -> None:
    near_title = Candidate(ticket_id=1, title=0.9, text=0.1)
    middling = Candidate(ticket_id=2, title=0.6, text=0.6)
    assert order(SHORT, near_title, middling) == [1, 2]


def test_with_a_description_both_must_be_near() -> None:
    near_title = Candidate(ticket_id=1, title=0.9, text=0.1)
    middling = Candidate(ticket_id=2, title=0.6, text=0.6)
    assert order(LONG, near_title, middling) == [2, 1]


def test_words_weigh_more_in_a_long_question() -> None:
    """MEASURED.md: on long reports BM25 must count more than in a one-line question."""
    by_meaning = Candidate(ticket_id=1, title=0.80, text=0.80, terms=0.0)
    by_words = Candidate(ticket_id=2, title=0.78, text=0.78, terms=30.0)
    others = [Candidate(ticket_id=n, title=0.70 + n / 1000, text=0.70, terms=2.0) for n in range(3, 9)]
    assert order(SHORT, by_meaning, by_words, *others)[0] == 1
    assert order(LONG, by_meaning, by_words, *others)[0] == 2


def test_a_leg_that_did_not_find_a_ticket_takes_its_farthest_hit() -> None:
    only_words = Candidate(ticket_id=1, terms=5.0)
    ranked = rank(SHORT, [only_words, Candidate(ticket_id=2, title=0.3, text=0.2)], population=10)
    assert {found.ticket_id: found.closeness for found in ranked} == {1: 0.3, 2: 0.3}


def test_equal_candidates_keep_the_order_of_their_ids() -> None:
    assert order(SHORT, Candidate(ticket_id=2, text=0.5), Candidate(ticket_id=1, text=0.5)) == [1, 2]


@pytest.mark.parametrize(
    ("closeness", "bm25", "shown"),
    [
        (0.70, 0.0, False),
        (0.80, 4.0, True),
        (0.65, 6.0, True),
        (0.55, 6.0, False),
        (0.20, 3.0, False),
        (0.95, 0.0, True),
    ],
)
def test_the_default_threshold_asks_for_meaning_and_words(closeness: float, bm25: float, *, shown: bool) -> None:
    (found,) = rank(SHORT, [Candidate(ticket_id=1, title=closeness, text=closeness, terms=bm25)], population=100)
    assert (found.score >= MIN_SCORE) is shown


def test_a_rare_exact_word_is_enough_without_any_meaning() -> None:
    """An error code: one term, in one of a thousand tickets."""
    question = Question(words=1, terms=1, has_description=False)
    (found,) = rank(question, [Candidate(ticket_id=1, title=0.1, text=0.1, terms=10.4)], population=1000)
    assert found.score >= MIN_SCORE


def test_a_lexical_search_has_a_threshold_of_its_own() -> None:
    ranked = rank(SHORT, [Candidate(ticket_id=1, terms=10.0), Candidate(ticket_id=2, terms=1.0)], population=100)
    assert [found.score >= LEXICAL_MIN_SCORE for found in ranked] == [True, False]
    assert [found.closeness for found in ranked] == [None, None]


legs = st.one_of(st.none(), st.floats(-1, 1))
candidates = st.lists(
    st.builds(
        Candidate,
        ticket_id=st.integers(1, 10**6),
        title=legs,
        text=legs,
        terms=st.one_of(st.none(), st.floats(0, 500)),
    ),
    max_size=30,
    unique_by=lambda candidate: candidate.ticket_id,
)


@given(
    candidates, st.builds(Question, words=st.integers(0, 500), terms=st.integers(0, 500), has_description=st.booleans())
)
def test_any_candidates_rank_completely_with_scores_between_0_and_1(found: list[Candidate], question: Question) -> None:
    ranked = rank(question, found, population=len(found))
    assert sorted(one.ticket_id for one in ranked) == sorted(one.ticket_id for one in found)
    assert all(0 <= one.score <= 1 for one in ranked)
    assert [one.order for one in ranked] == sorted((one.order for one in ranked), reverse=True)
