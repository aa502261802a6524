"""What machines ask of the web: does it live, is it ready, how is it doing; and our own style sheet and script."""

import asyncio

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from webhooks.measures import set_job_counts
from webhooks.routing import json_response
from webhooks.site import Visit

log = structlog.get_logger(__name__)


async def healthz(_visit: Visit) -> web.Response:
    """Alive: it answers."""
    return json_response({"status": "ok"})


async def readyz(visit: Visit) -> web.Response:
    """Every part by name: 503 names each that fails; what is only degraded takes no process out of use."""
    states = await visit.site.readiness.states()
    failing = [state.part for state in states if not state.ok and state.is_vital]
    degraded = [state.part for state in states if not state.ok and not state.is_vital]
    answer = {
        "status": "unready" if failing else "degraded" if degraded else "ready",
        "failing": failing,
        "degraded": degraded,
        "parts": {state.part: {"ok": state.ok, "detail": state.detail} for state in states},
    }
    return json_response(answer, status=503 if failing else 200)


async def metrics(visit: Visit) -> web.Response:
    """Prometheus text: requests, process, and how many jobs there are of each status."""
    await set_job_counts(visit.desk)
    text = await asyncio.to_thread(generate_latest)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def static(visit: Visit, name: str) -> web.Response:
    """One of our own files; its address changes with its content."""
    file = visit.site.pages.static.get(name)
    if file is None:
        raise web.HTTPNotFound
    keep = "public, max-age=31536000, immutable" if visit.request.query.get("v") == file.version else "no-cache"
    return web.Response(
        body=file.content, content_type=file.content_type, charset="utf-8", headers={"Cache-Control": keep}
    )


async def front_door(_visit: Visit) -> web.Response:
    """`/` leads to the tickets, and from there whoever is not signed in to the sign-in page."""
    return web.Response(status=303, headers={"Location": "/tickets"})
