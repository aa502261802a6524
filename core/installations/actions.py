"""Installing the app in workspaces, and what becomes of it: begin, finish, lose, renew."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from core.conversations.alerts import tell_admins
from core.conversations.holding import release_held
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, ForbiddenError, InvalidInputError
from core.installations.models import Installation, InstallState
from core.installations.queries import find_workspace
from core.installations.sealing import TokenSeal
from core.installations.values import Granted, Loss, Tokens, Wish
from core.people.identities import find_or_create_person
from core.people.models import Organization, SlackWorkspace
from core.people.organizations import NAME_LENGTH, create_organization
from core.people.values import IdentityKind, Permission, Role, Sender, system_actor

STATE_LIFETIME = timedelta(minutes=10)
CHANNEL_LENGTH = 64


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def begin_install(uow: UnitOfWork, wish: Wish, *, browser: str) -> str:
    """Start an installation in a browser that knows the secret `browser`; the answer is its state."""
    now = uow.clock.now()
    await uow.session.execute(delete(InstallState).where(InstallState.expires_at < now))
    state = secrets.token_urlsafe(32)
    uow.session.add(
        InstallState(
            state_hash=_hash(state),
            browser_hash=_hash(browser),
            organization_id=wish.organization_id,
            begun_by=wish.begun_by[:NAME_LENGTH],
            expires_at=now + STATE_LIFETIME,
        )
    )
    return state


async def redeem_state(uow: UnitOfWork, state: str, browser: str) -> Wish:
    """Use up a state; the answer is what it was begun for.

    Raises:
        InvalidInputError: unknown, used, expired, or begun in another browser.
    """
    row = await uow.session.get(InstallState, _hash(state), with_for_update=True)
    is_ours = row is not None and secrets.compare_digest(row.browser_hash, _hash(browser))
    if row is None or not is_ours or row.expires_at <= uow.clock.now():
        raise InvalidInputError(
            "This installation was begun in another browser, is finished already, or was begun too long ago."
        )
    await uow.session.delete(row)
    return Wish(organization_id=row.organization_id, begun_by=row.begun_by)


async def install(
    uow: UnitOfWork, granted: Granted, *, seal: TokenSeal, wish: Wish, home_workspace: str = ""
) -> Installation:
    """Keep what a workspace granted. One that was here before stays with its organization, for everybody in it.

    A new one goes to the organization that was wished for, or gets one whose admin is whoever installed it.
    `home_workspace` is that of the deployment's own token, which belongs to the organization of this unit of work.

    Raises:
        ConflictError: the organization has another workspace already.
    """
    into = wish.organization_id
    workspace = await find_workspace(uow, granted.workspace_id)
    if workspace is None and granted.workspace_id == home_workspace:
        into = uow.actor.organization_id
    elif home_workspace and await find_workspace(uow, home_workspace) is None:
        await _add_workspace(uow, uow.actor.organization_id, home_workspace)
    if workspace is None:
        workspace = await _place(uow, granted, into)
    found = select(Installation).where(Installation.workspace_id == workspace.id).with_for_update(of=Installation)
    installation: Installation | None = await uow.session.scalar(found)
    action = "installation.renewed_by_person" if installation else "installation.added"
    if installation is None:
        installation = Installation(organization_id=workspace.organization_id, workspace_id=workspace.id, generation=0)
        uow.session.add(installation)
    _keep(installation, granted, seal, uow.clock.now())
    await uow.session.flush()
    uow.audit.record(action, installation, after=_shown(installation, granted, wish))
    await release_held(uow, installation.organization_id, again=f"{installation.id}:{installation.generation}")
    return installation


def _keep(installation: Installation, granted: Granted, seal: TokenSeal, now: datetime) -> None:
    installation.name = granted.workspace_name[:NAME_LENGTH]
    installation.enterprise_id = granted.enterprise_id
    installation.is_enterprise = granted.is_enterprise
    installation.app_id, installation.bot_user_id = granted.app_id, granted.bot_user_id
    installation.installed_by = granted.installed_by
    installation.scopes = list(granted.scopes)
    installation.installed_at = now
    installation.lost_at = installation.loss = None
    keep_tokens(installation, granted.tokens, seal, now)


def keep_tokens(installation: Installation, tokens: Tokens, seal: TokenSeal, now: datetime) -> None:
    """Put new tokens in the place of the old ones."""
    installation.token = seal.close(tokens.token)
    installation.renewal = seal.close(tokens.renewal)
    installation.expires_at = now + tokens.lifetime if tokens.lifetime else None
    installation.generation += 1
    installation.renewing_until = None
    installation.renewal_error = ""


def _shown(installation: Installation, granted: Granted, wish: Wish) -> dict[str, object]:
    return {
        "workspace": granted.workspace_id,
        "name": installation.name,
        "enterprise": granted.enterprise_id,
        "installed_by": granted.installed_by,
        "begun_by": wish.begun_by,
        "scopes": sorted(granted.scopes),
    }


async def _place(uow: UnitOfWork, granted: Granted, into: int | None) -> SlackWorkspace:
    if into is None:
        organization = await create_organization(uow, await _unused_name(uow, granted))
        workspace = await _add_workspace(uow, organization.id, granted.workspace_id)
        await _appoint(uow, organization, granted)
        return workspace
    taken = await uow.session.scalar(select(SlackWorkspace.team_id).where(SlackWorkspace.organization_id == into))
    if taken is not None:
        raise ConflictError(
            f"This organization has the Slack workspace {taken} already.",
            mend="A second workspace gets an organization of its own.",
        )
    return await _add_workspace(uow, into, granted.workspace_id)


async def _unused_name(uow: UnitOfWork, granted: Granted) -> str:
    name = " ".join(granted.workspace_name.split())[: NAME_LENGTH - 80] or granted.workspace_id
    taken = await uow.session.scalar(select(Organization.id).where(Organization.name == name))
    return f"{name} ({granted.workspace_id})" if taken else name


async def _add_workspace(uow: UnitOfWork, organization_id: int, workspace_id: str) -> SlackWorkspace:
    workspace = SlackWorkspace(organization_id=organization_id, team_id=workspace_id)
    uow.session.add(workspace)
    await uow.session.flush()
    after = {"workspace": workspace_id, "organization": organization_id}
    uow.audit.record("slack_workspace.added", workspace, after=after)
    return workspace


async def _appoint(uow: UnitOfWork, organization: Organization, granted: Granted) -> None:
    """Whoever installed the app for an organization of their own is its first admin."""
    uow.act_as(system_actor(organization.id))
    if not granted.installed_by:
        return
    external_id = f"{granted.workspace_id}:{granted.installed_by}"
    person = await find_or_create_person(uow, Sender(kind=IdentityKind.SLACK, external_id=external_id, verified=True))
    person.role = Role.ADMIN
    uow.audit.record("user.role_changed", person, before={"role": Role.USER}, after={"role": Role.ADMIN})


async def lose(
    uow: UnitOfWork,
    workspace_id: str,
    loss: Loss,
    *,
    since: datetime | None = None,
    generation: int | None = None,
) -> Installation | None:
    """Note that a workspace has taken its access back; None where there is none to lose, or it was lost before.

    What is said of an earlier installation does not count: neither of before `since`, nor of another `generation`.
    """
    found = (
        select(Installation)
        .join(SlackWorkspace, SlackWorkspace.id == Installation.workspace_id)
        .where(SlackWorkspace.team_id == workspace_id)
        .with_for_update(of=Installation)
    )
    installation: Installation | None = await uow.session.scalar(found)
    if installation is None or installation.lost_at is not None:
        return None
    is_of_before = since is not None and since < installation.installed_at.replace(microsecond=0)
    if is_of_before or generation not in {None, installation.generation}:
        return None
    installation.lost_at = uow.clock.now()
    installation.loss = loss
    uow.audit.record("installation.lost", installation, after={"workspace": workspace_id, "loss": loss})
    await _tell_lost(uow, installation)
    return installation


async def _tell_lost(uow: UnitOfWork, installation: Installation) -> None:
    text = (
        f"Slack took back the access to {installation.name}. What should go there waits, and goes out when the app is "
        f"installed again: {uow.policy.app_url}/slack/install"
    )
    key = f"workspace-lost:{installation.id}:{installation.generation}"
    await tell_admins(uow, key=key, title="A Slack workspace is gone", text=text)


async def set_triage_channel(uow: UnitOfWork, installation: Installation, channel: str) -> None:
    """Choose where the moderators of this workspace see their cards.

    Raises:
        ForbiddenError: somebody who is no admin asks.
        InvalidInputError: no channel id.
    """
    if not uow.actor.may(Permission.MANAGE_PEOPLE):
        raise ForbiddenError("Only admins choose the moderators' channel.")
    if not channel or len(channel) > CHANNEL_LENGTH:
        raise InvalidInputError("This is no channel.", field="channel")
    before = installation.triage_channel
    installation.triage_channel = channel
    uow.audit.record("installation.channel_set", installation, before={"channel": before}, after={"channel": channel})
