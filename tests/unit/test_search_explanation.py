"""Why a similar ticket was found, and which ones are folded into one."""

import pytest

from core.search.explanation import EXCERPT_LENGTH, explained, resolution_line
from core.search.folding import folded
from core.search.values import SimilarTicket
from tests.fakes.search import found_of


def _ticket(title: str, description: str = "", resolution: str = "", *, number: int = 1) -> SimilarTicket:
    return SimilarTicket(
        ticket_id=number,
        number=number,
        title=title,
        category=None,
        description=description,
        resolution=resolution,
        score=0.9,
    )


def test_shared_words_are_those_of_the_question_names_with_digits_first() -> None:
    held = _ticket("Login fails", "Users get ORA-12154 on db-7.example.com when they log in.", "Fixed the listener.")
    (shown,) = explained("The printer: logging in fails with ORA-12154", "", [held])
    assert shown.shared_terms[0] == "ORA-12154"
    assert set(shown.shared_terms) == {"ORA-12154", "logging", "fails"}


def test_words_that_are_everywhere_tell_nothing() -> None:
    (shown,) = explained("the a of in", "", [_ticket("The end of a day in the office")])
    assert shown.shared_terms == ()
    assert shown.excerpt.text == ""


def test_the_sentence_that_shares_most_is_shown_with_its_words_marked() -> None:
    held = _ticket("Trouble", "It began on Monday. The VPN tunnel drops every hour! We tried much.", "Updated it.")
    (shown,) = explained("VPN drops", "", [held])
    assert shown.excerpt.text == "The VPN tunnel drops every hour!"
    assert [text for text, is_marked in shown.excerpt.pieces if is_marked] == ["VPN", "drops"]
    assert "".join(text for text, _ in shown.excerpt.pieces) == shown.excerpt.text


@pytest.mark.parametrize("before", [0, 10, 60])
def test_a_long_sentence_is_cut_around_what_is_shared(before: int) -> None:
    held = _ticket("Trouble", "many words " * before + "until the zeppelin crashed " + "and more " * 60)
    (shown,) = explained("zeppelin", "", [held])
    assert len(shown.excerpt.text) <= EXCERPT_LENGTH + 4
    assert [text for text, is_marked in shown.excerpt.pieces if is_marked] == ["zeppelin"]
    assert shown.excerpt.text.endswith(" …")


@pytest.mark.parametrize(
    ("resolution", "line"),
    [
        ("Hi Anna,\n\nplease restart the client. Then sign in.", "please restart the client. Then sign in."),
        ("Hello! Thanks for your patience. Update to 5.2.", "Update to 5.2."),
        ("Thank you.", "Thank you."),
        ("", ""),
        ("Clean\nthe   rollers", "Clean the rollers"),
    ],
)
def test_a_resolution_in_one_line_begins_where_the_greeting_ends(resolution: str, line: str) -> None:
    assert resolution_line(resolution) == line


def test_a_long_resolution_is_cut_between_words() -> None:
    line = resolution_line("word " * 100)
    assert line.endswith("word…")
    assert len(line) <= 140


def test_the_same_trouble_solved_the_same_way_is_shown_once() -> None:
    same = [
        _ticket("Printer jams on floor two", f"Paper is stuck in tray {n}.", "Cleaned the rollers.", number=n)
        for n in range(1, 6)
    ]
    other = _ticket("Printer jams on floor two", "Paper is stuck in tray 9.", "Bought a new device.", number=9)
    shown = folded(found_of(*same, other))
    assert [(one.ticket.number, one.ticket.more_like_it) for one in shown] == [(1, (2, 3, 4, 5)), (9, ())]


def test_different_troubles_stay_apart_though_they_were_solved_alike() -> None:
    tickets = (
        _ticket("Outlook is slow", "Mail takes minutes.", "Restarted it.", number=1),
        _ticket("The VPN drops", "Every hour.", "Restarted it.", number=2),
    )
    assert len(folded(found_of(*tickets))) == 2


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a" * 50_000, "… — “”", "5.2.1 " * 3000, "日本語の説明"])
def test_no_text_breaks_an_explanation(text: str) -> None:
    (shown,) = explained(text, text, [_ticket(text[:300], text, text)])
    assert len(shown.excerpt.text) <= EXCERPT_LENGTH + 4
    assert len(folded(found_of(shown, shown))) == 1
    assert len(resolution_line(text)) <= 141


@pytest.mark.parametrize(
    ("resolution", "line"),
    [
        ("```\nsudo systemctl restart nginx\n```\nThat fixed it.", "sudo systemctl restart nginx That fixed it."),
        ("<p>Hallo Anna,</p><p>Bitte <b>Neustart</b> &amp; anmelden.</p>", "Bitte Neustart & anmelden."),
        ("Set <name> and List<int> anew.", "Set <name> and List<int> anew."),
        ("Bonjour Anne,\n\nveuillez redémarrer.", "veuillez redémarrer."),
        ("\u200bHi\u200b Anna,\u00a0\n\nrestart.", "restart."),
        ("您好\uff0c\n请重启客户端。", "请重启客户端。"),
    ],
)
def test_a_resolution_of_another_language_or_form_comes_to_its_words(resolution: str, line: str) -> None:
    assert resolution_line(resolution) == line


def test_a_cut_line_ends_with_a_whole_character() -> None:
    family = "\U0001f469\u200d\U0001f467"
    assert not resolution_line(f"{family}\u200d" * 100)[:-1].endswith("\u200d")
    assert resolution_line("e\u0301" * 300) == "\u00e9" * 139 + "…"


def test_words_without_spaces_are_shared_in_their_parts() -> None:
    held = _ticket("故障", "プリンターの紙詰まりが直りません。もう一度印刷します。", "紙を入れ直しました。")
    (shown,) = explained("日本語 プリンター 紙詰まり", "", [held])
    assert shown.shared_terms == ("プリンター", "紙詰まり")
    assert shown.excerpt.text == "プリンターの紙詰まりが直りません。"
    assert [text for text, is_marked in shown.excerpt.pieces if is_marked] == ["プリンター", "紙詰まり"]


def test_letters_are_the_same_however_they_are_composed() -> None:
    (shown,) = explained("cafe\u0301 printer", "", [_ticket("Trouble", "The caf\u00e9 printer is jammed.")])
    assert set(shown.shared_terms) == {"caf\u00e9", "printer"}
    assert [text for text, is_marked in shown.excerpt.pieces if is_marked] == ["caf\u00e9", "printer"]


def test_data_is_no_shared_word_to_show() -> None:
    blob = "QUJD" * 500
    (shown,) = explained(f"attachment {blob}", "", [_ticket("Trouble", f"attachment {blob}")])
    assert shown.shared_terms == ("attachment",)
