"""The service: every part started in order, and stopped so that nothing under way is lost."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from bot.email.smtp import SmtpDoor
from config.bootstrap import build_desk
from config.doors import build_installing, build_lmtp, build_slack, build_smtp, web_options
from config.settings import Settings
from core.desk import Check, Desk
from core.errors import ConfigurationError, DeskError, TryAgainLaterError
from core.jobs.schedules import Scheduler
from core.jobs.worker import Worker
from core.triage.values import TriageRequest
from webhooks.routing import Route

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

log = structlog.get_logger(__name__)

STOPPING_SECONDS = 6.5  # of the 10 that SIGTERM allows; the rest is for giving back and closing


class Part(StrEnum):
    """What can be started alone, so that replicas may share the work."""

    WEB = "web"
    SMTP = "smtp"
    IMAP = "imap"
    SLACK = "slack"
    WORKER = "worker"
    SCHEDULER = "scheduler"


ALL_PARTS = frozenset(Part)


@dataclass(slots=True)
class Deadline:
    """How long the parts that stop one after the other have together. It counts from the first question."""

    seconds: float
    _ends_at: float | None = None

    def left(self) -> float:
        """Seconds, never negative."""
        now = time.monotonic()
        if self._ends_at is None:
            self._ends_at = now + self.seconds
        return max(0.0, self._ends_at - now)


@dataclass(slots=True)
class Running:
    """The parts that run, as `readyz` and the start-up message tell of them."""

    desk: Desk
    lines: list[str] = field(default_factory=list)
    checks: dict[str, Check] = field(default_factory=dict)
    stopping: Deadline = field(default_factory=lambda: Deadline(STOPPING_SECONDS))

    def tell(self, name: str, where: str, is_alive: Callable[[], bool]) -> None:
        """Note where a part is to be found, and how to see that it lives."""
        self.lines.append(f"{name:<10}{where}")

        async def check() -> str:
            if not is_alive():
                raise TryAgainLaterError(f"The {name} has stopped.", mend="Restart the service.")
            return where

        self.checks[name] = check


@asynccontextmanager
async def running(settings: Settings, parts: frozenset[Part] = ALL_PARTS) -> AsyncIterator[Running]:
    """The service while inside. On leaving, doors close first, then work under way ends or goes back to the queue.

    Raises:
        ConfigurationError: a port is taken, or settings contradict each other.
        TryAgainLaterError: the database or the index cannot be reached.
    """
    async with AsyncExitStack() as stack:
        desk = await build_desk(settings)
        stack.push_async_callback(desk.close)
        await desk.search.start()
        service = Running(desk)
        if Part.WORKER in parts:
            await _start_worker(service, stack)
            _warm_up(service, stack, settings)
        if Part.SCHEDULER in parts:
            await _start_scheduler(service, stack)
        if Part.SMTP in parts and settings.smtp_port:
            await _start_smtp(service, stack, build_smtp(desk, settings), settings)
        if Part.SMTP in parts and settings.lmtp_port:
            await _start_smtp(service, stack, build_lmtp(desk, settings), settings)
        _start_imap(service, stack, settings, parts)
        slack = build_slack(desk, settings) if parts & {Part.SLACK, Part.WEB} else None
        if Part.SLACK in parts and slack is not None and settings.slack_app_token is not None:
            await _start_socket_mode(service, stack, settings, slack)
        if Part.WEB in parts:
            await _start_web(service, stack, settings, slack)
        stack.callback(service.stopping.left)
        yield service


async def _start_worker(service: Running, stack: AsyncExitStack) -> None:
    desk = service.desk
    worker = Worker(desk.surroundings.database, desk.runs, clock=desk.clock, arriving=desk.intake.arriving)
    desk.wake.listen(worker.wake)
    task = asyncio.create_task(worker.run(), name="worker")

    async def stop() -> None:
        await worker.stop(grace=service.stopping.left())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(task, timeout=2.0)

    stack.push_async_callback(stop)
    service.tell(Part.WORKER.value, "runs jobs", lambda: worker.is_alive and not task.done())


def _warm_up(service: Running, stack: AsyncExitStack, settings: Settings) -> None:
    """Load what the local engines need behind the scenes, so that the first ticket is answered as fast as the next."""
    if settings.openai_api_key is not None:
        return
    desk = service.desk

    async def try_once() -> None:
        try:
            await desk.triage.suggest(TriageRequest(title="first question", description=""))
            await desk.search.ask(organization_id=0, title="first question", description="")
        except DeskError as error:
            log.warning("service.not_warm", reason=str(error))

    task = asyncio.create_task(try_once(), name="warm-up")

    async def stop() -> None:
        task.cancel()
        await asyncio.wait([task])

    stack.push_async_callback(stop)


async def _start_scheduler(service: Running, stack: AsyncExitStack) -> None:
    desk = service.desk
    scheduler = Scheduler(desk.surroundings.database, desk.clock, committed=desk.wake.ring)
    await scheduler.start()
    stack.callback(scheduler.stop)
    service.tell(Part.SCHEDULER.value, "fires schedules", lambda: scheduler.is_alive)


async def _start_smtp(service: Running, stack: AsyncExitStack, door: SmtpDoor, settings: Settings) -> None:
    await door.start()

    async def stop() -> None:
        await door.stop(grace=service.stopping.left())

    stack.push_async_callback(stop)
    service.tell(door.protocol, f"{door.address} for {settings.support_address}", lambda: door.is_serving)


def _start_imap(service: Running, stack: AsyncExitStack, settings: Settings, parts: frozenset[Part]) -> None:
    """Every process tells how the mailbox stands; those that have this part take turns at reading it."""
    if settings.imap_url is None:
        return
    from config.imap import build_imap  # noqa: PLC0415 (only with a mailbox)

    door = build_imap(service.desk, settings)
    service.checks[Part.IMAP.value] = door.check
    if Part.IMAP not in parts:
        return
    door.start()

    async def stop() -> None:
        await door.stop(grace=service.stopping.left())

    stack.push_async_callback(stop)
    service.lines.append(f"{Part.IMAP.value:<10}{door.name}")


async def _start_socket_mode(service: Running, stack: AsyncExitStack, settings: Settings, app: "AsyncApp") -> None:
    from bot.slack.socket_mode import SocketMode  # noqa: PLC0415 (only with an app token)

    assert settings.slack_app_token is not None  # noqa: S101 (the caller's condition)
    socket = SocketMode(app, app_token=settings.slack_app_token.get_secret_value(), base_url=settings.slack_api_url)
    await socket.start()
    stack.push_async_callback(socket.stop)
    service.lines.append(f"{Part.SLACK.value:<10}Socket Mode")
    service.checks[Part.SLACK.value] = socket.check


async def _start_web(service: Running, stack: AsyncExitStack, settings: Settings, slack: "AsyncApp | None") -> None:
    from webhooks.app import build_web  # noqa: PLC0415 (a worker alone needs no web)
    from webhooks.shut_doors import shut_installing, shut_slack_events  # noqa: PLC0415 (as build_web)

    if slack is not None and settings.slack_signing_secret is not None:
        from webhooks.slack import slack_routes  # noqa: PLC0415 (only with a bot token)

        routes: tuple[Route, ...] = slack_routes(slack)
        service.lines.append(f"{Part.SLACK.value:<10}{settings.app_url}/slack/events")
    else:
        routes = (shut_slack_events(),)
    installing = build_installing(settings)
    if installing is not None:
        from webhooks.slack_install import install_routes  # noqa: PLC0415 (only where workspaces install the app)

        routes += install_routes(installing)
        stack.push_async_callback(installing.store.close)
        service.lines.append(f"{'install':<10}{settings.app_url}/slack/install")
    else:
        routes += (shut_installing(),)
    app = build_web(service.desk, web_options(settings), checks=service.checks, more_routes=routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, settings.http_host, settings.http_port).start()
    except OSError as error:
        raise ConfigurationError(
            f"The web cannot listen on {settings.http_host}:{settings.http_port} ({error.strerror}).",
            mend="Choose another HTTP_PORT, or stop what listens there.",
        ) from error
    service.tell(Part.WEB.value, settings.app_url, lambda: bool(runner.sites))


async def until_told_to_stop() -> None:
    """Returns at SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
