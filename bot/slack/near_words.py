"""What somebody probably meant who wrote a command that there is not."""

import re
from collections.abc import Collection
from difflib import get_close_matches

_ALIKE = 0.7
_NUMBERED = re.compile(r"#?([0-9]{1,10})(?!\S)")


def meant(form: str, word: str, known: Collection[str]) -> str:
    """`form` with the known word that is most like this one, as a question; empty where none is."""
    near = get_close_matches(word.lower(), known, n=1, cutoff=_ALIKE)
    return f"Did you mean {form} {near[0]}? " if near else ""


def in_the_right_order(word: str, rest: str, verbs: Collection[str]) -> str:
    """`/triage take 12` as it has to be, as a question; empty for anything else."""
    numbered = _NUMBERED.match(rest)
    if numbered is None or word.lower() not in verbs:
        return ""
    return f"Did you mean /triage {numbered[1]} {word.lower()}? "
