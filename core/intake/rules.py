"""Small pure rules of intake: is this the same subject, does this answer say anything new."""

import re
import unicodedata

_PREFIX = re.compile(
    r"^\s*(?:re|fwd?|aw|wg|sv|vs|vb|vl|ref|rif|r|res|enc|tr|rv|ynt|ilt|odp|pd|atb|hv|tl|antw|doorst|回复|转发|答复|返信|転送)"
    r"\s*(?:\[\d+\])?\s*[::]\s*",
    re.IGNORECASE,
)
_TAG = re.compile(r"\[#?\w*-?#?\d+\]")
_LIST_TAG = re.compile(r"^\s*\[[^\]\d]{1,40}\]\s*")
_SHORTEST_COMPARED = 4


def bare_subject(subject: str) -> str:
    """The subject without reply prefixes, ticket and list tags, in one case and spacing."""
    text = unicodedata.normalize("NFKC", subject)
    text = _TAG.sub(" ", text)
    while True:
        stripped = _LIST_TAG.sub("", _PREFIX.sub("", text))
        if stripped == text:
            return " ".join(stripped.casefold().split())
        text = stripped


def is_same_subject(first: str, second: str) -> bool:
    """Whether two subjects belong to one conversation; an empty or shortened one says nothing against it."""
    one, other = bare_subject(first), bare_subject(second)
    if len(one) < _SHORTEST_COMPARED or len(other) < _SHORTEST_COMPARED:
        return True
    one, other = one.rstrip("….").strip(), other.rstrip("….").strip()
    return one in other or other in one
