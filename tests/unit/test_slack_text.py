"""Text between people and Slack."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import text
from tests.fakes.slack_block_kit import units

anything = st.text(st.characters(), max_size=200)


@pytest.mark.parametrize(
    ("slack", "plain"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("ask <@U123|ada> or <@U456>", "ask @ada or @U456"),
        ("in <#C1|general> and <#C2>", "in #general and #C2"),
        ("<!here> <!subteam^S1|@ops> <!date^1^{date}|today>", "@here @ops today"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("<https://a.example/x|the page>", "the page (https://a.example/x)"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("line\r\nnext\rlast\x00", "line\nnext\nlast"),
        ("1 < 2 > 0", "1 < 2 > 0"),
    ],
)
def test_what_people_wrote_becomes_plain_text(slack: str, plain: str) -> None:
    assert text.to_plain(slack) == plain


@given(anything)
def test_escaping_and_reading_again_changes_nothing(written: str) -> None:
    assert text.to_plain(text.escape(written)) == text.clean(written)


@given(anything, st.integers(1, 60))
def test_escaped_text_keeps_its_limit_and_its_entities(written: str, limit: int) -> None:
    escaped = text.escape(written, limit)
    assert units(escaped) <= limit
    assert "<" not in escaped
    assert ">" not in escaped
    assert all(escaped[at:].startswith(("&amp;", "&lt;", "&gt;")) for at, sign in enumerate(escaped) if sign == "&")


@given(anything, st.integers(1, 60))
def test_truncating_keeps_the_limit(written: str, limit: int) -> None:
    assert units(text.truncate(text.clean(written), limit)) <= limit


@given(anything, st.integers(2, 60))
def test_pieces_are_the_whole_text(written: str, limit: int) -> None:
    cleaned = text.clean(written)
    pieces = list(text.pieces(cleaned, limit))
    assert "".join(pieces) == cleaned
    assert all(units(piece) <= limit for piece in pieces)


@given(anything, st.integers(5, 60))
def test_splitting_loses_nothing(written: str, limit: int) -> None:
    read, rest = "", written
    while rest:
        piece, rest = text.split(rest, limit)
        assert units(piece) <= limit
        read += text.to_plain(piece)
    assert read == text.clean(written)


@given(anything, st.integers(40, 80))
def test_quotes_keep_the_limit_and_mark_every_line(written: str, limit: int) -> None:
    quoted = text.quote(written, limit)
    assert units(quoted) <= limit
    assert all(line.startswith("> ") for line in quoted.split("\n"))


def test_a_link_label_cannot_end_the_link() -> None:
    assert text.link("https://desk.example/1?a=1&b=|", "x> <!channel> | y") == (
        "<https://desk.example/1?a=1&amp;b=%7C|x&gt; &lt;!channel&gt; ¦ y>"
    )


def test_the_call_of_our_own_bot_is_no_part_of_the_text() -> None:
    assert text.without_mention(" <@U0BOT|desk>: the printer", "U0BOT") == "the printer"
    assert text.without_mention("ask <@U0BOT>", "U0BOT") == "ask <@U0BOT>"


def test_a_title_is_the_first_line_that_says_something() -> None:
    assert text.first_line("\n  \n Printer jams \nmore", 200) == "Printer jams"
    assert text.first_line("x" * 300, 200) == "x" * 199 + "…"
