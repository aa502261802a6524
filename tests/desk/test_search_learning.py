"""What the search learns from feedback: whom it shows, in what order, and when it says nothing."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from core.people.models import User
from core.search.feedback import record_feedback, record_shown
from core.search.learning import SearchLearning
from core.search.models import SearchLearning as LearningRow
from core.search.search import Search
from core.search.values import Findings, Surface, Verdict
from tests.desk.feedback_history import History, Question
from tests.desk.searching import ABOUT_VPN, VPN, SearchDesk

PRECISION = 0.75
OTHERWISE = "Replace the cable behind your desk."


@dataclass
class Replay:
    """The desk of a `History`, and how its people take what they are shown."""

    searching: SearchDesk
    search: Search
    person: User
    helpers: dict[tuple[int, int], int] = field(default_factory=dict)

    async def ask(self, question: Question, *, limit: int = 3, min_score: float | None = None) -> Findings:
        return await self.search.ask(
            organization_id=1, title=question.text, description="", limit=limit, min_score=min_score
        )

    def helps(self, question: Question, number: int) -> bool:
        return question.helper is not None and self.helpers[question.topic, question.helper] == number

    async def live(self, question: Question) -> None:
        """Somebody asks, and says of the first two what they did for them."""
        findings = await self.ask(question)
        self.searching.desk.clock.advance(hours=1)
        async with self.searching.desk.unit_of_work(self.searching.desk.actor(self.person)) as uow:
            key = str(self.searching.desk.clock.now())
            showing = await record_shown(uow, findings, surface=Surface.WEB_FORM, key=key)
            for one in findings.tickets[:2]:
                verdict = Verdict.SOLVED_IT if self.helps(question, one.number) else Verdict.NOT_HELPFUL
                await record_feedback(uow, showing_id=showing.id, number=one.number, verdict=verdict)
            await uow.commit()

    async def learn(self, *, precision: float | None = PRECISION) -> None:
        desk = self.searching.desk
        await SearchLearning(desk.unit_of_work, desk.reading, is_lexical=False, precision=precision).learn(1)

    async def mrr(self, questions: list[Question]) -> float:
        ranks = []
        for question in questions:
            if question.helper is None:
                continue
            found = (await self.ask(question, limit=12, min_score=0)).tickets
            helped = [self.helps(question, one.number) for one in found]
            ranks.append(1 / (helped.index(True) + 1) if True in helped else 0.0)
        return sum(ranks) / len(ranks)

    async def precision(self, questions: list[Question]) -> tuple[float, int]:
        """The share of those shown that help, and how many were shown."""
        shown = [
            self.helps(question, one.number) for question in questions for one in (await self.ask(question)).tickets
        ]
        return (sum(shown) / len(shown) if shown else 1.0), len(shown)


async def _replay(searching: SearchDesk, history: History) -> Replay:
    search = Search(
        database=searching.desk.database,
        reading=searching.desk.reading,
        embedder=searching.embedder,
        index=searching.index,
        precision=PRECISION,
    )
    replay = Replay(searching, search, await searching.desk.person("ada"))
    for topic, number, title, description in history.tickets():
        replay.helpers[topic, number] = (
            await searching.solved(title, description, resolution=f"fix{topic}{number}")
        ).number
    return replay


async def test_replaying_a_history_of_feedback_improves_the_order_and_keeps_the_precision(
    searching: SearchDesk,
) -> None:
    history = History(seed=5, unanswerable=0.4)
    replay = await _replay(searching, history)
    unseen = [history.question() for _ in range(40)]
    mrr_before = await replay.mrr(unseen)
    precision_before, _ = await replay.precision(unseen)
    for _ in range(60):
        await replay.live(history.question())
    await replay.learn()
    mrr_after = await replay.mrr(unseen)
    precision_after, shown_after = await replay.precision(unseen)
    assert mrr_before < 0.75
    assert mrr_after > mrr_before + 0.2
    assert precision_before < PRECISION - 0.2
    assert precision_after >= PRECISION
    assert shown_after >= 15


async def test_few_verdicts_change_little(searching: SearchDesk) -> None:
    history = History(seed=6, unanswerable=0.0)
    replay = await _replay(searching, history)
    await replay.learn()
    async with searching.desk.reading() as reading:
        assert await reading.session.get(LearningRow, 1) is None
    for _ in range(2):
        await replay.live(history.question())
    await replay.learn(precision=None)
    async with searching.desk.reading() as reading:
        row = await reading.session.get_one(LearningRow, 1)
    assert row.verdicts == 4
    assert row.scale == pytest.approx(1.0, abs=0.2)
    assert row.shift == pytest.approx(0.0, abs=0.3)
    assert row.least_chance == pytest.approx(0.40, abs=0.1)


async def test_a_verdict_counts_with_the_next_similar_question_without_waiting_for_the_job(
    searching: SearchDesk,
) -> None:
    await searching.solved(resolution=OTHERWISE)
    await searching.solved()
    ada = await searching.desk.person("ada")

    async def numbers() -> list[int]:
        findings = await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)
        return [one.number for one in findings.tickets]

    first, second = await numbers()
    findings = await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)
    async with searching.desk.unit_of_work(searching.desk.actor(ada)) as uow:
        showing = await record_shown(uow, findings, surface=Surface.SLACK_FORM)
        await record_feedback(uow, showing_id=showing.id, number=second, verdict=Verdict.SOLVED_IT)
        await uow.commit()
    assert await numbers() == [second, first]
    searching.desk.clock.advance(minutes=1)
    async with searching.desk.unit_of_work(searching.desk.actor(ada)) as uow:
        await record_feedback(uow, showing_id=showing.id, number=second, verdict=Verdict.NOT_HELPFUL)
        await uow.commit()
    assert await numbers() == [first, second]


async def _said(searching: SearchDesk, person: User, number: int, verdict: Verdict, *, times: int = 1) -> None:
    """Somebody asks the question about the VPN some times over, and says each time the same of one ticket."""
    findings = await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN, min_score=0)
    for again in range(times):
        async with searching.desk.unit_of_work(searching.desk.actor(person)) as uow:
            showing = await record_shown(
                uow, findings, surface=Surface.SLACK_FORM, key=f"{searching.desk.clock.now()}{verdict}{again}"
            )
            await record_feedback(uow, showing_id=showing.id, number=number, verdict=verdict)
            await uow.commit()


async def test_a_verdict_from_a_process_whose_clock_is_behind_is_not_lost(searching: SearchDesk) -> None:
    await searching.solved(resolution=OTHERWISE)
    await searching.solved()
    findings = await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)
    first, second = [one.number for one in findings.tickets]
    await _said(searching, await searching.desk.person("ada"), first, Verdict.HELPFUL)
    await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)
    searching.desk.clock.advance(hours=-2)
    await _said(searching, await searching.desk.person("ben"), second, Verdict.SOLVED_IT)
    await _said(searching, await searching.desk.person("cem"), first, Verdict.NOT_HELPFUL)
    found = await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)
    assert [one.number for one in found.tickets] == [second, first]


async def test_one_person_s_many_verdicts_do_not_outweigh_those_of_others(searching: SearchDesk) -> None:
    await searching.solved(resolution=OTHERWISE)
    await searching.solved()
    findings = await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)
    _, second = [one.number for one in findings.tickets]
    await _said(searching, await searching.desk.person("ben"), second, Verdict.SOLVED_IT)
    await _said(searching, await searching.desk.person("cem"), second, Verdict.HELPFUL)
    await _said(searching, await searching.desk.person("ada"), second, Verdict.NOT_HELPFUL, times=10)
    found = await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)
    assert found.tickets[0].number == second
    assert found.found[0].ranked.lift > 0.9


async def test_feedback_outlives_a_change_of_model_by_the_words_of_the_question(searching: SearchDesk) -> None:
    await searching.solved(resolution=OTHERWISE)
    await searching.solved()
    ada = await searching.desk.person("ada")
    findings = await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)
    first, second = [one.number for one in findings.tickets]
    async with searching.desk.unit_of_work(searching.desk.actor(ada)) as uow:
        showing = await record_shown(uow, findings, surface=Surface.SLACK_FORM)
        showing.model, showing.text = "an earlier model", b"\x00" * 12
        await record_feedback(uow, showing_id=showing.id, number=second, verdict=Verdict.SOLVED_IT)
        await uow.commit()
    again = await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)
    assert [one.number for one in again.tickets] == [second, first]
    assert again.found[0].ranked.lift > 0.5
    other = await searching.search.ask(organization_id=1, title="VPN is slow", description="", min_score=0)
    assert [one.ranked.lift for one in other.found] == [0.0, 0.0]


async def test_an_operator_s_minimum_overrides_what_was_learned(searching: SearchDesk) -> None:
    await searching.solved()
    async with searching.desk.unit_of_work() as uow:
        uow.session.add(
            LearningRow(
                organization_id=1,
                verdicts_revision=1,
                is_lexical=False,
                scale=1.0,
                lift=2.0,
                shift=-6.0,
                least_chance=0.5,
                verdicts=100,
                learned_at=uow.clock.now(),
            )
        )
        await uow.commit()
    assert await searching.titles("VPN drops every ten minutes again") == []
    overriding = Search(
        database=searching.desk.database,
        reading=searching.desk.reading,
        embedder=searching.embedder,
        index=searching.index,
        min_score=0.01,
    )
    findings = await overriding.ask(organization_id=1, title="VPN drops every ten minutes again", description="")
    assert [one.title for one in findings.tickets] == [VPN]


async def test_silence_alone_teaches_nothing(searching: SearchDesk) -> None:
    history = History(seed=7, unanswerable=0.0)
    replay = await _replay(searching, history)
    for _ in range(5):
        await searching.submitted(history.question().text)
    await searching.desk.run_jobs("search.find_similar")
    searching.desk.clock.advance(days=30)
    await replay.learn()
    async with searching.desk.reading() as reading:
        assert (await reading.session.scalars(select(LearningRow))).all() == []
