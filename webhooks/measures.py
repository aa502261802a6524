"""What Prometheus reads of the web and the queue behind it."""

from prometheus_client import Gauge, Histogram

from core.desk import Desk
from core.jobs.queries import count_all_jobs
from core.jobs.values import JobStatus

_SECONDS = Histogram(
    "tickmate_http_request_seconds",
    "Time to answer a request, by route.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_JOBS = Gauge("tickmate_jobs", "Background jobs that are queued, running or dead.", ["status"])
_COUNTED = (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.DEAD)
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"})


def measure(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer. `route` is the pattern, not the path, so that the number of series stays small."""
    _SECONDS.labels(method if method in _METHODS else "other", route, str(status)).observe(seconds)


async def set_job_counts(desk: Desk) -> None:
    """Bring the gauge of jobs up to date, over all organizations. Those done are not counted: there are very many."""
    for status, count in (await count_all_jobs(desk.surroundings.database, _COUNTED)).items():
        _JOBS.labels(status.value).set(count)
