"""Asking Slack who reads in the moderators' channel."""

from bot.slack.apis import SlackApis
from bot.slack.readers import more_readers_than_members
from core.conversations.values import OtherReaders


class SlackChannelReaders:
    """Implements `core.conversations.ports.ChannelReaders` for Slack."""

    def __init__(self, apis: SlackApis) -> None:
        self._apis = apis

    async def others_in(self, organization_id: int, channel: str) -> OtherReaders | None:
        """Who else may read there; None where nobody does.

        Raises:
            DeliveryRefusedError: there is no access, or the app is not in that channel.
            TryAgainLaterError: rate limit, fault or silence of Slack.
        """
        api = await self._apis.of_organization(organization_id)
        about = (await api.call("conversations.info", channel=channel)).get("channel") or {}
        if (others := more_readers_than_members(about)) is None:
            return None
        answer = await api.call("auth.test")  # the workspaces of an enterprise that has the app in all of them are none
        is_whole = answer.get("is_enterprise_install") is True
        enterprise_id = str(answer.get("enterprise_id") or "") if is_whole else ""
        return more_readers_than_members(about, enterprise_id=enterprise_id) if enterprise_id else others
