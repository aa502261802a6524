"""However the provider fails, a ticket and its card are there at once, and the advice that follows says what it is."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.slack.blocks import pieces
from core.conversations.actions import acknowledgement_job_key
from core.conversations.values import DeliveryKind
from core.jobs.models import Job
from core.tickets.actions import NewTicket, submit_ticket
from core.triage.fallback import FallbackTriage
from core.triage.jobs import TriageJobs
from core.triage.local import LocalTriage
from core.triage.openai import OpenAiTriage
from core.triage.queries import latest_suggestion
from tests.builders import CoreDesk
from tests.fakes.openai import FAULTS, FakeOpenAi

REASONS = {
    "slow": "timeout",
    "rate limited": "rate_limited",
    "out of credit": "insufficient_quota",
    "server error": "http_500",
    "wrong key": "unauthorized",
    "refusal": "refused",
    "truncated": "truncated",
    "bad JSON": "invalid",
    "no JSON at all": "nonsense",
}


@pytest.fixture
async def api() -> AsyncIterator[FakeOpenAi]:
    async with FakeOpenAi() as api:
        yield api


@pytest.mark.parametrize("fault", FAULTS)
async def test_ticket_card_and_acknowledgement_come_as_they_would_without(
    desk: CoreDesk, api: FakeOpenAi, fault: str
) -> None:
    """zammad#5892, #5908: a provider out of credit, a flag that stays at "running"."""
    api.always(FAULTS[fault]())
    remote = OpenAiTriage(api_key="sk-key-of-a-test", base_url=api.base_url, timeout=0.2, clock=desk.clock)
    engine = FallbackTriage(remote, LocalTriage(clock=desk.clock), clock=desk.clock)
    desk.runs["triage.suggest"] = TriageJobs(desk.unit_of_work, desk.reading, engine).suggest
    desk.set_policy(slack_enabled=True, triage_channel="C0TRIAGE")
    anna = await desk.person("anna")
    async with desk.unit_of_work(desk.actor(anna)) as uow:
        new = NewTicket(title="The printer is broken", description="It prints nothing.", channel="email")
        ticket = await submit_ticket(uow, new, requester=anna)
        await uow.commit()
    await desk.run_jobs("conversations.deliver")
    assert [sent.kind for sent in desk.slack.sent] == [DeliveryKind.CARD]
    assert api.requests == []
    async with desk.reading() as reading:
        job = await reading.session.scalar(select(Job).where(Job.key == acknowledgement_job_key(ticket.id)))
    assert job is not None
    assert job.due_at == desk.clock.now() + timedelta(seconds=1.5)
    await desk.run_jobs("triage.suggest")
    await engine.close()
    async with desk.reading() as reading:
        advice = await latest_suggestion(reading, ticket.id)
    assert advice is not None
    assert (advice.model, advice.fallback_reason) == ("local", REASONS[fault])
    assert f"instead of the provider: {REASONS[fault]}" in pieces.suggestion(advice)["text"]["text"]
    assert (await desk.ticket(ticket.id)).triaged_at is not None
