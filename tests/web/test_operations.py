"""Probes, metrics and the OpenAPI document."""

import asyncio
import re
from typing import Any

from core.errors import DegradedError, TryAgainLaterError
from core.people.values import Role
from tests.web.web_desk import Client, WebDesk
from webhooks.middleware import ENTRANCES
from webhooks.readiness import Readiness
from webhooks.routing import Door
from webhooks.site import SITE


async def test_alive_and_ready_name_every_part(browser: Client) -> None:
    assert await (await browser.get("/healthz")).json() == {"status": "ok"}
    answer = await browser.get("/readyz")
    ready = await answer.json()
    assert (answer.status, ready["status"], ready["failing"]) == (200, "ready", [])
    assert {"database", "search", "blobs"} <= ready["parts"].keys()


async def test_unready_names_each_failing_part(site: WebDesk, browser: Client) -> None:
    async def broken() -> str:
        raise TryAgainLaterError("The worker has stopped.")

    site.server.app[SITE].readiness = Readiness(site.desk, {"worker": broken}, site.clock)
    answer = await browser.get("/readyz")
    unready = await answer.json()
    assert (answer.status, unready["failing"]) == (503, ["worker"])
    assert unready["parts"]["worker"] == {"ok": False, "detail": "The worker has stopped."}
    assert unready["parts"]["database"]["ok"] is True


async def test_a_degraded_part_is_named_and_takes_no_process_out_of_use(site: WebDesk, browser: Client) -> None:
    """osTicket#6455: a mail channel that has fallen silent turns readiness yellow, not red."""

    async def silent() -> str:
        raise DegradedError("No mail has come.")

    site.server.app[SITE].readiness = Readiness(site.desk, {"imap": silent}, site.clock)
    answer = await browser.get("/readyz")
    told = await answer.json()
    assert (answer.status, told["status"], told["failing"], told["degraded"]) == (200, "degraded", [], ["imap"])
    assert told["parts"]["imap"] == {"ok": False, "detail": "No mail has come."}


async def test_parts_are_looked_at_once_a_second_however_often_asked(site: WebDesk, browser: Client) -> None:
    looks: list[float] = []

    async def look() -> str:
        looks.append(site.clock.monotonic())
        return "runs"

    site.server.app[SITE].readiness = Readiness(site.desk, {"worker": look}, site.clock)
    await asyncio.gather(*(browser.get("/readyz") for _ in range(5)))
    assert len(looks) == 1
    site.clock.advance(seconds=1)
    assert (await (await browser.get("/readyz")).json())["parts"]["worker"]["ok"] is True
    assert len(looks) == 2


async def test_metrics_count_by_route_not_by_path(site: WebDesk, browser: Client) -> None:
    path = await site.link_of(await site.person("ada"))
    await browser.get(path)
    await browser.get("/somewhere/random")
    text = await (await browser.get("/metrics")).text()
    assert 'route="/auth/magic-link/{token}"' in text
    assert path.rpartition("/")[2] not in text
    assert "random" not in text
    assert set(re.findall(r'tickmate_jobs\{status="(\w+)"\}', text)) == {"queued", "running", "dead"}
    assert 'tickmate_jobs{status="dead"} 0.0' in text


async def test_the_openapi_document_tells_of_every_route(site: WebDesk, browser: Client) -> None:
    document = await (await browser.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {
        (entrance.route.method, route.resource.canonical)
        for route, entrance in site.server.app[ENTRANCES].items()
        if entrance.route.door is Door.API and route.resource is not None
    }
    schemas = document["components"]["schemas"]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas
    submit = document["paths"]["/api/v1/tickets"]["post"]
    assert submit["responses"]["201"]["content"]["application/json"]["schema"]["$ref"].endswith("TicketAnswer")
    assert submit["security"] == [{"bearer": []}, {"cookie": []}]
    assert [one["name"] for one in submit["parameters"]] == ["Idempotency-Key"]
    assert {"200", "415"} < submit["responses"].keys()
    upload = document["paths"]["/api/v1/tickets/{number}/attachments"]["post"]["requestBody"]
    assert list(upload["content"]) == ["multipart/form-data"]
    names = [one["name"] for one in document["paths"]["/api/v1/admin/audit-logs"]["get"]["parameters"]]
    assert names == ["entity_type", "entity_id", "user_id", "action", "since", "until", "cursor", "limit"]


async def test_answers_look_as_the_document_says(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.ADMIN)
    await site.ticket(await site.person("ada"))
    document = await (await browser.get("/api/openapi.json")).json()
    for path in ("/api/v1/tickets/{number}", "/api/v1/admin/users", "/api/v1/auth/me"):
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        described = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
        answer = await (await browser.get(path.replace("{number}", "1"))).json()
        assert answer.keys() == described.keys()


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(one) for one in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(one) for one in value))
    return set()
