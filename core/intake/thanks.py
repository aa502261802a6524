"""Is an answer nothing but a thank-you? Such a one need not bring a solved ticket back to work.

`Thanks, but it still fails` has words that are not known, and whoever is unsure reopens.
"""

from core.intake.known_words import LONGEST, KnownWords
from core.intake.thanks_words import AROUND, THANKS

__all__ = ["LONGEST", "is_thanks_only"]

_WORDS = KnownWords(THANKS, AROUND)


def is_thanks_only(text: str) -> bool:
    """Whether `text` (only what was newly written) thanks and says nothing else. Unsure means no."""
    return _WORDS.are_all_of(text)
