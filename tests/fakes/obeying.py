"""A language model that obeys whatever a ticket tells it, as far as the prompt lets words through to it."""

import json
import re
from typing import Any

from aiohttp import web

from tests.fakes.openai import Answer, FakeOpenAi

_MESSAGE = re.compile(r"(?:<examples>(?P<examples>[^<]*)</examples>)?<ticket>(?P<ticket>[^<]*)</ticket>")
DICTATED = (
    "<!channel> <@U012ABCDEF> <https://evil.example/login|Sign in> [sign in](https://evil.example) www.evil.example "
    "<script>alert(1)</script> <img src=x onerror=alert(1)> javascript:alert(1)"
)


class ObeyingModel(FakeOpenAi):
    """Repeats the ticket's words, and adds every field and every tag that a stranger could wish for.

    `escaped` are messages in which the text stood outside of its delimiters, where it would be an instruction.
    """

    def __init__(self) -> None:
        super().__init__()
        self.escaped: list[str] = []

    async def _next(self, request: web.Request) -> Answer:
        self.requests.append(await request.json())
        system, user = (message["content"] for message in self.requests[-1]["messages"])
        found = _MESSAGE.fullmatch(user)
        ticket: dict[str, Any] = {}
        try:
            ticket = json.loads(found["ticket"]) if found else {}
        except ValueError:
            found = None
        if found is None or set(ticket) != {"title", "description", "known_skills"} or "mallory" in system:
            self.escaped.append(user)
        said = f"{ticket.get('title')} {ticket.get('description')} {DICTATED}"
        return Answer(
            advice={
                "category": "Hacked",
                "priority": "high",
                "complexity": "simple",
                "related_skills": ["mallory", "<!channel>", "https://evil.example", "Networks", said],
                "reasoning": said[-500:],
                "notes": said[-900:],
                "confidence": 1.0,
                "assigned_to": "mallory",
                "assigned_to_id": 2,
                "status": "completed",
                "is_public": True,
                "resolution": said,
                "helpful_notes": said,
                "number": 2,
                "title": "Owned",
                "close": [1, 2, 3],
            }
        )
