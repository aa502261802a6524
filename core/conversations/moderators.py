"""Where the moderators of an organization work in Slack."""

from core.db.unit_of_work import Reading
from core.installations.queries import home_organization_id, installation_of


async def moderators_channel_of(reading: Reading, organization_id: int) -> str:
    """The channel of an organization's cards, which its own admins chose; the setting is for the first organization.

    Empty for one that has no Slack workspace here.
    """
    if not reading.policy.slack_enabled:
        return ""
    installation = await installation_of(reading, organization_id)
    if installation is not None and installation.triage_channel:
        return installation.triage_channel
    is_home = organization_id == await home_organization_id(reading)
    return reading.policy.triage_channel if is_home else ""
