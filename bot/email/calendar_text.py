"""An invitation as a person reads it: what, when, where, by whom (RFC 5545, vCalendar 1.0). Never raises."""

import binascii
import re
from datetime import datetime

_MAX_LENGTH = 200_000  # characters
_MOST_EVENTS = 10
_FOLD = re.compile(r"\r?\n[ \t]")
_FIELD = re.compile(r'([A-Za-z-]{1,40})((?:;(?:"[^"]*"|[^":;])*)*):(.*)')
_PARAMETER = re.compile(r';([A-Za-z-]{1,40})=("[^"]*"|[^";]*)')
_ESCAPED = re.compile(r"\\([\\;,nN])")
_MOMENT = re.compile(r"(\d{8})(?:T(\d{6}))?(Z?)")
_UNTIL = "\u2013"
_METHODS = {"CANCEL": "Cancelled", "REPLY": "Answer", "COUNTER": "Other time proposed", "PUBLISH": "Event"}
_REPEATS = {"DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": "monthly", "YEARLY": "yearly"}

_Field = tuple[str, dict[str, str]]  # value and parameters


def calendar_text(content: str) -> str:
    """Its events one below another; empty where there is none."""
    lines = _FOLD.sub("", content[:_MAX_LENGTH]).splitlines()
    method = ""
    events: list[dict[str, _Field]] = []
    inside: list[str] = []  # components that are open, the innermost last
    for line in lines:
        found = _FIELD.match(line)
        if found is None:
            continue
        name, value = found[1].upper(), found[3]
        if name == "BEGIN":
            inside.append(value.strip().upper())
            events += [{}] if inside[-1] == "VEVENT" else []
        elif name == "END":
            del inside[-1:]
        elif name == "METHOD":
            method = value.strip().upper()
        elif events and inside[-1:] == ["VEVENT"]:
            parameters = {key.upper(): text.strip('"') for key, text in _PARAMETER.findall(found[2])}
            events[-1].setdefault(name, (_plain(value, parameters), parameters))
    return "\n\n".join(filter(None, (_event(event, method) for event in events[:_MOST_EVENTS])))


def _plain(value: str, parameters: dict[str, str]) -> str:
    if parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        value = binascii.a2b_qp(value.encode("utf-8", "replace")).decode("utf-8", "replace")
    return _ESCAPED.sub(lambda escaped: "\n" if escaped[1] in "nN" else escaped[1], value).strip()


def _event(event: dict[str, _Field], method: str) -> str:
    def said(name: str) -> str:
        return event.get(name, ("", {}))[0]

    is_cancelled = said("STATUS").upper() == "CANCELLED"
    kind = "Cancelled" if is_cancelled else _METHODS.get(method, "Invitation")
    repeats = _REPEATS.get(re.sub(r".*FREQ=(\w{1,20}).*", r"\1", said("RRULE"), flags=re.DOTALL).upper(), "")
    rows = (
        (kind, said("SUMMARY")),
        ("When", _when(event)),
        ("Repeats", repeats),
        ("Where", said("LOCATION")),
        ("Organizer", _person(event.get("ORGANIZER"))),
    )
    head = "\n".join(f"{label}: {text}" for label, text in rows if text)
    description = said("DESCRIPTION")
    return f"{head}\n\n{description}" if head and description else head or description


def _when(event: dict[str, _Field]) -> str:
    start, parameters = event.get("DTSTART", ("", {}))
    end = event.get("DTEND", ("", {}))[0]
    began, ended = _moment(start), _moment(end)
    if began is None:
        return start
    zone = "UTC" if start.endswith("Z") else parameters.get("TZID", "")
    is_day = "T" not in start
    text = _date(began) if is_day else f"{_date(began)}, {began:%H:%M}"
    if ended is not None and not is_day:
        text += (
            f" {_UNTIL} {ended:%H:%M}" if ended.date() == began.date() else f" {_UNTIL} {_date(ended)}, {ended:%H:%M}"
        )
    return f"{text} ({zone})" if zone and not is_day else text


def _moment(value: str) -> datetime | None:
    found = _MOMENT.match(value)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1] + (found[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007 (shown with its zone)
    except ValueError:
        return None


def _date(moment: datetime) -> str:
    return moment.date().isoformat()


def _person(field: _Field | None) -> str:
    if field is None:
        return ""
    value, parameters = field
    address = value[len("mailto:") :] if value.lower().startswith("mailto:") else value
    name = parameters.get("CN", "")
    return f"{name} <{address}>" if name and name != address else address
