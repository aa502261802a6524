"""Where the moderators of an organization work in Slack."""

from sqlalchemy import func, select

from core.db.unit_of_work import Reading
from core.installations.models import Installation
from core.people.models import Organization


async def moderators_channel_of(reading: Reading, organization_id: int) -> str:
    """The channel of an organization's cards, which its own admins chose; the setting is for the first organization.

    Empty for one that has no Slack workspace here.
    """
    if not reading.policy.slack_enabled:
        return ""
    own = select(Installation.triage_channel).where(Installation.organization_id == organization_id)
    first_own = own.order_by(Installation.id).limit(1).scalar_subquery()
    home = select(func.min(Organization.id)).scalar_subquery()
    chosen, home_id = (await reading.session.execute(select(first_own, home))).one()
    return chosen or (reading.policy.triage_channel if organization_id == home_id else "")
