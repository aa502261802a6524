"""Which answers leave a ticket as it is: an ordered table of named rules. Whatever none of them knows brings it back.

The name of the rule stands in the ledger beside the one that found the ticket (`in-reply-to+thanks-only`).
"""

from collections.abc import Callable

from core.intake.thanks import is_thanks_only
from core.intake.values import Interpretation


def _is_automatic(message: Interpretation) -> bool:
    """Screening ignores these; one arrives here only where an admin has released it."""
    return message.screening.is_auto_reply


def _is_thanks(message: Interpretation) -> bool:
    """Nothing but thanks, and no file that somebody should look at."""
    return not message.attachments and is_thanks_only(message.reply_text or message.text)


RULES: tuple[tuple[str, Callable[[Interpretation], bool]], ...] = (
    ("automatic-answer", _is_automatic),
    ("thanks-only", _is_thanks),
)


def leaves_as_it_is(message: Interpretation) -> str:
    """The name of the rule by which an answer asks for nothing; empty where somebody should look at it."""
    return next((name for name, applies in RULES if applies(message)), "")
