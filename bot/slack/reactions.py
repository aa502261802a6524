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
    meanings: dict[str, Gesture] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, gesture = (side.strip().strip(":").lower() for side in pair.partition("="))
        if not _NAME.fullmatch(name) or gesture not in set(Gesture):
            raise InvalidInputError(f"“{pair[:80]}” is no reaction", mend=f"write it as: {DEFAULT}")
        meanings[name] = Gesture(gesture)
    return meanings


def gesture_of(reaction: str, meanings: Mapping[str, Gesture]) -> Gesture | None:
    """What a reaction asks for, whatever its skin tone (`wave::skin-tone-3`)."""
    return meanings.get(reaction.partition("::")[0])
