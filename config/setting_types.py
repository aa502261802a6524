"""The kinds of value a setting can have, each refusing a wrong one with what to write instead."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bot.slack.reactions import read_reactions
from bot.slack.status_marks import read_status_marks
from core.errors import InvalidInputError
from core.tickets.values import Priority

KEY_BYTES = 32
DATABASE_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}

_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s?)?", re.IGNORECASE)
_TIME = re.compile(r"([0-9]{1,4})(m|h|d)")
_TIME_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}
_TIMES_MEND = "write a time for each priority like high=1h, medium=4h, low=2d (m, h or d), or none"
KEY_MEND = "for example from: openssl rand -hex 32"


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.strip()
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError("write a duration like 1h, 30m or 3600")
    hours, minutes, seconds = (int(number or 0) for number in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write a full address that begins with http:// or https://")
    return value.rstrip("/")


def url_of(*schemes: str) -> AfterValidator:
    """Accepts addresses of these schemes only. They may carry a password, so the type to annotate is SecretStr."""

    def check(value: SecretStr) -> SecretStr:
        if urlsplit(value.get_secret_value()).scheme not in schemes:
            raise ValueError(f"write an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return value

    return AfterValidator(check)


def _rate_limit_storage(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if text != "memory" and urlsplit(text).scheme not in {"redis", "rediss"}:
        raise ValueError("write memory or redis://HOST:PORT")
    return value


def _signing_key(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if len(text.encode()) < KEY_BYTES:
        raise ValueError(f"too short, set at least {KEY_BYTES} bytes, {KEY_MEND}")
    if re.search(r"change.?me", text, re.IGNORECASE):
        raise ValueError(f"still the placeholder, set a key of your own, {KEY_MEND}")
    return value


def _mail_address(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if not (local and domain) or re.search(r"[\s<>,@]", local + domain):
        raise ValueError("write one plain mail address, like support@example.org")
    return value


def _support_address(value: str) -> str:
    if "+" in value.rpartition("@")[0]:
        raise ValueError("the part before @ must hold no +, which begins the signed part of reply addresses")
    return value


def networks_in(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks of a list apart by commas; an address alone is a network of one.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ip_network(name.strip(), strict=False) for name in value.split(",") if name.strip())


def _networks(value: str) -> str:
    try:
        networks_in(value)
    except ValueError as error:
        raise ValueError("write addresses or networks apart by commas, like 10.0.0.5, 172.16.0.0/12") from error
    return value


def times_in(value: str, *, day: timedelta = timedelta(days=1)) -> dict[Priority, timedelta]:
    """The times of a list like `high=1h, low=2d`, where `d` is a `day`; empty for `none`.

    Raises:
        ValueError: no such list.
    """
    times: dict[Priority, timedelta] = {}
    for part in value.split(",") if value.strip().lower() != "none" else ():
        name, _, length = part.partition("=")
        match = _TIME.fullmatch(length.strip().lower())
        if match is None or int(match.group(1)) == 0:
            raise ValueError(_TIMES_MEND)
        unit = _TIME_UNITS.get(match.group(2), day)
        times[Priority(name.strip().lower())] = int(match.group(1)) * unit
    return times


def _times(value: str) -> str:
    try:
        times_in(value)
    except ValueError as error:
        raise ValueError(_TIMES_MEND) from error
    return value


def _imap_after(value: str) -> str:
    if not re.fullmatch(r"seen|delete|move:.*\S.*", value.strip(), re.IGNORECASE):
        raise ValueError("write seen, delete or move:FOLDER")
    return value.strip()


def _slack_reactions(value: str) -> str:
    try:
        read_reactions(value)
    except InvalidInputError as error:
        raise ValueError(str(error)) from error
    return value


def _slack_status_reactions(value: str) -> str:
    try:
        read_status_marks(value)
    except InvalidInputError as error:
        raise ValueError(str(error)) from error
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


AnyCase = BeforeValidator(_lower)
Directory = Annotated[Path, AfterValidator(Path.expanduser)]
File = Annotated[Path, AfterValidator(Path.expanduser)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
ImapAfter = Annotated[str, AfterValidator(_imap_after)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
SupportAddress = Annotated[MailAddress, AfterValidator(_support_address)]
Networks = Annotated[str, AfterValidator(_networks)]
Port = Annotated[int, Field(ge=0, le=65535)]
RateLimitStorage = Annotated[SecretStr, AfterValidator(_rate_limit_storage)]
SlackReactions = Annotated[str, AfterValidator(_slack_reactions)]
SlackStatusReactions = Annotated[str, AfterValidator(_slack_status_reactions)]
Times = Annotated[str, AfterValidator(_times)]
SigningKey = Annotated[SecretStr, AfterValidator(_signing_key)]
