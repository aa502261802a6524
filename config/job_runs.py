"""What each kind of job runs, joined as the settings want it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from config.mail import build_fetchers
from config.settings import Settings
from config.slack import SlackOutlet
from config.triage import budget_of, learning_embedder
from core.audit.jobs import AuditJobs
from core.clock import Clock
from core.conversations.delivery_events import DeliveryEvents
from core.conversations.jobs import Deliveries
from core.conversations.outgoing import Links
from core.conversations.ports import Courier
from core.conversations.previews import Previews
from core.conversations.watching import ChannelWatch
from core.db.engine import Database
from core.db.unit_of_work import Reading, Surroundings, UnitOfWork
from core.files.jobs import FileFetching
from core.files.scanning import FileScanning, scanner_at
from core.gathering.jobs import EndGathering
from core.installations.jobs import TokenRenewal, nothing_to_renew
from core.intake.earlier_answers import EarlierAnswers
from core.intake.fetching import Fetches
from core.intake.jobs import IntakeProcess
from core.intake.ledger import Ledger
from core.intake.retention import RawRetention
from core.intake.silence import MailSilence, MailWatch
from core.intake.values import Channel
from core.jobs import kinds
from core.jobs.upkeep import Upkeep
from core.jobs.worker import JobRun
from core.people.jobs import LookUps
from core.people.magic_links import link_url
from core.people.values import Actor
from core.search.feedback_links import feedback_url
from core.search.forgetting import ShowingRetention
from core.search.jobs import SearchJobs
from core.search.learning import SearchLearning
from core.search.search import Search
from core.sla.jobs import PromiseWatch
from core.storage.blobs import BlobStore
from core.tickets.jobs import SnoozedTickets
from core.tickets.satisfaction import satisfaction_url
from core.triage.actions import record_calls
from core.triage.budget import BudgetAlerts
from core.triage.jobs import TriageJobs
from core.triage.learning import TriageLearning
from core.triage.outage import OutageAlerts
from core.triage.ports import Triage


@dataclass(frozen=True, kw_only=True, slots=True)
class JobParts:
    """What the jobs of a desk work with."""

    settings: Settings
    surroundings: Surroundings
    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    ledger: Ledger
    silence: MailSilence
    processing: IntakeProcess
    couriers: Mapping[str, Courier]
    search: Search
    triage: Triage
    blobs: BlobStore
    slack: SlackOutlet | None

    @property
    def database(self) -> Database:
        return self.surroundings.database

    @property
    def clock(self) -> Clock:
        return self.surroundings.clock


def job_runs(parts: JobParts) -> dict[str, JobRun]:
    """By the name of the kind."""
    return (
        _intake(parts)
        | _conversations(parts)
        | _tickets(parts)
        | _triage(parts)
        | _search(parts)
        | _slack(parts)
        | _files(parts)
        | _upkeep(parts)
    )


def _intake(parts: JobParts) -> dict[str, JobRun]:
    processing, slack = parts.processing, parts.slack
    fetches = Fetches(unit_of_work=parts.unit_of_work, ledger=parts.ledger, fetchers=build_fetchers(parts.settings))
    threads = EarlierAnswers(parts.unit_of_work, parts.ledger, {Channel.SLACK: slack.threads} if slack else {})
    return {
        kinds.INTAKE_PROCESS.name: JobRun(processing.run, processing.gave_up, processing.run_many),
        kinds.INTAKE_FETCH.name: JobRun(fetches.run, fetches.gave_up),
        kinds.READ_THREAD.name: JobRun(threads.run, threads.gave_up),
        kinds.END_GATHERING.name: JobRun(EndGathering(parts.unit_of_work).run),
        kinds.LOOK_UP.name: JobRun(LookUps(parts.unit_of_work, processing.directories).run),
        kinds.WATCH_MAIL.name: JobRun(MailWatch(parts.silence, parts.unit_of_work).run),
    }


def _conversations(parts: JobParts) -> dict[str, JobRun]:
    deliveries = Deliveries(
        unit_of_work=parts.unit_of_work, reading=parts.reading, couriers=parts.couriers, links=_links(parts.settings)
    )
    events = DeliveryEvents(unit_of_work=parts.unit_of_work, reading=parts.reading)
    return {
        kinds.DELIVER.name: JobRun(deliveries.deliver, deliveries.gave_up),
        kinds.REFRESH.name: JobRun(deliveries.refresh, deliveries.refresh_gave_up),
        kinds.DELIVERY_EVENT.name: JobRun(events.run),
    }


def _links(settings: Settings) -> Links:
    app_url, key = settings.app_url, settings.secret_key.get_secret_value()
    return Links(
        magic=partial(link_url, app_url, key),
        feedback=partial(feedback_url, app_url, key),
        satisfaction=partial(satisfaction_url, app_url, key),
    )


def _tickets(parts: JobParts) -> dict[str, JobRun]:
    return {
        kinds.TICKETS_WAKE.name: JobRun(SnoozedTickets(parts.unit_of_work, parts.reading).wake),
        kinds.WATCH_PROMISES.name: JobRun(PromiseWatch(parts.unit_of_work, parts.reading).run),
    }


def _triage(parts: JobParts) -> dict[str, JobRun]:
    budget = BudgetAlerts(budget_of(parts.settings, parts.reading), parts.unit_of_work)
    outage = OutageAlerts(parts.reading, parts.unit_of_work)
    jobs = TriageJobs(
        unit_of_work=parts.unit_of_work,
        reading=parts.reading,
        engine=parts.triage,
        after_calls=(budget.tell, outage.tell),
    )
    embedder = learning_embedder(parts.settings, parts.search.embedder)
    return {
        kinds.TRIAGE_SUGGEST.name: JobRun(jobs.suggest, jobs.gave_up),
        kinds.TRIAGE_LEARN.name: JobRun(TriageLearning(parts.unit_of_work, parts.reading, embedder).run),
    }


def _search(parts: JobParts) -> dict[str, JobRun]:
    jobs = SearchJobs(
        unit_of_work=parts.unit_of_work, reading=parts.reading, search=parts.search, record_calls=record_calls
    )
    learning = SearchLearning(
        unit_of_work=parts.unit_of_work,
        reading=parts.reading,
        is_lexical=not parts.search.embedder.dimension,
        precision=parts.settings.similar_ticket_precision,
    )
    keep_shown_for = timedelta(days=parts.settings.similar_retention_days)
    return {
        kinds.FIND_SIMILAR.name: JobRun(jobs.find_similar, jobs.gave_up),
        kinds.SIMILAR_GONE.name: JobRun(jobs.similar_gone),
        kinds.SEARCH_INDEX.name: JobRun(jobs.index),
        kinds.SEARCH_REFRESH.name: JobRun(jobs.refresh),
        kinds.SEARCH_LEARN.name: JobRun(learning.run),
        kinds.SEARCH_FORGET.name: JobRun(ShowingRetention(parts.database, parts.clock, keep_shown_for).run),
    }


def _slack(parts: JobParts) -> dict[str, JobRun]:
    slack = parts.slack
    previews = JobRun(Previews(parts.unit_of_work, parts.reading, slack.previews if slack else None).run)
    watch = ChannelWatch(parts.unit_of_work, parts.reading, slack.readers if slack else None)
    renewing = JobRun(nothing_to_renew)
    if slack is not None and slack.access is not None and slack.store is not None:
        renewing = JobRun(TokenRenewal(parts.unit_of_work, parts.reading, slack.access, slack.store).run)
    return {
        kinds.WATCH_CHANNELS.name: JobRun(watch.run),
        kinds.PREVIEW.name: previews,
        kinds.PREVIEW_AGAIN.name: previews,
        kinds.RENEW_TOKENS.name: renewing,
    }


def _files(parts: JobParts) -> dict[str, JobRun]:
    fetching = FileFetching(
        unit_of_work=parts.unit_of_work,
        source=parts.slack.files if parts.slack else None,
        blobs=parts.blobs,
        rules=parts.surroundings.policy.file_rules,
    )
    scanner = scanner_at(parts.settings.virus_scanner) if parts.settings.virus_scanner else None
    scanning = FileScanning(unit_of_work=parts.unit_of_work, scanner=scanner, blobs=parts.blobs)
    return {
        kinds.FETCH_FILE.name: JobRun(fetching.run, fetching.gave_up),
        kinds.SCAN_FILE.name: JobRun(scanning.run, scanning.gave_up),
    }


def _upkeep(parts: JobParts) -> dict[str, JobRun]:
    keep_raw_for = timedelta(days=parts.settings.raw_retention_days)
    return {
        kinds.AUDIT_SEAL.name: JobRun(AuditJobs(parts.database, parts.clock).seal),
        kinds.PURGE.name: JobRun(Upkeep(parts.database, parts.clock).purge),
        kinds.DROP_RAW.name: JobRun(RawRetention(parts.database, parts.clock, keep_raw_for).run),
    }
