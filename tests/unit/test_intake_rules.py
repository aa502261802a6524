"""When two subjects are of one conversation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intake.rules import bare_subject, is_same_subject

PREFIXES = [
    *("Re: ", "RE:", "re : ", "Re[2]: ", "Fwd: ", "FW: ", "Fw:", "AW: ", "WG: ", "SV: ", "VS: ", "VB: ", "Antw: "),
    *(
        "RES: ",
        "ENC: ",
        "TR: ",
        "RV: ",
        "YNT: ",
        "Odp: ",
        "PD: ",
        "Re\uff1a",
        "回复\uff1a",
        "转发: ",
        "返信: ",
        "Re: Aw: Fwd: ",
    ),
]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_reply_prefix_of_any_language_changes_nothing(prefix: str) -> None:
    assert bare_subject(f"{prefix}VPN drops every hour") == "vpn drops every hour"


@pytest.mark.parametrize(
    "subject",
    [
        "[#12] VPN drops",
        "VPN drops [12]",
        "Re: [support-12] VPN drops",
        "[announce] VPN drops",
        "Re: [announce] Re: VPN drops",
        "  VPN \t drops\r\n",
        "\uff36\uff30\uff2e drops",
        "vpn DROPS",
    ],
)
def test_tags_of_tickets_and_lists_width_case_and_spacing_change_nothing(subject: str) -> None:
    assert bare_subject(subject) == "vpn drops"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("VPN drops", "Re: VPN drops"),
        ("VPN drops", "VPN drops (urgent!)"),
        ("A long subject that a program shortens some…", "Re: A long subject that a program shortens somewhere"),
        ("VPN drops", ""),
        ("", "VPN drops"),
        ("Hi", "VPN drops"),
    ],
)
def test_the_same_longer_shortened_or_empty_subject_is_of_one_conversation(first: str, second: str) -> None:
    assert is_same_subject(first, second)
    assert is_same_subject(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [("VPN drops", "Printer jams"), ("Re: VPN drops", "Re: Invoice 4711"), ("Question 1", "Question 2")],
)
def test_another_subject_is_another_conversation(first: str, second: str) -> None:
    """chatwoot#15869: a new subject hidden in an old thread."""
    assert not is_same_subject(first, second)


@pytest.mark.parametrize("subject", ["Regards from Rome", "Fwdays ticket", "Version 2: what is new", "Reset: how?"])
def test_a_word_that_begins_like_a_prefix_stays(subject: str) -> None:
    assert bare_subject(subject) == subject.casefold()


@given(st.text(max_size=200))
def test_any_text_is_of_one_conversation_with_its_answer(text: str) -> None:
    assert is_same_subject(text, f"Re: {text}")


@given(st.text(alphabet="Re: [1]\u00a0fwd", max_size=5000))
def test_endless_prefixes_are_read_in_no_time(text: str) -> None:
    assert isinstance(bare_subject(text), str)
