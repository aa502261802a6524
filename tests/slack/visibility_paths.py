"""What stands in the paths of the web, for the ticket of each kind."""

import re
from urllib.parse import urlsplit

from sqlalchemy import select

from core.intake.models import Intake
from core.jobs.models import Job
from core.search.feedback_links import FeedbackLink, feedback_token
from core.search.models import SimilarShowing
from core.tickets.models import Reply, Satisfaction, Ticket
from core.tickets.satisfaction import satisfaction_url
from tests.slack.visibility_scene import KINDS, Scene, person_called
from webhooks.routes import ROUTES
from webhooks.routing import Route

Places = dict[str, dict[str, list[str]]]
"""By name and kind. Each route that has a token has its own."""
_PATTERN = re.compile(r"{(\w+):(?:[^{}]|{[^{}]*})*}")


def key_of(route: Route) -> str:
    """Method and path, without what the path's names may look like."""
    path = _PATTERN.sub(r"{\1}", route.path)
    return f"{route.method} {path}"


async def places_of(scene: Scene) -> dict[str, dict[str, list[str]]]:
    """By name and kind what stands in a path. Tokens are real where there is one."""
    desk = scene.desk
    async with desk.reading() as reading:
        session = reading.session
        ids = {
            kind: await session.scalar(select(Ticket.id).where(Ticket.number == scene.numbers[kind])) for kind in KINDS
        }
        replies = {kind: await session.scalars(select(Reply.id).where(Reply.ticket_id == ids[kind])) for kind in KINDS}
        asked = {
            kind: await session.scalar(select(Satisfaction).where(Satisfaction.ticket_id == ids[kind]))
            for kind in KINDS
        }
        job, message, showing = [
            str(await session.scalar(select(model.id).limit(1))) for model in (Job, Intake, SimilarShowing)
        ]
        requester = await person_called(reading, desk, "requester")
    assert all(asked[kind] for kind in KINDS if kind != "open")
    none = "no-such-token-of-this-desk"
    key = desk.desk.link_key
    of_satisfaction = {
        kind: [urlsplit(satisfaction_url("", key, row)).path.rpartition("/")[2] if row else none]
        for kind, row in asked.items()
    }
    of_similar = {
        kind: [feedback_token(key, FeedbackLink(shown_id=one, user_id=requester.id, organization_id=1))]
        for kind, one in scene.shown.items()
    }
    places = {
        "number": {kind: [str(scene.numbers[kind])] for kind in KINDS},
        "similar": {kind: [str(scene.numbers[kind])] for kind in KINDS},
        "attachment": {kind: [str(file) for file in scene.files[kind]] for kind in KINDS},
        "reply": {kind: [str(one) for one in replies[kind]] for kind in KINDS},
    }
    fixed = {"job": job, "message": message, "showing": showing, "user": str(requester.id), "name": "style.css"}
    places |= {name: _in_every_kind(one) for name, one in fixed.items()}
    for route in ROUTES:
        real = of_satisfaction if "/satisfaction/" in route.path else of_similar
        is_link = route.path.startswith(("/satisfaction/", "/similar/"))
        places[f"token of {key_of(route)}"] = real if is_link else _in_every_kind(none)
    return places


def _in_every_kind(one: str) -> dict[str, list[str]]:
    return {kind: [one] for kind in KINDS}
