"""Whom each message of the desk reaches, in Slack and by mail, and that it holds nothing but what is for them.

Every kind of delivery is provoked: a new one fails here until something in `everything_happens` brings it about.
"""

import email
import email.policy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from core.conversations.alerts import tell_admins
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind
from core.jobs.kinds import WATCH_PROMISES
from core.jobs.values import JobTicket
from core.people.models import User
from core.tickets.actions import NewReply, add_internal_note, add_reply
from core.tickets.queries import lock_ticket
from core.tickets.working import resolve_ticket, set_fields
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import advance
from tests.slack.visibility_rights import ALL, BYTES, MOST, OWN, PUBLIC, TALK, right_of
from tests.slack.visibility_scene import (
    ALIKE,
    IN_SLACK,
    KINDS,
    ONCE_PUBLIC,
    Scene,
    acting,
    mail_from_a_stranger,
    seen,
    stored_file,
)
from tests.slack.visibility_traces import logged_words

ZOE = "zoe"
"""She has written by mail, and is the only one outside who is in her ticket, which becomes public."""
IN_CHANNEL = "whoever reads where they were filed"


@dataclass(frozen=True)
class Told:
    """Something that a viewer was told; `before` tickets were taken back."""

    viewer: str
    text: str
    before: bool = False


async def test_every_message_holds_only_what_is_for_those_whom_it_reaches(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    await everything_happens(scene)
    async with scene.desk.reading() as reading:
        kinds = set(await reading.session.scalars(select(Delivery.kind).distinct()))
    assert kinds == set(DeliveryKind), "bring the new kind about in everything_happens"
    told = [*in_slack(scene), *by_mail(scene)]
    assert {one.viewer for one in told} >= {ZOE, *IN_SLACK} - {"stranger", "guest"}
    wrong = [
        f"{one.viewer} was told {sorted(more)} of {kind}: {one.text[:400]}"
        for one in told
        for kind in (*KINDS, ZOE)
        if (more := seen(one.text, kind) - _most(one, kind))
    ]
    assert wrong == [], "\n".join(wrong)
    assert logged_words(capsys.readouterr().out) == []
    to_zoe = "".join(one.text for one in told if one.viewer == ZOE)
    assert seen(to_zoe, ZOE) >= {"reply", "resolution", "bytes"}


def _most(told: Told, kind: str) -> frozenset[str]:
    """A public ticket is answered where it was filed."""
    right = _right(told, kind)
    return MOST[right] | TALK | BYTES if told.viewer == IN_CHANNEL and right == PUBLIC else MOST[right]


def _right(told: Told, kind: str) -> str:
    if kind == ZOE:
        return {ZOE: OWN, "moderator": ALL, "admin": ALL}.get(told.viewer, PUBLIC)
    viewer = {ZOE: "stranger", IN_CHANNEL: "other user"}.get(told.viewer, told.viewer)
    return right_of(viewer, "public" if told.before and kind in ONCE_PUBLIC else kind)


async def everything_happens(scene: Scene) -> None:
    """What is not told yet once the scene is built."""
    number = await mail_from_a_stranger(scene, f"{ALIKE} zoetitle")
    desk = scene.desk.desk
    async with desk.unit_of_work(acting(scene.people["moderator"])) as uow:
        ticket = await lock_ticket(uow, number)
        grace = await uow.session.get_one(User, scene.people["moderator"].id)
        file = await stored_file(scene.desk, "zoefile.txt", "zoebytes")
        await add_reply(uow, ticket, NewReply(text="zoereply", channel="web", attachments=[file]), author=grace)
        await add_internal_note(uow, ticket, NewReply(text="zoenote", channel="web"), author=grace)
        await resolve_ticket(uow, ticket, resolution="zoeresolution", helpful_notes="zoehelpful")
        await set_fields(uow, ticket, is_public=True)
        await tell_admins(uow, key="budget", title="The budget is spent", text="Triage goes on locally.")
        await uow.commit()
    await scene.desk.run_jobs()
    await scene.browsers["anonymous"].post("/api/v1/auth/magic-link", json={"email": "ada@people.example"})
    advance(scene.desk, days=30)
    overdue = JobTicket(
        id=1, organization_id=1, kind=WATCH_PROMISES.name, lane=WATCH_PROMISES.lane, payload={}, attempts=1, fence=1
    )
    await desk.runs[WATCH_PROMISES.name].run(overdue)
    await scene.desk.run_jobs()


def in_slack(scene: Scene) -> Iterator[Told]:
    """Each message that was posted or changed, and each file, by whoever reads there and has the fewest rights."""
    slack = scene.desk.slack
    readers = {requests.TRIAGE_CHANNEL: "moderator", requests.CHANNEL: IN_CHANNEL}
    readers |= {f"{letter}{user_id[1:]}": viewer for viewer, user_id in IN_SLACK.items() for letter in "DU"}
    for position, (method, arguments) in enumerate(slack.calls):
        place = str(arguments.get("channel") or arguments.get("channel_id") or "")
        if method.startswith(("chat.", "files.complete")) and method != "chat.unfurl":
            text = json.dumps(arguments) + _contents(scene, arguments)
            viewer = readers[str(arguments.get("user", place))]
            yield Told(viewer, text, before=position < scene.calls_before_taking_back)


def _contents(scene: Scene, arguments: Mapping[str, Any]) -> str:
    shared = [scene.desk.slack.uploaded.get(one["id"], {}) for one in arguments.get("files", ())]
    return "".join(f"{one.get('name')} {one.get('content')!r}" for one in shared)


def by_mail(scene: Scene) -> Iterator[Told]:
    names = {f"{person.display_name.lower()}@people.example": viewer for viewer, person in scene.people.items()}
    names["zoe@strangers.example"] = ZOE
    for path in sorted(scene.outbox.glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        parts = [f"{part.get_filename()} {part.get_content()}" for part in mail.walk() if not part.is_multipart()]
        (recipient,) = mail["To"].addresses
        yield Told(names[recipient.addr_spec], "\n".join([str(mail["Subject"]), *parts]))
