"""How a delivery keeps whom it calls and to which promises."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.conversations.values import Urging
from core.sla.values import Clock, Promise, Standing

_KEY = "urging"


def urging_content(urging: Urging | None) -> dict[str, object]:
    """The content of a delivery that calls somebody."""
    if urging is None:
        return {}
    due = [[clock.promise.value, clock.due_at.isoformat(), clock.standing.value] for clock in urging.due]
    return {_KEY: {"mentions": list(urging.mentions), "due": due, "page_url": urging.page_url}}


def read_urging(content: Mapping[str, Any]) -> Urging | None:
    """What `urging_content` has kept."""
    kept = content.get(_KEY)
    if kept is None:
        return None
    return Urging(
        mentions=tuple(kept["mentions"]),
        due=tuple(
            Clock(promise=Promise(promise), due_at=datetime.fromisoformat(due_at), standing=Standing(standing))
            for promise, due_at, standing in kept["due"]
        ),
        page_url=kept["page_url"],
    )
