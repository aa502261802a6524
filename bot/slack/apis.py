"""Slack's Web API with the right token: that of the workspace that asks, or of the organization that is spoken to."""

from dataclasses import dataclass
from typing import Any, Protocol

from bot.slack.web_api import ACCESS_LOST, TOKEN_EXPIRED, Json, SlackRefusedError, SlackWebApi
from core.errors import TryAgainLaterError
from core.installations.access import WorkspaceAccess
from core.installations.values import Access


class SlackApis(Protocol):
    """Chooses the Web API to call.

    Raises:
        DeliveryRefusedError: there is no access to this workspace; AccessLostError where there was.
    """

    async def of_workspace(self, workspace_id: str) -> SlackWebApi: ...

    async def of_organization(self, organization_id: int) -> SlackWebApi: ...

    def forget(self) -> None:
        """Something about a workspace has changed."""
        ...


@dataclass(frozen=True, slots=True)
class OneWorkspace:
    """A deployment with a token of its own: the same for everybody."""

    api: SlackWebApi

    async def of_workspace(self, workspace_id: str) -> SlackWebApi:
        del workspace_id
        return self.api

    async def of_organization(self, organization_id: int) -> SlackWebApi:
        del organization_id
        return self.api

    def forget(self) -> None:
        """There is nothing remembered."""


@dataclass(frozen=True, slots=True)
class ManyWorkspaces:
    """A token for each workspace; `api` holds the connection that all of them share."""

    api: SlackWebApi
    access: WorkspaceAccess

    async def of_workspace(self, workspace_id: str) -> SlackWebApi:
        return self._as(await self.access.of_workspace(workspace_id))

    async def of_organization(self, organization_id: int) -> SlackWebApi:
        return self._as(await self.access.of_organization(organization_id))

    def forget(self) -> None:
        self.access.forget()

    def _as(self, access: Access) -> SlackWebApi:
        return WatchedApi(self.api, access, self.access)


class WatchedApi(SlackWebApi):
    """One workspace's Web API, which notices when Slack stops taking the token."""

    def __init__(self, shared: SlackWebApi, access: Access, book: WorkspaceAccess) -> None:
        super().__init__(token=access.token, base_url=shared.base_url, connection=shared.connection)
        self._access = access
        self._book = book

    async def call(self, method: str, *, seconds: float | None = None, **arguments: Any) -> Json:
        """As `SlackWebApi.call`.

        Raises:
            AccessLostError: the workspace has taken the access back; from now on nothing is sent there.
        """
        try:
            return await super().call(method, seconds=seconds, **arguments)
        except SlackRefusedError as refused:
            if refused.code not in ACCESS_LOST or self._access.installation_id is None:
                raise
            if refused.code == TOKEN_EXPIRED:  # no loss while it may still be renewed
                self._book.forget()
                raise TryAgainLaterError("Slack's token is about to be renewed.", retry_after=30.0) from refused
            lost = await self._book.refused(self._access, refused.code)
            raise lost or TryAgainLaterError("The app was just installed again.", retry_after=1.0) from refused
