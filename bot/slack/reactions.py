"""Which reaction asks for what, as the setting SLACK_REACTIONS says."""

import re
from collections.abc import Mapping

from core.errors import InvalidInputError
from core.intake.values import Gesture

DEFAULT = "ticket=create, eyes=take, white_check_mark=resolve"
_NAME = re.compile(r"[a-z0-9_+'-]{1,100}")


def read_reactions(text: str) -> dict[str, Gesture]:
    """The setting's pairs `name=gesture`, apart by commas; empty turns reactions off.

    Raises:
        InvalidInputError: a pair that is none, or a gesture that the desk does not know.
    """
    pairs = read_pairs(text, example=DEFAULT)
    if strange := [gesture for gesture in pairs.values() if gesture not in set(Gesture)]:
        raise InvalidInputError(f"“{strange[0][:80]}” is nothing that a reaction does", mend=f"write it as: {DEFAULT}")
    return {name: Gesture(gesture) for name, gesture in pairs.items()}


def read_pairs(text: str, *, example: str) -> dict[str, str]:
    """Pairs `name=name`, apart by commas, in lower case and without the colons around Slack's names.

    Raises:
        InvalidInputError: one of them is no pair.
    """
    pairs: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, meaning = (side.strip().strip(":").lower() for side in pair.partition("="))
        if not (_NAME.fullmatch(name) and _NAME.fullmatch(meaning)):
            raise InvalidInputError(f"“{pair[:80]}” is no pair", mend=f"write it as: {example}")
        pairs[name] = meaning
    return pairs


def gesture_of(reaction: str, meanings: Mapping[str, Gesture]) -> Gesture | None:
    """What a reaction asks for, whatever its skin tone (`wave::skin-tone-3`)."""
    return meanings.get(reaction.partition("::")[0])
