"""Typed access to untrusted JSON: what is missing or of another type is refused by its name."""

from collections.abc import Mapping
from typing import Any

from bot.slack.errors import PayloadRefusedError

Json = Mapping[str, Any]

_LONGEST_ID = 255
_NOTHING: Json = {}


def text(source: Json, name: str) -> str:
    """The string under `name`.

    Raises:
        PayloadRefusedError: missing, or no string.
    """
    value = source.get(name)
    if value is None:
        raise PayloadRefusedError(f"missing-field:{name}")
    if not isinstance(value, str):
        raise PayloadRefusedError(f"wrong-type:{name}")
    return _printable(value)


def optional_text(source: Json, name: str) -> str:
    """The string under `name`, empty where it is missing, null or of another type."""
    value = source.get(name)
    return _printable(value) if isinstance(value, str) else ""


def _printable(value: str) -> str:
    """Without halves of surrogate pairs, which JSON may hold and no database takes."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def identifier(source: Json, name: str) -> str:
    """An id, a time stamp or a name that must be there and be short.

    Raises:
        PayloadRefusedError: missing, empty, no string, or longer than any id of Slack's.
    """
    value = text(source, name)
    if not value:
        raise PayloadRefusedError(f"missing-field:{name}")
    if len(value) > _LONGEST_ID:
        raise PayloadRefusedError(f"too-long:{name}")
    return value


def first_identifier(*places: tuple[Json, str]) -> str:
    """The first of several places that holds an id.

    Raises:
        PayloadRefusedError: none does; named after the first place.
    """
    for source, name in places:
        if optional_text(source, name):
            return identifier(source, name)
    raise PayloadRefusedError(f"missing-field:{places[0][1]}")


def mapping(source: Json, name: str) -> Json:
    """The object under `name`.

    Raises:
        PayloadRefusedError: missing, or no object.
    """
    value = source.get(name)
    if value is None:
        raise PayloadRefusedError(f"missing-field:{name}")
    if not isinstance(value, Mapping):
        raise PayloadRefusedError(f"wrong-type:{name}")
    return value


def optional_mapping(source: Json, name: str) -> Json:
    value = source.get(name)
    return value if isinstance(value, Mapping) else _NOTHING


def first_mapping(source: Json, name: str) -> Json:
    """The first object in the list under `name`.

    Raises:
        PayloadRefusedError: no list, an empty one, or one that begins with something else.
    """
    value = source.get(name)
    if not value:
        raise PayloadRefusedError(f"missing-field:{name}")
    if not isinstance(value, list) or not isinstance(value[0], Mapping):
        raise PayloadRefusedError(f"wrong-type:{name}")
    return value[0]


def mappings(source: Json, name: str) -> tuple[Json, ...]:
    """The objects in the list under `name`; anything else is left out."""
    value = source.get(name)
    return tuple(item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()
