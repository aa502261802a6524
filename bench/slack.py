"""How long Slack waits for our answer, at a steady rate of signed requests, beside bare Bolt in the same run.

`--what command` asks for `/ticket mine`, which reads; `event` sends mentions, answered when they are stored; `form`
sends new tickets, answered when they are filed. Each of the people has filed some tickets before, which are not timed.
Both servers run all the time, and are asked in turn for a round each, so that whatever else the machine does meets
both; each gets the whole load once. A request's time counts from the moment it was due, so that a server which falls
behind is not flattered. The servers have one core; this program and its double of Slack's Web API take another. Nobody
works the jobs meanwhile, unless `--worker`.

`sync_p99_ms` is how long the disk took for a durable write between the rounds: no event or form is answered before one.
`p99_ms` and the like are of all rounds together, `round_p99_ms` is the median of the rounds' own; so are
`p99_to_bare_bolt`, and `round_p99_to_bare_bolt`: the median of what each round makes of its neighbour.
Run: python bench/slack.py [--what command] [--rate 200] [--seconds 30] [--rounds 6] [--worker]
"""

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from statistics import median

from aiohttp import ClientError, ClientSession, TCPConnector

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from floors import free_port, sync_milliseconds
from processes import cpu_seconds, process, seconds_until_ready

from bot.slack.blocks.new_ticket import new_ticket_modal
from tests.fakes import slack_requests as requests
from tests.fakes.slack import TOKEN, running_slack

Encoded = tuple[str, str]  # a body and its content type

SYNCS = 50  # after each round

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
    parser.add_argument("--seconds", type=int, default=30, help="of load for each server")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--tickets", type=int, default=5, help="that each of the people has filed before")
    parser.add_argument("--worker", action="store_true")
    return parser.parse_args()


@dataclass(slots=True)
class _Server:
    """One of the two, and how long it took in each round: milliseconds of every request, sorted."""

    port: int
    pid: int
    rounds: list[list[float]] = field(default_factory=list)
    worked: float = 0.0  # seconds of its processor
    errors: int = 0

    async def ask(self, bodies: Sequence[Encoded], rate: int) -> None:
        """One round."""
        worked_before = cpu_seconds(self.pid)
        answers = await _answers(self.port, bodies, rate)
        self.worked += cpu_seconds(self.pid) - worked_before
        self.errors += sum(not is_fine for _, is_fine in answers)
        self.rounds.append(sorted(milliseconds for milliseconds, _ in answers))

    def told(self) -> dict[str, float]:
        """What is printed of it."""
        took = sorted(milliseconds for one in self.rounds for milliseconds in one)
        return {
            "p50_ms": round(_at(took, 50), 1),
            "p99_ms": round(_at(took, 99), 1),
            "round_p99_ms": round(median(_at(one, 99) for one in self.rounds), 1),
            "slowest_ms": round(took[-1], 1),
            "cpu_ms_per_request": round(self.worked / len(took) * 1000, 2),
            "errors": self.errors,
        }


def _at(took: Sequence[float], percent: int) -> float:
    return took[len(took) * percent // 100]


async def _measured(options: argparse.Namespace) -> dict[str, object]:
    bodies = _bodies(options.what, options.rate * options.seconds, options.people)
    earlier = _bodies("form", options.people * options.tickets, options.people, name="Earlier ticket")
    first, last = _cores()
    os.sched_setaffinity(0, {last})
    with tempfile.TemporaryDirectory() as folder:
        async with running_slack() as slack:
            for number in range(options.people):
                slack.add_user(f"U0PERSON{number}", f"Person {number}", f"person{number}@people.example")
            parts = "web,slack,worker" if options.worker else "web,slack"
            with _bare_bolt(first) as bare, _service(Path(folder), slack.url, parts, core=first) as ours:
                for server in (ours, bare):
                    await asyncio.to_thread(seconds_until_ready, server.port)
                filed = await _answers(ours.port, earlier, options.rate)
                assert all(is_fine for _, is_fine in filed)
                syncs = await _in_turn((ours, bare), bodies, options, Path(folder))
        stored = _stored(Path(folder) / "tickmate.db", options.what, len(bodies) + len(earlier))
    told = ours.told(), bare.told()
    return {
        "what": options.what,
        "requests": len(bodies),
        "rate_per_s": options.rate,
        "rounds": options.rounds,
        "tickets_each": options.tickets,
        "worker": options.worker,
        "load_average": os.getloadavg()[0],
        "sync_p50_ms": round(_at(syncs, 50), 1),
        "sync_p99_ms": round(_at(syncs, 99), 1),
        "tickmate": told[0] | stored,
        "bare_bolt": told[1],
        "p99_to_bare_bolt": _ratio(told, "p99_ms"),
        "round_p99_to_bare_bolt": round(
            median(_at(one, 99) / _at(other, 99) for one, other in zip(ours.rounds, bare.rounds, strict=True)), 2
        ),
        "cpu_to_bare_bolt": _ratio(told, "cpu_ms_per_request"),
    }


def _ratio(told: tuple[dict[str, float], dict[str, float]], name: str) -> float:
    return round(told[0][name] / told[1][name], 2)


async def _in_turn(
    servers: Sequence[_Server], bodies: Sequence[Encoded], options: argparse.Namespace, folder: Path
) -> list[float]:
    """A round of each with the same bodies; who begins changes, so that a drift of the machine favours nobody.

    Returns milliseconds of the durable writes in between, sorted.
    """
    rounds, syncs = options.rounds, []
    for number in range(rounds):
        share = bodies[number * len(bodies) // rounds : (number + 1) * len(bodies) // rounds]
        for server in servers if number % 2 else reversed(servers):
            await server.ask(share, options.rate)
            syncs += await asyncio.to_thread(sync_milliseconds, folder, SYNCS)
    return sorted(syncs)


def _cores() -> tuple[int, int]:
    """A core for the servers and one for us; the same where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


def _bodies(what: str, count: int, people: int, *, name: str = "Ticket") -> list[Encoded]:
    return [requests.encode(_payload(what, f"{name} no. {n}", f"U0PERSON{n % people}")) for n in range(count)]


def _payload(what: str, title: str, user: str) -> requests.Json:
    text = "The printer on the third floor jams. " * 10
    match what:
        case "command":
            return requests.command("/ticket", "mine", user=user)
        case "event":
            return requests.mention(f"{title}\n{text}", user=user)
        case _:
            entered = {"title": title, "description": text}
            return requests.submission(new_ticket_modal(), entered, user=user, view_id=f"V-{title}")


@contextmanager
def _bare_bolt(core: int) -> Iterator[_Server]:
    port = free_port()
    with process(sys.executable, "-c", BARE_BOLT, str(port), requests.SIGNING_SECRET, environment={}) as bolt:
        os.sched_setaffinity(bolt.pid, {core})
        yield _Server(port, bolt.pid)


@contextmanager
def _service(folder: Path, slack_url: str, parts: str, *, core: int) -> Iterator[_Server]:
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
    with process(sys.executable, "-c", SERVICE, parts, environment=environment) as service:
        os.sched_setaffinity(service.pid, {core})
        yield _Server(port, service.pid)


def _stored(path: Path, what: str, wanted: int) -> dict[str, float]:
    """What the database holds of events (by their ids) or forms (by their titles), against what was sent."""
    counted = {"event": "count(DISTINCT external_id) FROM intake", "form": "count(DISTINCT title) FROM tickets"}
    if what not in counted:
        return {}
    database = sqlite3.connect(path)
    rows, different = database.execute(f"SELECT count(*), {counted[what]}").fetchone()
    database.close()
    return {"lost": wanted - different, "doubled": rows - different}


async def _answers(port: int, bodies: Sequence[Encoded], rate: int) -> list[tuple[float, bool]]:
    url = f"http://127.0.0.1:{port}/slack/events"
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        began = time.perf_counter() + 0.5
        return await asyncio.gather(
            *(_send(session, url, encoded, due=began + number / rate) for number, encoded in enumerate(bodies))
        )


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
