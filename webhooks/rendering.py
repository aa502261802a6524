"""Templates and static files, read once. Nothing is fetched from any other host."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from core.clock import zone_named
from core.jobs.titles import title_of
from core.people.models import User
from core.tickets.values import category_label, status_label
from core.triage.values import percent_sure
from webhooks.words import channel_in_words, in_words

_UTC = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC)")
CONTENT_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One of our own files. Its address carries its hash, so that browsers may keep it for ever."""

    name: str
    content: bytes
    content_type: str
    version: str

    @property
    def url(self) -> str:
        return f"/static/{self.name}?v={self.version}"


class Pages:
    """Renders our templates; every value is escaped unless a template builds the markup itself."""

    def __init__(self) -> None:
        self.static = _static_files()
        self._environment = Environment(
            loader=PackageLoader("webhooks"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["static"] = lambda name: self.static[name].url
        self._environment.filters.update(
            {
                "moment": _moment,
                "day": _day,
                "moments": _moments,
                "category_label": category_label,
                "status_label": status_label,
                "words": in_words,
                "channel": channel_in_words,
                "job_title": title_of,
                "lasting": _lasting,
                "percent_sure": percent_sure,
                "choices": _choices,
                "people_choices": _people_choices,
            }
        )

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        return self._environment.get_template(template).render(values)


def _lasting(span: timedelta | None) -> str:
    """How long something took, in hours and minutes."""
    if span is None:
        return "none"
    hours, minutes = divmod(round(span.total_seconds() / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _static_files() -> dict[str, StaticFile]:
    found = {}
    for path in files("webhooks").joinpath("static").iterdir():
        suffix = f".{path.name.rpartition('.')[2]}"
        if suffix in CONTENT_TYPES:
            content = path.read_bytes()
            version = hashlib.sha256(content).hexdigest()[:16]
            found[path.name] = StaticFile(path.name, content, CONTENT_TYPES[suffix], version)
    return found


@pass_context
def _moment(context: Context, value: datetime | None) -> Markup:
    """A time in the person's zone; the script replaces it by the browser's where the person has chosen none."""
    if value is None:
        return Markup("")
    zone = zone_named(context.get("time_zone", ""))
    text = value.astimezone(zone).strftime("%Y-%m-%d %H:%M") + ("" if zone is not UTC else " UTC")
    return Markup('<time datetime="{}">{}</time>').format(value.astimezone(UTC).isoformat(timespec="seconds"), text)


@pass_context
def _moments(context: Context, text: str) -> Markup:
    """A sentence of the desk's own, its times (`2026-03-02 09:00 UTC`) in the person's zone."""
    parts: list[str | Markup] = _UTC.split(text)
    for index in range(1, len(parts), 2):
        parts[index] = _moment(context, datetime.strptime(parts[index], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC))
    return Markup("").join(parts)


@pass_context
def _day(context: Context, value: datetime) -> str:
    """The date of a moment in the person's zone."""
    return value.astimezone(zone_named(context.get("time_zone", ""))).date().isoformat()


def _choices(values: Iterable[str]) -> list[tuple[str, str]]:
    """What a menu offers: (value, what people read)."""
    return [(str(value), in_words(value)) for value in values]


def _people_choices(people: Iterable[User]) -> list[tuple[str, str]]:
    return [(str(person.id), person.display_name) for person in people]
