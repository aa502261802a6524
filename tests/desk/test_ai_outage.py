"""The provider answers no longer: admins hear once an outage, and what only they can mend at once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.conversations.values import DeliveryKind
from core.errors import TryAgainLaterError
from core.people.values import Role
from core.tickets.actions import NewTicket, submit_ticket
from core.triage.actions import record_calls
from core.triage.fallback import HOPELESS, FallbackTriage
from core.triage.jobs import TriageJobs
from core.triage.local import LocalTriage
from core.triage.openai import OpenAiTriage
from core.triage.outage import OutageAlerts
from core.triage.queries import latest_suggestion
from core.triage.values import AiCall
from tests.builders import CoreDesk
from tests.fakes.openai import FAULTS, FakeOpenAi

CALL = AiCall(
    model="gpt-4.1-mini",
    purpose="triage",
    input_tokens=0,
    cached_tokens=0,
    output_tokens=0,
    cost_usd=Decimal(0),
    duration_ms=20,
)
CREDIT = "The AI provider's credit is used up"
AWAY = "The AI provider has not answered for an hour"


async def calls_end(desk: CoreDesk, *outcomes: str) -> list[str]:
    """Calls in this order, after each of which is looked; the titles of all that admins have been told."""
    for outcome in outcomes:
        async with desk.unit_of_work() as uow:
            record_calls(uow, None, [replace(CALL, outcome=outcome)])
            await uow.commit()
        await OutageAlerts(desk.reading, desk.unit_of_work).tell()  # each time a process that does not know
    await desk.run_jobs()
    return [outgoing.title for outgoing in desk.mail.of_kind(DeliveryKind.ALERT)]


@pytest.fixture(autouse=True)
async def _people(desk: CoreDesk) -> None:
    await desk.person("root", Role.ADMIN)
    await desk.person("mia", Role.MODERATOR)


async def test_what_only_an_admin_can_mend_is_told_at_once_and_once(desk: CoreDesk) -> None:
    assert await calls_end(desk, "ok", "insufficient_quota") == [CREDIT]
    assert await calls_end(desk, "insufficient_quota", "insufficient_quota") == [CREDIT]
    (mail,) = desk.mail.of_kind(DeliveryKind.ALERT)
    assert mail.recipient == "root@people.example"
    assert "Add credit" in mail.text
    assert "no ticket waits" in mail.text


async def test_after_it_has_answered_the_next_outage_is_told_again(desk: CoreDesk) -> None:
    assert await calls_end(desk, "insufficient_quota", "ok", "insufficient_quota") == [CREDIT, CREDIT]


@pytest.mark.parametrize("reason", sorted(HOPELESS))
async def test_every_reason_that_lasts_has_words_and_a_mend(desk: CoreDesk, reason: str) -> None:
    (title,) = await calls_end(desk, reason)
    assert title != AWAY


@pytest.mark.parametrize("reason", ["timeout", "http_503", "rate_limited", "unreachable", "nonsense"])
async def test_what_may_pass_by_itself_is_told_after_an_hour(desk: CoreDesk, reason: str) -> None:
    assert await calls_end(desk, "ok", reason, reason, reason, reason) == []
    desk.clock.advance(seconds=3601)
    assert await calls_end(desk, reason, reason) == [AWAY]


async def test_failures_with_answers_in_between_are_told_to_nobody(desk: CoreDesk) -> None:
    for outcome in ("timeout", "ok", "timeout", "refused", "timeout"):
        desk.clock.advance(seconds=1801)
        assert await calls_end(desk, outcome) == []


async def test_nobody_is_told_before_anything_was_asked(desk: CoreDesk) -> None:
    assert await calls_end(desk) == []


async def test_a_failing_database_holds_no_ticket_up(desk: CoreDesk) -> None:
    def away(_actor: object) -> object:
        raise TryAgainLaterError("The database cannot be reached just now.")

    await OutageAlerts(away, desk.unit_of_work).tell()  # type: ignore[arg-type]


async def test_a_provider_out_of_credit_ends_in_local_advice_and_one_mail(desk: CoreDesk) -> None:
    """Over HTTP, with three tickets: asked once, as the circuit is open from then on."""
    anna = await desk.person("anna")
    async with FakeOpenAi() as api:
        api.always(FAULTS["out of credit"]())
        remote = OpenAiTriage(api_key="sk-key-of-a-test", base_url=api.base_url, clock=desk.clock)
        engine = FallbackTriage(remote, LocalTriage(clock=desk.clock), clock=desk.clock)
        alerts = OutageAlerts(desk.reading, desk.unit_of_work)
        jobs = TriageJobs(desk.unit_of_work, desk.reading, engine, after_calls=[alerts.tell])
        desk.runs["triage.suggest"] = jobs.suggest
        for title in ("one", "two", "three"):
            async with desk.unit_of_work(desk.actor(anna)) as uow:
                ticket = await submit_ticket(uow, NewTicket(title=title, description="", channel="web"), requester=anna)
                await uow.commit()
            await desk.run_jobs("triage.suggest")
        await engine.close()
        assert len(api.requests) == 1
    assert await calls_end(desk) == [CREDIT]
    async with desk.reading() as reading:
        advice = await latest_suggestion(reading, ticket.id)
    assert advice is not None
    assert (advice.model, advice.fallback_reason) == ("local", "paused: insufficient_quota")
