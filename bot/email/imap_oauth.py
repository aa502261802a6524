"""Access tokens for XOAUTH2, made from a refresh token (RFC 6749 section 6) and renewed before they end."""

import asyncio
import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from core.clock import Clock
from core.errors import ConfigurationError, TryAgainLaterError

log = structlog.get_logger(__name__)

AHEAD = timedelta(minutes=5)
ANSWER_SECONDS = 15.0
UNTOLD_LIFE = timedelta(minutes=10)  # where the provider does not say how long a token lives
_ANSWER_LENGTH = 1 << 16  # bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """What the provider gave when somebody signed in for the mailbox. Public clients have no secret."""

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(repr=False)


class KeptToken:
    """The newest refresh token, in a file of mode 0600: providers that rotate them let the first one lapse.

    It is forgotten as soon as another one is configured.
    """

    def __init__(self, path: Path, configured: str) -> None:
        self._path = path
        self._configured = configured

    def read(self) -> str:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            if kept["follows"] == self._follows():
                return str(kept["refresh_token"])
        except (OSError, ValueError, KeyError, TypeError):
            return self._configured
        return self._configured

    def write(self, refresh_token: str) -> None:
        unfinished = self._path.with_suffix(".tmp")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"follows": self._follows(), "refresh_token": refresh_token}, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)

    def _follows(self) -> str:
        return hashlib.sha256(self._configured.encode()).hexdigest()


class AccessTokens:
    """Gives a token that is valid for a while yet.

    Raises:
        ConfigurationError: by `current`, where the provider refuses: the grant was withdrawn or has lapsed.
        TryAgainLaterError: by `current`, where the provider is away and the last token has ended.
    """

    def __init__(self, grant: Grant, kept: KeptToken, clock: Clock) -> None:
        self._grant = grant
        self._kept = kept
        self._clock = clock
        self._token = ""
        self._renew_at: datetime | None = None
        self._ends_at: datetime | None = None

    async def current(self) -> str:
        now = self._clock.now()
        if self._renew_at is None or now >= self._renew_at:
            try:
                await self._renew()
            except TryAgainLaterError:
                if self._ends_at is None or now >= self._ends_at:
                    raise
        return self._token

    def forget(self) -> None:
        """The mail server did not accept it: the next one is made anew."""
        self._renew_at = self._ends_at = None

    async def _renew(self) -> None:
        refresh_token = await asyncio.to_thread(self._kept.read)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self._grant.client_id,
            **({"client_secret": self._grant.client_secret} if self._grant.client_secret else {}),
        }
        status, answer = await self._ask(form)
        token = answer.get("access_token")
        if status != 200 or not isinstance(token, str) or not token:  # noqa: PLR2004 (HTTP's own number)
            raise self._refusal(status, answer)
        life = _life(answer.get("expires_in"))
        now = self._clock.now()
        self._token, self._ends_at = token, now + life
        self._renew_at = now + max(life - AHEAD, life / 2)
        rotated = answer.get("refresh_token")
        if isinstance(rotated, str) and rotated and rotated != refresh_token:
            await asyncio.to_thread(self._kept.write, rotated)
        log.info("imap.token_renewed", seconds=round(life.total_seconds()))

    async def _ask(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit, trust_env=True) as session,
                session.post(self._grant.token_url, data=form, allow_redirects=False) as response,
            ):
                body = await response.content.read(_ANSWER_LENGTH)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryAgainLaterError(f"The OAuth provider cannot be reached ({type(error).__name__}).") from error
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        return response.status, answer if isinstance(answer, dict) else {}

    def _refusal(self, status: int, answer: dict[str, Any]) -> ConfigurationError | TryAgainLaterError:
        why = str(answer.get("error") or f"HTTP {status}")[:100]
        if status >= 500 or status in {408, 429} or why in {"temporarily_unavailable", "server_error"}:  # noqa: PLR2004 (HTTP's own numbers)
            return TryAgainLaterError(f"The OAuth provider is not well ({why}).")
        self.forget()
        return ConfigurationError(
            f"The OAuth provider refuses to renew the sign-in of the mailbox ({why}).",
            mend="Sign in anew and set IMAP_OAUTH_REFRESH_TOKEN.",
        )


def _life(expires_in: object) -> timedelta:
    try:
        return timedelta(seconds=max(1, min(int(str(expires_in)), 86_400)))
    except ValueError:
        return UNTOLD_LIFE
