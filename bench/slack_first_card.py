"""How soon a mention stands before the moderators: the card, and the card with suggestion and similar tickets.

Everything is on, on a desk with the demo's tickets: web, Slack, worker, scheduler, the model. Mentions come at a steady
rate; time counts from the moment each was due until our double of Slack has the card. `cpu_ms` is what the service's
process computed for each ticket, `calls` what it asked of Slack, `load` the machine's at the end.
Run: python bench/slack_first_card.py [--rate 5] [--seconds 30] [--model-dir DIR]
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from aiohttp import ClientSession
from floors import free_port
from processes import cpu_seconds, process, seconds_until_ready, tickmate

from core.search.model_files import fetch_model
from tests.fakes import slack_requests as requests
from tests.fakes.slack import TOKEN, FakeSlack, running_slack

ASKED = (
    "The printer on the third floor jams",
    "How do I export my tickets as a spreadsheet?",
    "Signing in with a link gives an error 500",
    "The dashboard has become very slow since Monday",
    "Please add a dark theme",
)
PATIENCE = 30.0  # seconds for the last card


@dataclass(slots=True)
class TimedSlack(FakeSlack):
    """Notes when the card of each mention, known by its number in the title, was first seen, and first useful."""

    seen: dict[int, float] = field(default_factory=dict)
    useful: dict[int, float] = field(default_factory=dict)

    def _chat_postMessage(self, arguments: Any) -> Any:  # noqa: N802 (Slack's name)
        self._note(arguments)
        return FakeSlack._chat_postMessage(self, arguments)  # noqa: SLF001 (the double's own)

    def _chat_update(self, arguments: Any) -> Any:
        self._note(arguments)
        return FakeSlack._chat_update(self, arguments)  # noqa: SLF001 (the double's own)

    def _note(self, arguments: Any) -> None:
        _, _, title = str(arguments.get("text", "")).partition("no. ")
        if arguments["channel"] != requests.TRIAGE_CHANNEL or "thread_ts" in arguments or not title:
            return
        number, now, shown = int(title.split(maxsplit=1)[0].rstrip(":(")), time.perf_counter(), str(arguments["blocks"])
        self.seen.setdefault(number, now)
        if "*Suggestion:*" in shown and "Looking for similar" not in shown:
            self.useful.setdefault(number, now)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--model-dir", type=Path, default=Path(".cache/model"))
    options = parser.parse_args()
    fetch_model(options.model_dir)
    print(json.dumps(asyncio.run(_measured(options))))


async def _measured(options: argparse.Namespace) -> dict[str, object]:
    count = int(options.rate * options.seconds)
    slack = TimedSlack()
    async with running_slack(slack):
        for number in range(50):
            slack.add_user(f"U0PERSON{number}", f"Person {number}", f"person{number}@people.example")
        with tempfile.TemporaryDirectory() as folder:
            due, computed = await _told(options, slack, Path(folder), count)
    return {
        "tickets": count,
        "rate_per_s": options.rate,
        "card_ms": _spread([slack.seen[number] - due[number] for number in slack.seen]),
        "useful_card_ms": _spread([slack.useful[number] - due[number] for number in slack.useful]),
        "without_card": count - len(slack.seen),
        "never_useful": count - len(slack.useful),
        "cpu_ms": round(computed * 1000 / count, 1),
        "calls": round(len(slack.calls) / count, 1),
        "load": round(os.getloadavg()[0], 1),
    }


async def _told(options: argparse.Namespace, slack: TimedSlack, folder: Path, count: int) -> tuple[list[float], float]:
    """Send the mentions; the moment each was due, and how many seconds the service computed meanwhile."""
    port = free_port()
    environment = {
        "DATA_DIR": str(folder),
        "HTTP_PORT": str(port),
        "SMTP_PORT": "0",
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": requests.SIGNING_SECRET,
        "SLACK_API_URL": slack.url,
        "SLACK_TRIAGE_CHANNEL": requests.TRIAGE_CHANNEL,
        "EMAIL_TRANSPORT": "file",
        "EMBEDDING_MODEL_DIR": str(options.model_dir.resolve()),
        "LOG_LEVEL": "warning",
    }
    seeding = await asyncio.create_subprocess_exec(
        *tickmate(), "seed", env=os.environ | environment, stdout=DEVNULL, stderr=DEVNULL
    )
    assert await seeding.wait() == 0
    with process(*tickmate(), "run", environment=environment) as service:
        await asyncio.to_thread(seconds_until_ready, port)
        before = cpu_seconds(service.pid)
        began = time.perf_counter() + 1.0
        due = [began + number / options.rate for number in range(count)]
        async with ClientSession() as session:
            await asyncio.gather(*(_mention(session, port, number, moment) for number, moment in enumerate(due)))
        with contextlib.suppress(TimeoutError):
            await slack.wait_for(lambda: len(slack.useful) == count, PATIENCE)
        computed = cpu_seconds(service.pid) - before
    return due, computed


async def _mention(session: ClientSession, port: int, number: int, due: float) -> None:
    await asyncio.sleep(due - time.perf_counter())
    text = f"no. {number} {ASKED[number % len(ASKED)]}"
    body, content_type = requests.encode(requests.mention(text, user=f"U0PERSON{number % 50}", ts=f"{time.time():.6f}"))
    headers = requests.signed_headers(body, content_type)
    async with session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers) as answer:
        await answer.read()


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds) or [float("nan")]
    told = {"p50": len(ordered) // 2, "p95": len(ordered) * 95 // 100, "slowest": -1}
    return {name: round(ordered[index] * 1000, 1) for name, index in told.items()}


if __name__ == "__main__":
    main()
