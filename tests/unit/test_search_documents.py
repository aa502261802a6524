"""Which words make which vector."""

from hypothesis import given
from hypothesis import strategies as st

from core.search.documents import DESCRIPTION_BEFORE_RESOLUTION, TicketText, question_of, texts_of
from core.search.stored import FLOAT32, UINT32, packed, unpacked
from core.search.terms import document_terms, query_terms

WHOLE = TicketText(
    title="VPN drops",
    category="Bug",
    description="Every ten minutes.",
    helpful_notes="Old client.",
    related_skills=("network", "vpn"),
    resolution="Update to 5.2.",
)


def test_the_whole_text_has_every_field_and_the_title_stands_alone() -> None:
    texts = texts_of(WHOLE)
    assert texts.title == "VPN drops"
    for words in ("VPN drops", "Bug", "Every ten minutes.", "Old client.", "network vpn", "Update to 5.2."):
        assert words in texts.text
        assert words in texts.words


def test_a_question_uses_what_it_has() -> None:
    texts = texts_of(TicketText(title="VPN drops"))
    assert (texts.title, texts.text, texts.words) == ("VPN drops", "VPN drops", "VPN drops")


def test_a_long_description_leaves_room_for_the_resolution_in_the_dense_text_only() -> None:
    long = TicketText(title="t", description="word " * 1000, resolution="the cure")
    texts = texts_of(long)
    assert texts.text.index("the cure") < DESCRIPTION_BEFORE_RESOLUTION + 10
    assert texts.words.count("word") == 1000


def test_the_hash_changes_with_any_field() -> None:
    others = [
        TicketText(**{**{name: getattr(WHOLE, name) for name in WHOLE.__slots__}, name: value})
        for name, value in {
            "title": "x",
            "category": "x",
            "description": "x",
            "helpful_notes": "x",
            "related_skills": ("x",),
            "resolution": "x",
        }.items()
    ]
    assert len({texts_of(ticket).hash for ticket in [WHOLE, *others]}) == 7


def test_the_first_of_several_lines_is_the_title() -> None:
    assert question_of("  Title\n\nBody one\nBody two ") == TicketText(title="Title", description="Body one\nBody two")
    assert question_of("One line") == TicketText(title="One line")
    assert question_of(" \n ") == TicketText()


def test_words_match_by_stem_and_without_accents_or_stop_words() -> None:
    held = set(document_terms("The cafés were closing").indices)
    assert set(query_terms("cafe closed").indices) <= held
    assert query_terms("the and of").indices == ()


@given(st.text())
def test_any_text_has_terms_and_a_hash(text: str) -> None:
    """Lone surrogates and NULs cross neither into the native library nor into a hash."""
    hostile = f"{text}\ud800\x00"
    texts = texts_of(TicketText(title=hostile, description=hostile))
    assert len(texts.hash) == 64
    assert len(document_terms(texts.words).indices) == len(document_terms(texts.words).weights)


@given(st.lists(st.floats(width=32, allow_nan=False)), st.lists(st.integers(0, 2**32 - 1)))
def test_vectors_come_back_as_they_were_stored(weights: list[float], indices: list[int]) -> None:
    assert list(unpacked(packed(weights, FLOAT32), FLOAT32)) == weights
    assert list(unpacked(packed(indices, UINT32), UINT32)) == indices


def test_spoiled_bytes_are_no_vector() -> None:
    assert list(unpacked(b"abc", FLOAT32)) == []


def test_texts_without_spaces_share_what_they_have_in_common() -> None:
    asked = set(query_terms("紙詰まりです").indices)
    assert len(asked & set(document_terms("プリンターの紙詰まりが直りません").indices)) == 3
    assert not asked & set(document_terms("画面が暗い").indices)
