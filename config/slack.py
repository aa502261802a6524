"""Joining what speaks to Slack and reads its messages; who listens is `build_slack` in `config.doors`."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.slack.apis import ManyWorkspaces, OneWorkspace, SlackApis
from bot.slack.channel_readers import SlackChannelReaders
from bot.slack.delivery import SlackCourier
from bot.slack.directory import SlackDirectory
from bot.slack.files import SlackFiles
from bot.slack.interpreter import SlackInterpreter
from bot.slack.messages import SlackMessages
from bot.slack.oauth import SlackAppStore
from bot.slack.previews import SlackPreviews
from bot.slack.reactions import read_reactions
from bot.slack.screening import SlackScreening
from bot.slack.status_marks import read_status_marks
from bot.slack.threads import SlackThreads
from bot.slack.uploads import FileUploads
from bot.slack.web_api import SlackWebApi
from config.settings import Settings
from config.slack_scopes import BOT_SCOPES
from core.clock import Clock
from core.conversations.exposure import list_exposed
from core.db.unit_of_work import Reading, UnitOfWork
from core.desk import Check
from core.errors import DegradedError
from core.files.values import FileRules
from core.installations.access import WorkspaceAccess
from core.installations.queries import list_installations
from core.installations.sealing import TokenSeal
from core.people.values import Actor, system_actor
from core.storage.blobs import BlobStore


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackOutlet:
    """Slack's Web API, and what the desk uses it for; `access` and `store` where workspaces install the app."""

    api: SlackWebApi
    apis: SlackApis
    access: WorkspaceAccess | None
    store: SlackAppStore | None
    interpreter: SlackInterpreter
    courier: SlackCourier
    directory: SlackDirectory
    messages: SlackMessages
    readers: SlackChannelReaders
    threads: SlackThreads
    files: SlackFiles
    previews: SlackPreviews


def slack_screening(settings: Settings) -> SlackScreening:
    """Which messages and reactions are for this deployment."""
    return SlackScreening(settings.slack_triage_channel or "", read_reactions(settings.slack_reactions))


def build_slack_outlet(
    settings: Settings,
    *,
    clock: Clock,
    unit_of_work: Callable[[Actor], UnitOfWork],
    reading: Callable[[Actor], Reading],
    blobs: BlobStore | None = None,
) -> SlackOutlet | None:
    """Without `blobs` no files are sent. None without a bot token or a client id."""
    if settings.slack_bot_token is None and settings.slack_client_id is None:
        return None
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    api = SlackWebApi(token=token, base_url=settings.slack_api_url)
    access = None
    apis: SlackApis = OneWorkspace(api)
    if settings.slack_client_id is not None:
        access = WorkspaceAccess(
            unit_of_work=unit_of_work,
            reading=reading,
            seal=TokenSeal(settings.secret_key.get_secret_value()),
            clock=clock,
            home_token=token,
        )
        apis = ManyWorkspaces(api, access)

    def ticket_url(number: int) -> str:
        return f"{settings.app_url}/tickets/{number}"

    screening = slack_screening(settings)
    return SlackOutlet(
        api=api,
        apis=apis,
        access=access,
        store=build_app_store(settings, api),
        interpreter=SlackInterpreter(screening),
        courier=SlackCourier(
            apis,
            ticket_url=ticket_url,
            status_marks=read_status_marks(settings.slack_status_reactions),
            uploads=FileUploads(blobs, settings.slack_file_max_size) if blobs else None,
        ),
        directory=SlackDirectory(apis, clock),
        messages=SlackMessages(apis),
        readers=SlackChannelReaders(apis),
        threads=SlackThreads(apis, screening, clock),
        files=SlackFiles(apis),
        previews=SlackPreviews(apis, ticket_url=ticket_url),
    )


def build_app_store(settings: Settings, api: SlackWebApi | None = None) -> SlackAppStore | None:
    """Slack's side of installing the app, over a connection of its own unless `api` lends one.

    None without a client id.
    """
    if settings.slack_client_id is None or settings.slack_client_secret is None:
        return None
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    return SlackAppStore(
        api or SlackWebApi(token=token, base_url=settings.slack_api_url),
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        scopes=BOT_SCOPES,
        redirect_address=f"{settings.app_url}/slack/oauth_redirect",
        has_own_token=settings.slack_bot_token is not None,
    )


def slack_check(outlet: SlackOutlet | None, reading: Callable[[Actor], Reading]) -> Check:
    """For readiness: how Slack is reached, and which workspaces have taken their access back."""

    async def check() -> str:
        if outlet is None:
            return "off: no SLACK_BOT_TOKEN"
        async with reading(system_actor(0)) as read:
            exposed = await list_exposed(read)
        if exposed:
            read_by = ", ".join(f"{channel} is read by {readers}" for channel, readers in exposed)
            raise DegradedError(f"The moderators' channel {read_by}.", mend="Until then nothing is posted there.")
        if outlet.access is None:
            return "connected by token"
        async with reading(system_actor(0)) as read:
            installations = [installation for installation, _ in await list_installations(read)]
        lost = [one.name for one in installations if one.lost_at is not None]
        unrenewed = [one.name for one in installations if one.lost_at is None and one.renewal_error]
        if lost or unrenewed:
            told = [f"{', '.join(lost)} took back the access."] if lost else []
            told += [f"The token of {', '.join(unrenewed)} could not be renewed."] if unrenewed else []
            raise DegradedError(" ".join(told), mend="Have the app installed there again, at /slack/install.")
        return f"installed in {len(installations)} workspaces"

    return check


def file_rules(settings: Settings) -> FileRules:
    """Which files people may hand in."""
    endings = (ending.strip().lower().lstrip(".") for ending in settings.file_types_refused.split(","))
    return FileRules(largest=settings.slack_file_max_size, refused_endings=frozenset(filter(None, endings)))
