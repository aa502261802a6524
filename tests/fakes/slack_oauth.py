"""Slack's side of installing an app: codes become tokens once, renewal tokens too, and old ones are refused.

Source: https://docs.slack.dev/reference/methods/oauth.v2.access and
https://docs.slack.dev/authentication/using-token-rotation
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

from aiohttp import encode_basic_auth

Json = dict[str, Any]

CLIENT_ID = "123.456"
CLIENT_SECRET = "client-secret-of-these-tests"
SCOPES = "chat:write,commands"


@dataclass(slots=True)
class SlackOAuth:
    """`rotates`: tokens expire. `revoked` tokens are refused, and so is every token of no installation."""

    rotates: bool = False
    codes: dict[str, Json] = field(default_factory=dict)
    valid: set[str] = field(default_factory=set)
    expired: set[str] = field(default_factory=set)
    renewals: set[str] = field(default_factory=set)
    redirect_addresses: list[str] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def consent(self, team_id: str, *, installer: str = "U0INSTALLER", name: str = "", enterprise: bool = False) -> str:
        """Somebody agrees; the code that the browser takes along."""
        code = f"code-{next(self._numbers)}"
        whole = {"id": team_id, "name": name or team_id}
        self.codes[code] = {
            "ok": True,
            "app_id": "A0EXAMPLE",
            "authed_user": {"id": installer},
            "scope": SCOPES,
            "token_type": "bot",
            "bot_user_id": "U0BOT",
            "team": None if enterprise else whole,
            "enterprise": whole if enterprise else None,
            "is_enterprise_install": enterprise,
        }
        return code

    def revoke_all(self) -> None:
        self.valid.clear()

    def access(self, arguments: Json, authorization: str) -> Json:
        if authorization != encode_basic_auth(CLIENT_ID, CLIENT_SECRET):
            return {"ok": False, "error": "bad_client_secret"}
        if arguments.get("grant_type") == "refresh_token":
            renewal = str(arguments.get("refresh_token"))
            if renewal not in self.renewals:
                return {"ok": False, "error": "invalid_refresh_token"}
            self.renewals.discard(renewal)
            return {"ok": True, **self._fresh()}
        self.redirect_addresses.append(str(arguments.get("redirect_uri")))
        granted = self.codes.pop(str(arguments.get("code")), None)
        return {**granted, **self._fresh()} if granted else {"ok": False, "error": "invalid_code"}

    def refusal_of(self, token: str) -> str:
        if token in self.expired:
            return "token_expired"
        return "" if token in self.valid else "token_revoked"

    def _fresh(self) -> Json:
        token = f"xoxb-{next(self._numbers)}"
        self.valid.add(token)
        if not self.rotates:
            return {"access_token": token}
        renewal = f"xoxe-1-{next(self._numbers)}"
        self.renewals.add(renewal)
        return {"access_token": token, "refresh_token": renewal, "expires_in": 43200}
