"""A thread in a channel that nobody watches, as it stands in Slack, and what a desk makes of it."""

from typing import Any

from tests.fakes import slack_requests as requests
from tests.fakes.slack import FakeSlack
from tests.slack.slack_desk import SlackDesk

Json = dict[str, Any]
TICKET = "ticket"


async def deliver(desk: SlackDesk, *payloads: Json) -> None:
    for payload in payloads:
        assert await desk.send(payload) == (200, "")
    await desk.run_jobs()


def said(slack: FakeSlack, text: str, *, user: str = requests.REQUESTER, **fields: Any) -> Json:
    """A message that stands in a channel, and the event that tells of it, which nobody has delivered yet."""
    event = requests.message(text, user=user, **fields)
    slack.channels[event["event"]["channel"]].append(event["event"])
    return event


def ts_of(event: Json) -> str:
    return str(event["event"]["ts"])


def answered(slack: FakeSlack, parent: Json, text: str, **fields: Any) -> Json:
    return said(slack, text, thread_ts=ts_of(parent), **({"user": requests.MODERATOR} | fields))


async def texts(desk: SlackDesk) -> list[str]:
    return [reply.text for reply in await desk.replies()]
