"""What every command shares: the settings, the desk, and output for people or scripts."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from config.logging import configure_logging
from config.settings import Settings, load_settings

if TYPE_CHECKING:
    from core.desk import Desk

Result = TypeVar("Result")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


def command_settings() -> Settings:
    """The settings of a one-shot command, logging only warnings unless LOG_LEVEL is set.

    Raises:
        ConfigurationError: some settings are missing or wrong.
    """
    settings = load_settings()
    level = "warning" if settings.source_of("log_level") == "default" else settings.log_level
    configure_logging(level, settings.log_format)
    return settings


def with_desk(work: "Callable[[Desk], Awaitable[Result]]", settings: Settings | None = None) -> Result:
    """Open the desk, await `work(desk)`, close the desk, and give what `work` gave.

    A command is then two lines: `hits = with_desk(lambda desk: …)` and printing them.
    """
    from config.bootstrap import build_desk  # noqa: PLC0415 (help and usage errors need no desk)

    chosen = settings or command_settings()

    async def session() -> Result:
        desk = await build_desk(chosen)
        try:
            return await work(desk)
        finally:
            await desk.close()

    return asyncio.run(session())


def print_json(value: Any, *, indent: int | None = None) -> None:
    """One JSON document, on one line unless indented; times as ISO 8601, decimals and enums as their text."""
    json.dump(value, sys.stdout, ensure_ascii=False, default=_as_text, indent=indent)
    sys.stdout.write("\n")


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
