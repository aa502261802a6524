"""Installing the app in a workspace, and renewing its token.

Source: https://docs.slack.dev/authentication/installing-with-oauth, https://docs.slack.dev/authentication/using-token-rotation
and https://docs.slack.dev/reference/methods/oauth.v2.access.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog

from bot.slack.web_api import SlackRefusedError, SlackWebApi
from core.errors import InvalidInputError, TryAgainLaterError
from core.installations.values import Granted, Tokens

log = structlog.get_logger(__name__)


class SlackAppStore:
    """Implements `core.installations.ports.AppStore` for Slack."""

    def __init__(
        self,
        api: SlackWebApi,
        *,
        client_id: str,
        client_secret: str,
        scopes: Sequence[str],
        redirect_address: str,
        has_own_token: bool = False,
    ) -> None:
        self._api = api
        self._app = api.as_app(client_id, client_secret)
        self._client_id = client_id
        self._scopes = scopes
        self._redirect_address = redirect_address
        self._has_own_token = has_own_token

    def consent_address(self, state: str) -> str:
        asked = {
            "client_id": self._client_id,
            "scope": ",".join(self._scopes),
            "redirect_uri": self._redirect_address,
            "state": state,
        }
        slack = urlsplit(self._api.base_url)
        return f"{slack.scheme}://{slack.netloc}/oauth/v2/authorize?{urlencode(asked)}"

    async def exchange(self, code: str) -> Granted:
        try:
            answer = await self._app.call("oauth.v2.access", code=code, redirect_uri=self._redirect_address)
        except SlackRefusedError as refused:
            raise InvalidInputError(f"Slack did not confirm the installation ({refused.code}).") from refused
        return _granted(answer)

    async def renew(self, renewal: str) -> Tokens:
        try:
            answer = await self._app.call("oauth.v2.access", grant_type="refresh_token", refresh_token=renewal)
        except SlackRefusedError as refused:
            raise InvalidInputError(f"Slack did not renew the token ({refused.code}).") from refused
        return _tokens(answer)

    async def close(self) -> None:
        await self._api.close()

    async def own_workspace(self) -> str:
        if not self._has_own_token:
            return ""
        try:
            answer, _ = await self._api.identity()
        except SlackRefusedError as refused:
            log.warning("slack.own_token_refused", code=refused.code)
            return ""
        return str(answer.get("team_id") or "")


def _granted(answer: Mapping[str, Any]) -> Granted:
    team, enterprise = _named(answer.get("team")), _named(answer.get("enterprise"))
    is_enterprise = answer.get("is_enterprise_install") is True
    workspace_id, name = enterprise if is_enterprise else team
    if not workspace_id:
        raise TryAgainLaterError("Slack did not say where the app was installed.", mend="Please install it again.")
    installer = answer.get("authed_user")
    return Granted(
        workspace_id=workspace_id,
        workspace_name=name or workspace_id,
        enterprise_id=enterprise[0],
        is_enterprise=is_enterprise,
        app_id=str(answer.get("app_id") or ""),
        bot_user_id=str(answer.get("bot_user_id") or ""),
        scopes=tuple(scope for scope in str(answer.get("scope") or "").split(",") if scope),
        installed_by=str(installer.get("id") or "") if isinstance(installer, Mapping) else "",
        tokens=_tokens(answer),
    )


def _named(value: object) -> tuple[str, str]:
    if not isinstance(value, Mapping):
        return "", ""
    return str(value.get("id") or ""), str(value.get("name") or "")


def _tokens(answer: Mapping[str, Any]) -> Tokens:
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token:
        raise TryAgainLaterError("Slack gave no token.", mend="Please install the app again.")
    return Tokens(
        token=token,
        renewal=str(answer.get("refresh_token") or ""),
        lifetime=timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None,
    )
