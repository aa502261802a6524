"""Every setting as a row for people: value, default, source. Secrets are masked."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import ByteSize, SecretStr

from config.settings import SIGNING_KEYS, Settings

MASK = "********"


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingRow:
    """One setting, ready to print. `source` is environment, .env, generated or default."""

    name: str
    value: str
    default: str
    source: str
    description: str


def describe(settings: Settings) -> list[SettingRow]:
    """Every setting in the order in which Settings declares them."""
    fields = dict(settings)
    return [
        SettingRow(
            name=name.upper(),
            value=_shown(fields[name]),
            default=_default(name, fields),
            source=settings.source_of(name),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _default(name: str, fields: dict[str, Any]) -> str:
    if name in SIGNING_KEYS:
        return "generated in development"
    return _shown(Settings.model_fields[name].get_default(call_default_factory=True, validated_data=fields))


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return _masked(value.get_secret_value())
        case timedelta():
            return _duration(value)
        case ByteSize():
            return value.human_readable()
        case _:
            return str(value)


def _masked(text: str) -> str:
    """The whole secret masked, or only the password where it is an address."""
    parts = urlsplit(text)
    if text == "memory" or (parts.scheme and "://" in text):
        return text.replace(f":{parts.password}@", f":{MASK}@") if parts.password else text
    return MASK


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
