"""How long Slack waits for our answer, at a steady rate of signed requests, beside bare Bolt in the same run.

`--what command` asks for `/ticket mine`, which reads; `event` sends mentions, answered when they are stored; `form`
sends new tickets, answered when they are filed. A request's time counts from the moment it was due, so that a server
which falls behind is not flattered. The server has one core to itself; this program and its double of Slack's Web API
take another. Nobody works the jobs meanwhile, unless `--worker`.
Run: python bench/slack.py [--what command] [--rate 200] [--seconds 30] [--people 50] [--worker]
"""

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from aiohttp import ClientError, ClientSession, TCPConnector

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from floors import free_port
from processes import cpu_seconds, process, seconds_until_ready

from bot.slack.blocks.new_ticket import new_ticket_modal
from tests.fakes import slack_requests as requests
from tests.fakes.slack import TOKEN, running_slack

Encoded = tuple[str, str]  # a body and its content type

BARE_BOLT = """
import sys
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

async def authorize(enterprise_id, team_id):
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

app = AsyncApp(signing_secret=sys.argv[2], authorize=authorize, process_before_response=True)

@app.view("new_ticket")
@app.command("/ticket")
@app.event("app_mention")
async def answer(ack):
    await ack("")

async def events(request):
    return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

async def ready(request):
    return web.Response()

server = web.Application()
server.router.add_post("/slack/events", events)
server.router.add_get("/readyz", ready)
web.run_app(server, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""
SERVICE = """
import asyncio, sys
from config.cli.run import serve
from config.logging import configure_logging
from config.running import Part
from config.settings import load_settings

configure_logging("warning", "json")
asyncio.run(serve(load_settings(), frozenset(Part(name) for name in sys.argv[1].split(","))))
"""


def main() -> None:
    """Measure and print one JSON object."""
    print(json.dumps(asyncio.run(_measured(_options()))))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--what", choices=("command", "event", "form"), default="command")
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--worker", action="store_true")
    return parser.parse_args()


async def _measured(options: argparse.Namespace) -> dict[str, object]:
    bodies = [
        requests.encode(_payload(options.what, number, f"U0PERSON{number % options.people}"))
        for number in range(options.rate * options.seconds)
    ]
    first, last = _cores()
    os.sched_setaffinity(0, {last})
    port = free_port()
    with process(sys.executable, "-c", BARE_BOLT, str(port), requests.SIGNING_SECRET, environment={}) as bolt:
        os.sched_setaffinity(bolt.pid, {first})
        bare = await _loaded(port, bodies, options.rate, pid=bolt.pid)
    async with running_slack() as slack:
        for number in range(options.people):
            slack.add_user(f"U0PERSON{number}", f"Person {number}", f"person{number}@people.example")
        with tempfile.TemporaryDirectory() as folder:
            ours = await _service(bodies, options, Path(folder), slack_url=slack.url, core=first)
    p99s = [float(str(result["p99_ms"])) for result in (ours, bare)]
    return {
        "what": options.what,
        "requests": len(bodies),
        "rate_per_s": options.rate,
        "worker": options.worker,
        "load_average": os.getloadavg()[0],
        "tickmate": ours,
        "bare_bolt": bare,
        "p99_to_bare_bolt": round(p99s[0] / p99s[1], 2),
    }


def _cores() -> tuple[int, int]:
    """A core for the server and one for us; the same where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


def _payload(what: str, number: int, user: str) -> requests.Json:
    text = "The printer on the third floor jams. " * 10
    match what:
        case "command":
            return requests.command("/ticket", "mine", user=user)
        case "event":
            return requests.mention(f"Ticket no. {number}\n{text}", user=user)
        case _:
            entered = {"title": f"Ticket no. {number}", "description": text}
            return requests.submission(new_ticket_modal(), entered, user=user, view_id=f"V{number}")


async def _service(
    bodies: Sequence[Encoded], options: argparse.Namespace, folder: Path, *, slack_url: str, core: int
) -> dict[str, object]:
    port = free_port()
    environment = {
        "DATA_DIR": str(folder),
        "HTTP_PORT": str(port),
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": requests.SIGNING_SECRET,
        "SLACK_API_URL": slack_url,
        "SLACK_TRIAGE_CHANNEL": requests.TRIAGE_CHANNEL,
        "EMAIL_TRANSPORT": "file",
    }
    parts = "web,slack,worker" if options.worker else "web,slack"
    with process(sys.executable, "-c", SERVICE, parts, environment=environment) as service:
        os.sched_setaffinity(service.pid, {core})
        result = await _loaded(port, bodies, options.rate, pid=service.pid)
    return result | _stored(folder / "tickmate.db", options.what, len(bodies))


def _stored(path: Path, what: str, wanted: int) -> dict[str, int]:
    """What the database holds of events (by their ids) or forms (by their titles), against what was sent."""
    counted = {"event": "count(DISTINCT external_id) FROM intake", "form": "count(DISTINCT title) FROM tickets"}
    if what not in counted:
        return {}
    database = sqlite3.connect(path)
    rows, different = database.execute(f"SELECT count(*), {counted[what]}").fetchone()
    database.close()
    return {"lost": wanted - different, "doubled": rows - different}


async def _loaded(port: int, bodies: Sequence[Encoded], rate: int, *, pid: int) -> dict[str, object]:
    await asyncio.to_thread(seconds_until_ready, port)
    worked_before = cpu_seconds(pid)
    url = f"http://127.0.0.1:{port}/slack/events"
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        began = time.perf_counter() + 0.5
        answers = await asyncio.gather(
            *(_send(session, url, encoded, due=began + number / rate) for number, encoded in enumerate(bodies))
        )
    took = sorted(milliseconds for milliseconds, _ in answers)
    return {
        "p50_ms": round(took[len(took) // 2], 1),
        "p99_ms": round(took[len(took) * 99 // 100], 1),
        "slowest_ms": round(took[-1], 1),
        "cpu_ms_per_request": round((cpu_seconds(pid) - worked_before) / len(bodies) * 1000, 2),
        "errors": sum(not is_fine for _, is_fine in answers),
    }


async def _send(session: ClientSession, url: str, encoded: Encoded, *, due: float) -> tuple[float, bool]:
    """Milliseconds from the moment it was due, and whether it was taken."""
    await asyncio.sleep(due - time.perf_counter())
    body, content_type = encoded
    headers = requests.signed_headers(body, content_type)
    try:
        async with session.post(url, data=body, headers=headers) as answer:
            is_fine = answer.status == HTTPStatus.OK and b"response_action" not in await answer.read()
    except ClientError:
        is_fine = False
    return (time.perf_counter() - due) * 1000, is_fine


if __name__ == "__main__":
    main()
