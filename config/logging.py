"""One log for everything: structlog and the standard library's loggers, on standard error, with secrets masked."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

MASK = "********"

_SECRET_NAME = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api_?key|signing|signature", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"(?P<before>magic-link/|Bearer |Basic |://[^/\s:@]*:)(?!redeem\b)[^\s\"'/@?]+"
    r"|\b(?:xox[a-z]-|xapp-|sk-|re_|whsec_)[\w-]{8,}"
)
_QUIET = (
    "alembic",
    "aiohttp.access",
    "httpx2",
    "httpx",
    "openai",
    "slack_bolt",
    "slack_sdk",
    "apscheduler",
    "mail.log",
    "asyncio",
)


def configure_logging(level: str, log_format: str, stream: TextIO | None = None) -> None:
    """Route every log line to `stream` (standard error) as `console` text or one JSON object a line.

    Libraries are held to warnings unless the level is debug. May be called again; the last call counts.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    target = logging.StreamHandler(stream or sys.stderr)
    target.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(log_format, target.stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [target]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET if level == "debug" else logging.WARNING)


def _renderer(log_format: str, stream: TextIO) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)


def mask_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask values under a secret's name, and what looks like a secret inside any text."""
    for name, value in event.items():
        event[name] = _masked(name, value)
    return event


def _masked(name: str, value: object) -> object:
    if isinstance(value, bool | int | float | None):
        return value
    if _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, dict):
        return {key: _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(name, inner) for inner in value]
    if isinstance(value, str):
        return _SECRET_TEXT.sub(lambda found: f"{found['before'] or ''}{MASK}", value)
    return value
