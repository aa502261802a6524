"""Small pure rules of conversation: does a message say anything, does it say enough, does it go on with another."""

import re
import unicodedata

from core.gathering.words import ADDRESSED, AROUND, CANCEL, CONTINUES, FILLERS, GREETINGS, THANKS, TOO_LITTLE
from core.intake.known_words import KnownWords
from core.intake.thanks import is_thanks_only

FEW_WORDS = 5
_AROUND = (*ADDRESSED, *AROUND, *THANKS, *FILLERS)
_GREETING = KnownWords(GREETINGS, _AROUND, asks=True)
_LITTLE = KnownWords((*TOO_LITTLE, *GREETINGS), _AROUND, names_after=GREETINGS, asks=True)
_CANCEL = KnownWords(CANCEL, (*THANKS, *FILLERS), names_after=())


def small_talk(text: str) -> str:
    """The name of the rule by which a message asks for nothing; empty where somebody should look at it."""
    if is_thanks_only(text):
        return "thanks-only"
    return "greeting-only" if _GREETING.are_all_of(text) else ""


def says_too_little(text: str) -> bool:
    """Whether a message asks for help and does not say with what: every word of it is one of those lists."""
    return not text.strip() or _LITTLE.are_all_of(text)


def is_cancel(text: str) -> bool:
    """Whether somebody wants nothing any more."""
    return _CANCEL.are_all_of(text)


def goes_on(text: str) -> bool | None:
    """Whether a message goes on with an earlier one: yes by how it begins, None (who knows?) where it is short."""
    words = unicodedata.normalize("NFKC", text).casefold().strip().lstrip("*…+-. ")
    if any(re.match(rf"{re.escape(phrase)}(?![^\W_])", words) for phrase in CONTINUES):
        return True
    return None if len(words.split()) <= FEW_WORDS else False
