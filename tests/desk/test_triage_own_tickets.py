"""What an organization's own tickets teach triage: which count, what is kept, and who is asked."""

import asyncio
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from core.errors import TryAgainLaterError
from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.organizations import create_organization
from core.people.values import system_actor
from core.search.embedders.lexical import LexicalOnly
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category, Complexity, Priority
from core.tickets.working import delete_ticket, resolve_ticket, set_fields
from core.triage.actions import apply_suggestion, record_suggestion
from core.triage.correcting import correct_suggestion
from core.triage.examples import examples_of, own_lessons
from core.triage.learning import TriageLearning
from core.triage.local import LocalTriage
from core.triage.models import LearnedModel
from core.triage.own import OwnTickets, source_of
from core.triage.values import Suggestion, Taught, TriageRequest
from tests.builders import CoreDesk, unqueued
from tests.fakes.clock import FakeClock
from tests.fakes.search import WordEmbedder

# This desk sorts as nobody would guess: badges are wishes, parking is a defect.
BADGES = ("badge photo", "badge at gate", "badge colour", "badge for visitor", "badge lanyard", "badge clip")
PARKING = ("parking lot", "parking permit", "parking space", "parking barrier", "parking at night", "parking fee")
WHEN = ("today", "again", "since monday", "in building two", "for my team")
ABOUT_BADGES = TriageRequest(title="badge photo in building two", description="", organization_id=1)
ABOUT_PARKING = TriageRequest(title="parking permit since monday", description="", organization_id=1)


@dataclass
class Teaching:
    """A desk whose people sort tickets, and the triage that learns from them."""

    desk: CoreDesk
    learning: TriageLearning
    engine: LocalTriage

    async def file(self, *titles: str, category: Category | None = None, organization_id: int = 1) -> list[Ticket]:
        """Tickets, sorted by a person where there is a category."""
        async with self.desk.unit_of_work(system_actor(organization_id)) as uow:
            username = f"rita{organization_id}"
            requester = await uow.session.scalar(select(User).where(User.username == username))
            if requester is None:
                requester = await create_person(uow, NewPerson(username=username, email=f"{username}@people.example"))
            tickets = [
                await submit_ticket(
                    uow, NewTicket(title=title, description="", channel="web", category=category), requester=requester
                )
                for title in titles
            ]
            await uow.commit()
        return tickets

    async def sort_many(self, organization_id: int = 1) -> None:
        for category, subjects in ((Category.FEATURE_REQUEST, BADGES), (Category.BUG, PARKING)):
            titles = [f"{subject} {when}" for subject in subjects for when in WHEN]
            await self.file(*titles, category=category, organization_id=organization_id)

    async def advice(self, request: TriageRequest) -> Suggestion:
        return (await self.engine.suggest(request)).suggestion

    async def taught(self) -> list[tuple[str, str]]:
        async with self.desk.reading() as reading:
            return [(example.title, example.label) for example in await examples_of(reading, Taught.CATEGORY)]


@pytest.fixture
def teaching(desk: CoreDesk) -> Teaching:
    words = LexicalOnly()
    learning = TriageLearning(desk.unit_of_work, desk.reading, words)
    return Teaching(desk, learning, LocalTriage(own=OwnTickets(desk.reading, words)))


async def test_triage_sorts_as_people_sorted_before(teaching: Teaching) -> None:
    before = await teaching.advice(ABOUT_BADGES)
    assert before.model == "local"
    await teaching.sort_many()
    assert await teaching.learning.learn(1)
    wish, defect = await teaching.advice(ABOUT_BADGES), await teaching.advice(ABOUT_PARKING)
    assert (wish.category, defect.category) == (Category.FEATURE_REQUEST, Category.BUG)
    assert wish.model == defect.model == "local/own tickets"
    assert "as tickets of this desk were sorted before" in wish.reasoning
    assert 0.5 < wish.confidence <= 1


async def test_where_own_tickets_leave_it_unsure_the_rules_decide(teaching: Teaching) -> None:
    request = TriageRequest(title="Xylophone crashes with an error", description="", organization_id=1)
    before = await teaching.advice(request)
    await teaching.sort_many()
    await teaching.learning.learn(1)
    assert await teaching.advice(request) == before


async def test_a_correction_is_learned_by_a_process_that_already_runs(teaching: Teaching) -> None:
    """Another process learns; this one takes the newer model with the next ticket."""
    await teaching.sort_many()
    await teaching.learning.learn(1)
    assert (await teaching.advice(ABOUT_BADGES)).category is Category.FEATURE_REQUEST
    async with teaching.desk.unit_of_work() as uow:
        wishes = select(Ticket.id).where(Ticket.category == Category.FEATURE_REQUEST)
        for ticket_id in (await uow.session.scalars(wishes)).all():
            ticket = await lock_ticket_by_id(uow, ticket_id)
            await set_fields(uow, ticket, category=Category.QUESTION)
        await uow.commit()
    teaching.desk.clock.advance(hours=1)
    assert await teaching.learning.learn(1)
    assert (await teaching.advice(ABOUT_BADGES)).category is Category.QUESTION


async def test_nothing_new_is_not_learned_again(teaching: Teaching) -> None:
    await teaching.sort_many()
    assert await teaching.learning.learn(1)
    assert not await teaching.learning.learn(1)
    await teaching.file("badge reader", category=Category.FEATURE_REQUEST)
    assert await teaching.learning.learn(1)


async def test_too_few_tickets_teach_nothing(teaching: Teaching) -> None:
    await teaching.file(*(f"badge {number}" for number in range(45)), category=Category.BUG)
    assert not await teaching.learning.learn(1)  # one category only
    await teaching.file("parking one", "parking two", category=Category.QUESTION)
    assert not await teaching.learning.learn(1)  # too few of the other


async def test_which_tickets_teach(teaching: Teaching) -> None:
    """A model's own advice on an open ticket teaches nothing, or it would confirm itself."""
    await teaching.file("sorted by a person", category=Category.QUESTION)
    (advised,) = await teaching.file("sorted by a model")
    (resolved,) = await teaching.file("sorted by a model and resolved so")
    (deleted,) = await teaching.file("deleted", category=Category.BUG)
    await teaching.file("never sorted")
    advice = Suggestion(category=Category.PERFORMANCE, priority=None, reasoning="")
    async with teaching.desk.unit_of_work() as uow:
        for ticket in (advised, resolved):
            apply_suggestion(uow, await lock_ticket_by_id(uow, ticket.id), advice)
        await resolve_ticket(uow, await lock_ticket_by_id(uow, resolved.id), resolution="Done.")
        await delete_ticket(uow, await lock_ticket_by_id(uow, deleted.id))
        await uow.commit()
    assert await teaching.taught() == [
        ("sorted by a model and resolved so", "Performance"),
        ("sorted by a person", "Question"),
    ]


async def test_organizations_learn_apart(teaching: Teaching) -> None:
    async with teaching.desk.unit_of_work() as uow:
        other = (await create_organization(uow, "Other")).id
        await uow.commit()
    await teaching.sort_many(other)
    await teaching.learning.run(unqueued("triage.learn"))
    theirs = replace(ABOUT_BADGES, organization_id=other)
    assert (await teaching.advice(theirs)).model == "local/own tickets"
    assert (await teaching.advice(ABOUT_BADGES)).model == "local"
    assert (await teaching.advice(replace(ABOUT_BADGES, organization_id=0))).model == "local"


async def test_what_another_embedder_learned_is_passed_over_and_replaced(teaching: Teaching) -> None:
    await teaching.sort_many()
    assert await teaching.learning.learn(1)
    embedder = WordEmbedder()
    by_vectors = LocalTriage(own=OwnTickets(teaching.desk.reading, embedder))
    assert (await by_vectors.suggest(ABOUT_BADGES)).suggestion.model == "local"
    assert await TriageLearning(teaching.desk.unit_of_work, teaching.desk.reading, embedder).learn(1)
    assert (await by_vectors.suggest(ABOUT_BADGES)).suggestion.category is Category.FEATURE_REQUEST
    async with teaching.desk.reading() as reading:
        (row,) = (await reading.session.scalars(select(LearnedModel))).all()
    assert (row.source, row.examples) == (source_of(embedder), 60)


async def test_an_embedder_that_fails_leaves_it_to_the_rules(teaching: Teaching) -> None:
    await teaching.sort_many()
    embedder = WordEmbedder()
    await TriageLearning(teaching.desk.unit_of_work, teaching.desk.reading, embedder).learn(1)
    engine = LocalTriage(own=OwnTickets(teaching.desk.reading, embedder))
    embedder.broken = True
    assert (await engine.suggest(ABOUT_BADGES)).suggestion.model == "local"


async def test_priority_skill_and_complexity_are_learned_from_what_people_chose(teaching: Teaching) -> None:
    """Badges are urgent here and for the reception, parking is neither."""
    for subjects, priority, skill, complexity in (
        (BADGES, Priority.MEDIUM, "reception", Complexity.SIMPLE),
        (PARKING, Priority.LOW, "grounds", Complexity.COMPLEX),
    ):
        for ticket in await teaching.file(*[f"{subject} {when}" for subject in subjects for when in WHEN]):
            async with teaching.desk.unit_of_work() as uow:
                locked = await lock_ticket_by_id(uow, ticket.id)
                record_suggestion(uow, locked, Suggestion(category=None, priority=None, reasoning=""))
                await uow.session.flush()
                await correct_suggestion(
                    uow, locked, priority=priority, related_skills=[skill, "paper"], complexity=complexity
                )
                await uow.commit()
    assert await teaching.learning.learn(1)
    badge, parking = await teaching.advice(ABOUT_BADGES), await teaching.advice(ABOUT_PARKING)
    assert (badge.priority, badge.complexity) == (Priority.MEDIUM, Complexity.SIMPLE)
    assert (parking.priority, parking.complexity) == (Priority.LOW, Complexity.COMPLEX)
    assert (badge.related_skills[0], parking.related_skills[0]) == ("reception", "grounds")
    assert "such tickets are handled here" in badge.reasoning
    assert badge.category is None
    alarm = replace(ABOUT_PARKING, title=f"{ABOUT_PARKING.title}: ransomware")
    assert (await teaching.advice(alarm)).priority is Priority.HIGH
    others = replace(ABOUT_BADGES, known_skills=("Networks",))
    assert "reception" not in (await teaching.advice(others)).related_skills


async def test_in_a_burst_a_newer_model_is_looked_for_once(teaching: Teaching) -> None:
    clock = FakeClock()
    own = OwnTickets(teaching.desk.reading, LexicalOnly(), look_every=15, clock=clock)
    assert await own.guesses(ABOUT_BADGES) == {}
    await teaching.sort_many()
    assert await teaching.learning.learn(1)
    assert await own.guesses(ABOUT_BADGES) == {}
    clock.advance(seconds=16)
    assert (await own.guesses(ABOUT_BADGES))[Taught.CATEGORY].label == "Feature Request"
    clock.advance(seconds=1)
    assert await own.guesses(ABOUT_BADGES)


async def test_priorities_that_nobody_chose_teach_nothing(teaching: Teaching) -> None:
    await teaching.sort_many()
    async with teaching.desk.reading() as reading:
        assert (await own_lessons(reading)).by_field.keys() == {Taught.CATEGORY}


async def test_a_process_that_dies_while_learning_is_tried_again(
    teaching: Teaching, monkeypatch: pytest.MonkeyPatch
) -> None:
    await teaching.sort_many()
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(TryAgainLaterError, match="code 1"):
        await teaching.learning.learn(1)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(TryAgainLaterError, match="No process"):
        await teaching.learning.learn(1)


async def test_the_desk_goes_on_while_it_learns(teaching: Teaching) -> None:
    """Learning once held the loop up by 44 ms at a time."""
    await teaching.sort_many()
    learning = asyncio.create_task(teaching.learning.learn(1))
    turns = 0
    while not learning.done():
        await asyncio.sleep(0)
        turns += 1
    assert await learning
    assert turns >= 50
