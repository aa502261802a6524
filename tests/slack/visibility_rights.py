"""What a viewer is to a ticket of a kind, and which of its words that lets them read."""

from tests.slack.visibility_scene import KINDS, WORDS

ALL, OWN, PUBLIC, NONE = "works it", "is in it", "reads what is public", "nothing"
BACK = "may bring it back"

#                     open  solved public  hidden deleted merged
RIGHTS: dict[str, tuple[str, ...]] = {
    "requester":     (OWN,  OWN,   OWN,    OWN,   NONE,   OWN),
    "participant":   (OWN,  OWN,   OWN,    OWN,   NONE,   OWN),
    "added guest":   (OWN,  OWN,   OWN,    OWN,   NONE,   OWN),
    "other user":    (NONE, NONE,  PUBLIC, NONE,  NONE,   NONE),
    "guest":         (NONE, NONE,  PUBLIC, NONE,  NONE,   NONE),
    "stranger":      (NONE, NONE,  PUBLIC, NONE,  NONE,   NONE),
    "moderator":     (ALL,  ALL,   ALL,    ALL,   BACK,   ALL),
    "admin":         (ALL,  ALL,   ALL,    ALL,   BACK,   ALL),
    "foreign admin": (NONE, NONE,  NONE,   NONE,  NONE,   NONE),
    "anonymous":     (NONE, NONE,  NONE,   NONE,  NONE,   NONE),
}  # fmt: skip

Shown = dict[str, frozenset[str]]
"""By what a viewer is to the ticket: which of its words a surface shows them."""
TEXT = frozenset({"title", "description", "resolution"})
TALK = frozenset({"reply", "file"})
HUSH = frozenset({"note", "helpful"})
TITLE, BYTES, NOTHING = frozenset({"title"}), frozenset({"bytes"}), frozenset[str]()
MOST: Shown = {
    ALL: TEXT | TALK | HUSH | BYTES,
    BACK: TEXT | TALK | HUSH | BYTES,
    OWN: TEXT | TALK | BYTES,
    PUBLIC: TEXT,
    NONE: NOTHING,
}
"""What no surface may exceed. What is in an infected file nobody reads."""
_HAS = {"open": frozenset(WORDS) - {"resolution", "helpful"}}


def right_of(viewer: str, kind: str) -> str:
    return RIGHTS[viewer][KINDS.index(kind)]


def expected(shows: Shown, viewer: str, kind: str) -> frozenset[str]:
    """The words of the ticket of this kind that a surface has to show this viewer."""
    return shows.get(right_of(viewer, kind), NOTHING) & _HAS.get(kind, frozenset(WORDS))
