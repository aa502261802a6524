"""What an outgoing reply answers, quoted below it in the form that `reply_text` takes away again when it comes back."""

from datetime import UTC, datetime

from bot.email.attributions import is_by_pronoun
from core.conversations.values import Quotation

MOST_LINES = 30
LONGEST_LINE = 1000
_NAME_LENGTH = 60
_UNNAMED = str.maketrans(dict.fromkeys('\n\r\t<>@:"()[]|*_', " "))


def attribution_line(quotation: Quotation) -> str:
    """`On 2 Mar 2026 at 09:00 UTC, Ada wrote:`; a name such as `I` in quotation marks, or it would not read as one."""
    shown = "".join(sign for sign in quotation.author.translate(_UNNAMED) if sign.isprintable())
    name = " ".join(shown.split())[:_NAME_LENGTH].strip() or "somebody"
    name = f'"{name}"' if is_by_pronoun(f"{name} wrote") else name
    return f"On {_moment(quotation.written_at)}, {name} wrote:"


def quoted_lines(quotation: Quotation) -> list[str]:
    """The first lines of its text, without `> `; what was cut is told by a last line `[…]`."""
    lines = [line[:LONGEST_LINE].rstrip() for line in quotation.text.strip().splitlines()]
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], "[…]"]


def _moment(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year} at {at:%H:%M} UTC"  # %b follows the locale of the machine


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
