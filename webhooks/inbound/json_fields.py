"""Reading a provider's JSON without trusting its shape: what is missing or of another kind reads as empty."""

import json
from dataclasses import dataclass, field
from typing import Any

from core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object of a JSON document, read field by field."""

    fields: dict[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str) -> str:
        """A string, or a number as one; lone surrogates (JSON allows them, UTF-8 does not) become `?`."""
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return str(value).encode("utf-8", "replace").decode("utf-8")

    def texts(self, name: str) -> list[str]:
        """A list of strings, or the one string that stands in its place."""
        value = self.fields.get(name)
        values = value if isinstance(value, list) else [value]
        return [text for one in values if (text := JsonObject({"": one}).text(""))]

    def object(self, name: str) -> "JsonObject":
        value = self.fields.get(name)
        return JsonObject(value) if isinstance(value, dict) else JsonObject()

    def objects(self, name: str) -> list["JsonObject"]:
        value = self.fields.get(name)
        return [JsonObject(one) for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def read_json(document: bytes | str) -> JsonObject:
    """The object in a JSON document.

    Raises:
        InvalidInputError: it is not JSON, or not an object.
    """
    try:
        value = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("This is not valid JSON.") from error
    if not isinstance(value, dict):
        raise InvalidInputError("A JSON object is wanted here.")
    return JsonObject(value)
