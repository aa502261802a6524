"""Greetings, too little, cancel, and going on: whatever has one unknown word says something."""

import pytest

from core.gathering.rules import goes_on, is_cancel, says_too_little, small_talk


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Hello team!",
        "Good morning all :wave:",
        "Bonjour à tous",
        "Hola, buenos días",
        "Привет",
        "こんにちは",
    ],
)
def test_a_greeting_asks_for_nothing(text: str) -> None:
    assert small_talk(text) == "greeting-only"
    assert says_too_little(text)


@pytest.mark.parametrize(
    "text",
    [
        "help",
        "Hi Grace, can you help me?",
        "it does not work!!!",
        "Hello, I have a problem",
        "Hallo, es funktioniert nicht",
        "Bonjour, j'ai un problème",
        "por favor ayuda",
        "не работает",
        "请帮忙",
        "",
    ],
)
def test_these_say_too_little(text: str) -> None:
    assert says_too_little(text)
    assert small_talk(text) in {"", "greeting-only"}


@pytest.mark.parametrize(
    "text",
    [
        "Excel does not work",
        "my Excel does not work",
        "VPN",
        "help with VPN",
        "error 500",
        "hi, the printer jams",
        "it",
    ],
)
def test_one_word_that_tells_is_enough(text: str) -> None:
    assert not says_too_little(text)
    assert not small_talk(text)


@pytest.mark.parametrize("text", ["cancel", "Cancel please", "never mind, thanks", "egal", "laisse tomber", "取消"])
def test_cancel(text: str) -> None:
    assert is_cancel(text)
    assert not is_cancel(f"{text} my order")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("also the fax on this floor does not take any paper", True),
        ("P.S. it began when somebody changed the toner last week", True),
        ("und außerdem riecht es seit heute morgen nach Rauch", True),
        ("my phone too", None),
        ("android phones cannot reach the wireless network any more", False),
        ("nobody can sign in to the accounting system since noon", False),
    ],
)
def test_how_a_message_goes_on(text: str, *, verdict: bool | None) -> None:
    assert goes_on(text) is verdict
