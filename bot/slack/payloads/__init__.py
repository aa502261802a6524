"""The only place that knows Slack's JSON: a raw object becomes a frozen value, or is refused by name."""

from bot.slack.errors import PayloadRefusedError
from bot.slack.payloads.events import parse_event
from bot.slack.payloads.fields import Json, optional_text
from bot.slack.payloads.interactions import parse_command, parse_interaction
from bot.slack.payloads.values import Payload

__all__ = ["Json", "parse_payload"]


def parse_payload(body: Json) -> Payload:
    """Read anything that Slack sends to an app.

    Raises:
        PayloadRefusedError: nothing that this desk takes; `reason` names why.
    """
    if optional_text(body, "command"):
        return parse_command(body)
    kind = optional_text(body, "type")
    if kind == "event_callback":
        return parse_event(body)
    if kind:
        return parse_interaction(body)
    raise PayloadRefusedError("unknown-payload")
