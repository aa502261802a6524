"""One log: both kinds of logger, two formats, no secret."""

import io
import json
import logging

import pytest
import structlog

from config.logging import configure_logging


def logged(level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure_logging(level, "json", stream)
    return stream


def test_json_lines_carry_event_level_time_and_bound_values() -> None:
    stream = logged()
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("desk").info("ticket.submitted", number=7)

    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["number"], line["request_id"]) == ("ticket.submitted", "info", 7, "r1")
    assert line["timestamp"].endswith("Z")


def test_loggers_of_libraries_are_routed_through_the_same_lines() -> None:
    stream = logged()
    logging.getLogger("some.library").warning("lost %s", "connection")

    assert json.loads(stream.getvalue())["event"] == "lost connection"


def test_lines_below_the_level_are_dropped() -> None:
    stream = logged("warning")
    structlog.get_logger("desk").info("ticket.submitted")

    assert stream.getvalue() == ""


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_secrets_never_reach_the_log(log_format: str) -> None:
    stream = io.StringIO()
    configure_logging("info", log_format, stream)
    log = structlog.get_logger("desk")
    log.info("a", password="hunter2", headers={"Authorization": "Bearer hunter2", "nested": [{"api_key": "hunter2"}]})
    log.info("GET /auth/magic-link/hunter2 with Bearer hunter2 from postgresql://desk:hunter2@db")
    logging.getLogger("library").warning("token %s", "xoxb-hunter2-hunter2")
    try:
        int("https://user:hunter2@provider refused sk-hunter2hunter2")
    except ValueError:
        log.exception("failed")

    assert stream.getvalue().count("********") >= 7
    assert "hunter2" not in stream.getvalue()


def test_counts_of_tokens_stay_readable() -> None:
    stream = logged()
    structlog.get_logger("triage").info("asked", input_tokens=12, output_tokens=3)

    assert json.loads(stream.getvalue())["input_tokens"] == 12
