"""Similar tickets by the JSON API."""

from decimal import Decimal
from unittest.mock import patch

from sqlalchemy import select

from core.people.models import User
from core.people.values import Role, system_actor
from core.search.feedback import NO_QUESTION
from core.search.search import Search
from core.search.values import Findings
from core.triage.models import AiUsage
from core.triage.values import AiCall
from tests.web.web_desk import WebDesk


async def test_similar_tickets_are_found_among_the_solved_public_ones(site: WebDesk) -> None:
    await site.desk.search.start()
    grace = await site.signed_in_as(Role.MODERATOR)
    ada = await site.signed_in_as(Role.USER, "ada")
    for title, public in (("Printer jams on both sides", True), ("Printer jams, salary letter inside", False)):
        number = (await (await ada.post("/api/v1/tickets", json={"title": title})).json())["number"]
        done = {"resolution": "Clean the rollers.", "is_public": public}
        assert (await grace.patch(f"/api/v1/tickets/{number}", json=done)).status == 200
    await site.run_jobs("search.index")
    eve = await site.signed_in_as(Role.USER, "eve")
    answer = await eve.post("/api/v1/tickets/similar", json={"title": "my printer jams", "description": ""})
    found = (await answer.json())["items"]
    assert [(one["number"], one["resolution"]) for one in found] == [(1, "Clean the rollers.")]
    assert 0 < found[0]["score"] <= 1
    assert (await eve.post("/api/v1/tickets/similar", json={"title": " "})).status == 422


async def test_what_looking_for_similar_tickets_cost_is_kept(site: WebDesk) -> None:
    call = AiCall(
        model="text-embedding-3-small",
        purpose="embed",
        input_tokens=7,
        cached_tokens=0,
        output_tokens=0,
        cost_usd=Decimal("0.00000014"),
        duration_ms=80,
        outcome="ok",
    )

    async def ask(_search: Search, *, calls: list[AiCall], **_question: object) -> Findings:
        calls.append(call)
        return NO_QUESTION

    ada = await site.signed_in(await site.person("ada"))
    with patch.object(Search, "ask", ask):
        answer = await ada.post("/api/v1/tickets/similar", json={"title": "my printer jams"})
    assert (await answer.json())["items"] == []
    async with site.desk.reading(system_actor(1)) as reading:
        (row,) = (await reading.session.scalars(select(AiUsage))).all()
        ada_id = await reading.session.scalar(select(User.id).where(User.username == "ada"))
    assert (row.model, row.input_tokens, row.cost_usd, row.user_id) == (call.model, 7, call.cost_usd, ada_id)
    assert row.ticket_id is None
