"""What goes in and out of `/api/v1/admin/…`."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from core.conversations.values import DeliveryStatus
from core.jobs.values import JobStatus
from core.people.values import Role
from core.tickets.values import Status
from webhooks.api.schemas import Answer, Cursor, Id, Line, PageLength


class UserAnswer(Answer):
    id: int
    username: str
    email: str | None
    email_verified: bool
    full_name: str
    role: Role
    is_active: bool
    last_signed_in_at: datetime | None
    created_at: datetime


class UserPage(Answer):
    items: list[UserAnswer]
    next_cursor: int | None


class UserQuery(BaseModel):
    role: Role | None = None
    q: Line = ""
    cursor: Cursor
    limit: PageLength = 50


class NewUser(BaseModel):
    email: Annotated[Line, Field(min_length=3)]
    full_name: Line = ""
    role: Role = Role.USER


class UserChange(BaseModel):
    role: Role | None = None
    is_active: bool | None = None


class AuditQuery(BaseModel):
    entity_type: Line = ""
    entity_id: Line = ""
    user_id: Id | None = None
    action: Line = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = Field(default=None, description="exclusive")
    cursor: Cursor
    limit: PageLength = 50


class AuditAnswer(Answer):
    id: int
    user_id: int | None
    actor: str
    channel: str
    action: str
    entity_type: str
    entity_id: str
    before: dict[str, Any]
    after: dict[str, Any]
    address: str
    user_agent: str
    created_at: datetime


class AuditPage(Answer):
    items: list[AuditAnswer]
    next_cursor: int | None


class AiUsageQuery(BaseModel):
    since: AwareDatetime | None = None
    until: AwareDatetime | None = Field(default=None, description="exclusive")


class AiUsageLine(Answer):
    model: str
    purpose: str
    calls: int
    failed: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: Decimal = Field(description="without the calls that have no known price")
    unpriced_calls: int


class AiUsageAnswer(Answer):
    items: list[AiUsageLine]


class SimilarWeek(Answer):
    """What became of questions since then; shares are null where there was nothing to measure."""

    since: datetime
    asked: int
    shown: int
    judged: int
    helped: int
    solved: int
    deflected: int
    precision: float | None
    coverage: float | None
    deflection: float | None


class SimilarNumbers(SimilarWeek):
    """All of the weeks together, and the chance from which on tickets are shown (null before anything was learned)."""

    threshold: float | None
    learned_at: datetime | None
    weeks: list[SimilarWeek]


class SatisfactionAnswer(Answer):
    """How satisfied requesters say to be with solutions; `scores` counts the answers 1 to 5."""

    asked: int
    answered: int
    mean: float | None
    scores: dict[int, int]


class PromiseAnswer(Answer):
    """Of one promise in some time: working seconds, null where nothing was measured; `kept` of those `promised`."""

    measured: int
    median_seconds: float | None
    p90_seconds: float | None
    promised: int
    kept: int


class PromiseWeekAnswer(Answer):
    since: datetime
    first_response: PromiseAnswer
    resolution: PromiseAnswer


class PromisesAnswer(Answer):
    """First answers and solutions of the last 30 days, and of the last 13 weeks, oldest first."""

    first_response: PromiseAnswer
    resolution: PromiseAnswer
    weeks: list[PromiseWeekAnswer]


class TriageWeekAnswer(Answer):
    """Tickets completed since then on which triage had been asked, and what it said that still stood.

    `coverage` is the share with a category, `precision` the share of those that was right; null without any.
    """

    since: datetime
    tickets: int
    categories: int
    right_categories: int
    priorities: int
    right_priorities: int
    coverage: float | None
    precision: float | None
    priority_precision: float | None


class StatsAnswer(Answer):
    """How many of each there are, by status or role, and how promises, triage and similar tickets do."""

    tickets: dict[Status, int]
    people: dict[Role, int]
    jobs: dict[JobStatus, int]
    deliveries: dict[DeliveryStatus, int]
    similar: SimilarNumbers
    satisfaction: SatisfactionAnswer
    promises: PromisesAnswer
    triage: list[TriageWeekAnswer] = Field(description="13 weeks, oldest first")


class JobQuery(BaseModel):
    status: JobStatus | None = None
    kind: Line = ""
    cursor: Cursor
    limit: PageLength = 50


class JobAnswer(Answer):
    id: int
    kind: str
    status: JobStatus
    attempts: int
    due_at: datetime
    last_error: str
    created_at: datetime
    finished_at: datetime | None


class JobPage(Answer):
    items: list[JobAnswer]
    next_cursor: int | None
