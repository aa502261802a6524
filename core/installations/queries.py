"""Reading installations."""

from collections.abc import Sequence

from sqlalchemy import func, select

from core.db.unit_of_work import Reading
from core.installations.models import Installation
from core.people.models import Organization, SlackWorkspace


async def find_workspace(reading: Reading, workspace_id: str) -> SlackWorkspace | None:
    """A workspace by its id in Slack, if it belongs to an organization here."""
    row: SlackWorkspace | None = await reading.session.scalar(
        select(SlackWorkspace).where(SlackWorkspace.team_id == workspace_id)
    )
    return row


async def installation_of(reading: Reading, organization_id: int) -> Installation | None:
    """The installation of an organization's workspace, if it has one."""
    row: Installation | None = await reading.session.scalar(
        select(Installation).where(Installation.organization_id == organization_id).order_by(Installation.id).limit(1)
    )
    return row


async def list_installations(reading: Reading) -> Sequence[tuple[Installation, Organization]]:
    """Every workspace of this deployment, with the organization that it belongs to."""
    rows = await reading.session.execute(
        select(Installation, Organization)
        .join(Organization, Organization.id == Installation.organization_id)
        .order_by(Installation.id)
    )
    return [(installation, organization) for installation, organization in rows]


async def installations_seen(reading: Reading) -> Sequence[tuple[Installation, Organization]]:
    """Those that the actor's organization may know of: its own; all of them to the one that runs the deployment."""
    everything = await list_installations(reading)
    if reading.actor.organization_id == await home_organization_id(reading):
        return everything
    return [pair for pair in everything if pair[0].organization_id == reading.actor.organization_id]


async def home_organization_id(reading: Reading) -> int:
    """The organization of whoever runs this deployment: SLACK_TRIAGE_CHANNEL and SLACK_BOT_TOKEN are its own."""
    return (await reading.session.scalars(select(func.min(Organization.id)))).one()
