"""What `tickmate doctor` looks at beyond the readiness of a running service: each finding names its mend."""

import asyncio
from collections.abc import Mapping
from datetime import date
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.email.transports.smtp import DEFAULT_PORTS
from config.settings import Settings
from config.slack_diagnosis import slack_checks
from core.db import schema
from core.desk import Check, Desk, PartState
from core.errors import ConfigurationError, DeskError, TryAgainLaterError
from core.jobs.queries import count_all_jobs
from core.jobs.values import JobStatus
from core.triage.prices import published_prices

CONNECT_SECONDS = 2.0
HTTPS_PORT = 443


async def diagnose(desk: Desk, settings: Settings) -> list[PartState]:
    """One state a part. The search index is opened for it, as a service beside would."""
    try:
        await desk.search.start()
    except DeskError as error:
        opened = PartState("search", ok=False, detail=str(error))
        states = [state for state in await desk.readiness(await _checks(desk, settings)) if state.part != "search"]
        return [*states, opened]
    return await desk.readiness(await _checks(desk, settings))


async def _checks(desk: Desk, settings: Settings) -> Mapping[str, Check]:
    async def schema_state() -> str:
        differing = await schema.differences(desk.surroundings.database)
        if differing:
            raise ConfigurationError(f"The tables differ from the code: {differing[0]}.", mend="tickmate db upgrade")
        return f"revision {schema.newest()}"

    async def mail_route() -> str:
        if await desk.intake.route(settings.support_address) is None:
            raise ConfigurationError(
                f"{settings.support_address} leads to no organization.", mend="tickmate organizations add-address"
            )
        return f"{settings.support_address} leads here"

    async def dead_jobs() -> str:
        dead = (await count_all_jobs(desk.surroundings.database, (JobStatus.DEAD,)))[JobStatus.DEAD]
        if dead:
            raise TryAgainLaterError(f"{dead} jobs have failed for good.", mend="tickmate jobs list --status dead")
        return "none dead"

    async def qdrant() -> str:
        return qdrant_state(settings)

    async def ai_budget() -> str:
        return budget_state(settings, desk.clock.now().date())

    return {
        "schema": schema_state,
        "mail route": mail_route,
        "mail": partial(_mail_way, settings),
        "imap": partial(_mailbox_state, desk, settings),
        "jobs": dead_jobs,
        "qdrant": qdrant,
        **await slack_checks(desk, settings),
        "ai": partial(_ai_state, settings),
        "ai budget": ai_budget,
    }


async def _mail_way(settings: Settings) -> str:
    if settings.email_transport == "smtp" and settings.smtp_relay_url is not None:
        url = urlsplit(settings.smtp_relay_url.get_secret_value())
        await _connect(url.hostname or "", url.port or DEFAULT_PORTS[url.scheme], mend="Is SMTP_RELAY_URL right?")
    if settings.email_transport == "resend":
        url = urlsplit(settings.resend_api_url)
        await _connect(url.hostname or "", url.port or HTTPS_PORT, mend="Is RESEND_API_URL right?")
    return f"sent by {settings.email_transport}"


async def _connect(host: str, port: int, *, mend: str) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        raise TryAgainLaterError(f"{host}:{port} cannot be reached.", mend=mend) from error
    writer.close()


async def _mailbox_state(desk: Desk, settings: Settings) -> str:
    if settings.imap_url is None:
        return "off: no IMAP_URL"
    from config.imap import look_at_mailbox  # noqa: PLC0415 (only with a mailbox)

    return await look_at_mailbox(settings, desk.clock)


def qdrant_state(settings: Settings) -> str:
    """Which server holds the index, and whether its key can be read on the way there."""
    if settings.qdrant_url is None:
        return "off: no QDRANT_URL"
    url = urlsplit(settings.qdrant_url)
    if settings.qdrant_api_key is None or url.scheme == "https" or _is_this_machine(url.hostname or ""):
        return url.netloc
    return f"{url.netloc}, but QDRANT_API_KEY goes there unencrypted: unless that network is yours alone, use https://"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def budget_state(settings: Settings, today: date) -> str:
    """What limits the spending.

    Raises:
        ConfigurationError: the model has no known price, so that its calls cost nothing in our books.
    """
    budget = settings.ai_monthly_budget_usd
    if budget is None or settings.openai_api_key is None:
        return "none"
    if published_prices().at(settings.triage_model, today) is None:
        raise ConfigurationError(
            f"AI_MONTHLY_BUDGET_USD is set, but the price of {settings.triage_model} is not known.",
            mend="Choose a TRIAGE_MODEL whose price is known, or unset the budget.",
        )
    return f"{budget} USD a month"


async def _ai_state(settings: Settings) -> str:
    if settings.openai_api_key is None:
        return "built in: no OPENAI_API_KEY"
    from openai import APIConnectionError, APIStatusError, AsyncOpenAI  # noqa: PLC0415 (slow to import, only with a key)

    client = AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout=CONNECT_SECONDS,
        max_retries=0,
    )
    try:
        await client.models.retrieve(settings.triage_model)
    except APIStatusError as error:
        raise ConfigurationError(
            f"OpenAI answers {error.status_code} for {settings.triage_model}.",
            mend="Check OPENAI_API_KEY and TRIAGE_MODEL.",
        ) from error
    except APIConnectionError as error:
        raise TryAgainLaterError("OpenAI cannot be reached.", mend="Check OPENAI_BASE_URL and the network.") from error
    finally:
        await client.close()
    return f"OpenAI, {settings.triage_model}"
