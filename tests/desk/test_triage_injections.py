"""Whatever a stranger writes, triage changes nothing but its advice, even with a model that obeys every word of it."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from bot.slack.blocks.card import ticket_card
from core.people.actions import NewPerson, create_person
from core.people.values import Role
from core.search.values import Findings
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.attaching import StoredAttachment
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category, Priority
from core.triage.correcting import correct_suggestion
from core.triage.jobs import TriageJobs
from core.triage.openai import OpenAiTriage
from core.triage.precedents import DeskMemory
from core.triage.queries import latest_suggestion
from core.triage.values import TriageRequest
from tests.builders import CoreDesk, claimed
from tests.fakes.injections import INJECTIONS, Injection
from tests.fakes.obeying import ObeyingModel
from tests.fakes.search import findings_of

MODELS_FIELDS = {"category", "priority", "related_skills", "set_by", "triaged_at", "updated_at", "revision"}
KEY = "sk-key-of-a-test"
OURS = re.compile(r"<https://desk/\d+|<!date\^\d+\^[^|<>]*\|[^<>]*>")
"""The link to the ticket, and when it was filed."""


@pytest.fixture
async def model() -> AsyncIterator[ObeyingModel]:
    async with ObeyingModel() as model:
        yield model


def test_there_are_many_kinds() -> None:
    assert len(INJECTIONS) >= 60
    assert len({(one.title, one.text, one.sender, one.filename) for one in INJECTIONS.values()}) == len(INJECTIONS)


@pytest.mark.parametrize("kind", INJECTIONS)
async def test_no_words_leave_their_delimiters_and_no_tag_comes_back(model: ObeyingModel, kind: str) -> None:
    """ankitvgupta/exo#47: injected text steers triage."""
    one = INJECTIONS[kind]
    engine = OpenAiTriage(api_key=KEY, base_url=model.base_url)
    result = await engine.suggest(TriageRequest(title=one.title, description=one.text))
    await engine.close()
    assert model.escaped == []
    suggestion = result.suggestion
    assert suggestion.category is None
    assert suggestion.priority is Priority.HIGH  # advice, which is all that it is
    assert set(suggestion.related_skills) <= {"mallory", "Networks"}
    for text in (suggestion.reasoning, suggestion.notes, *suggestion.related_skills):
        assert not any(sign in text for sign in ("://", "<!", "<@", "<script", "<img", "www.", "javascript:"))


async def filed(desk: CoreDesk, one: Injection, place: int, **chosen: Any) -> Ticket:
    async with desk.unit_of_work() as uow:
        person = NewPerson(username=f"sam{place}", email=f"sam{place}@people.example", full_name=one.sender)
        requester = await create_person(uow, person)
        files = [StoredAttachment(filename=one.filename, content_type="image/png", size=3, sha256="0" * 64)]
        new = NewTicket(
            title=one.title,
            description=one.text,
            channel="email",
            attachments=files if one.filename else (),
            **chosen,
        )
        ticket = await submit_ticket(uow, new, requester=requester)
        await uow.commit()
    return ticket


async def rows(desk: CoreDesk) -> dict[int, dict[str, Any]]:
    async with desk.reading() as reading:
        found = await reading.session.execute(select(Ticket.__table__))
        return {row["id"]: dict(row) for row in found.mappings()}


async def test_nothing_but_the_advice_changes(desk: CoreDesk, model: ObeyingModel) -> None:
    await desk.person("mallory", Role.MODERATOR)
    other = await filed(desk, Injection("It stays as it is."), 0, category=Category.BUG, priority=Priority.LOW)
    engine = OpenAiTriage(api_key=KEY, base_url=model.base_url)
    jobs = TriageJobs(unit_of_work=desk.unit_of_work, reading=desk.reading, engine=engine)
    tickets = {
        kind: await filed(desk, one, place, category=Category.QUESTION if place % 2 else None)
        for place, (kind, one) in enumerate(INJECTIONS.items(), start=1)
    }
    before = await rows(desk)
    for job in await desk.jobs():
        if job.kind == "triage.suggest" and job.payload["ticket_id"] != other.id:
            await jobs.suggest(claimed(job))
    after = await rows(desk)
    assert model.escaped == []
    assert after[other.id] == before[other.id]
    for kind, ticket in tickets.items():
        now, was = after[ticket.id], before[ticket.id]
        assert {name for name in now if now[name] != was[name]} <= MODELS_FIELDS, kind
        assert now["category"] == was["category"], kind
        assert set(now["related_skills"]) <= {"mallory", "Networks"}, kind
    await engine.close()
    await assert_harmless_cards(desk, tickets)


async def assert_harmless_cards(desk: CoreDesk, tickets: dict[str, Ticket]) -> None:
    """No card calls anybody, links anywhere but to the ticket, or lets Slack make links by itself."""
    for kind, ticket in tickets.items():
        async with desk.reading() as reading:
            snapshot = (await reading.session.get_one(Ticket, ticket.id)).snapshot()
            advice = await latest_suggestion(reading, ticket.id)
        assert advice is not None
        card = ticket_card(
            snapshot, advice=advice, similar=[], similar_known=True, ticket_url=lambda number: f"https://desk/{number}"
        )
        marked_up = [one for one in _objects([card.text, *card.blocks]) if one.get("type") == "mrkdwn"]
        assert marked_up
        for one in marked_up:
            assert one["verbatim"] is True, kind
            assert "<" not in OURS.sub("", one["text"]), kind
        assert "<" not in card.text, kind


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for one in value for found in _objects(one)]
    if isinstance(value, dict):
        return [value, *_objects(list(value.values()))]
    return []


async def test_examples_of_this_desk_are_data_as_well(desk: CoreDesk, model: ObeyingModel) -> None:
    """A ticket that was corrected goes into later prompts: its words stay inside their delimiters, too."""
    engine = OpenAiTriage(api_key=KEY, base_url=model.base_url, memory=DeskMemory(desk.reading, _nothing_similar))
    jobs = TriageJobs(unit_of_work=desk.unit_of_work, reading=desk.reading, engine=engine)
    for place, kind in enumerate(["closed examples", "closed ticket", "false examples", "quote and brace"]):
        ticket = await filed(desk, INJECTIONS[kind], place)
        for job in await desk.jobs():
            if job.kind == "triage.suggest" and job.payload["ticket_id"] == ticket.id:
                await jobs.suggest(claimed(job))
        async with desk.unit_of_work() as uow:
            await correct_suggestion(uow, await lock_ticket_by_id(uow, ticket.id), category=Category.QUESTION)
            await uow.commit()
    await engine.close()
    assert model.escaped == []
    examples = model.requests[-1]["messages"][1]["content"].partition("</examples>")[0].removeprefix("<examples>")
    corrected = json.loads(examples)["corrected"]
    assert [one["title"] for one in corrected] == ["Printer in room 4"] * 3
    assert corrected[0]["sorted_as"] == {"category": "Question"}


async def _nothing_similar(**_asked: Any) -> Findings:
    return findings_of()
