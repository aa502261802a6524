"""Where the moderators of an organization work in Slack."""

from sqlalchemy import bindparam, func, select

from core.db.unit_of_work import Reading
from core.installations.models import Installation
from core.people.models import Organization

# Asked for every ticket that is filed, and put together once.
_OWN = select(Installation.triage_channel).where(Installation.organization_id == bindparam("organization_id"))
_CHOSEN_AND_HOME = select(
    _OWN.order_by(Installation.id).limit(1).scalar_subquery(), select(func.min(Organization.id)).scalar_subquery()
)


async def moderators_channel_of(reading: Reading, organization_id: int) -> str:
    """The channel of an organization's cards, which its own admins chose; the setting is for the first organization.

    Empty for one that has no Slack workspace here.
    """
    if not reading.policy.slack_enabled:
        return ""
    found = await reading.session.execute(_CHOSEN_AND_HOME, {"organization_id": organization_id})
    chosen, home_id = found.one()
    return chosen or (reading.policy.triage_channel if organization_id == home_id else "")
