"""The roof: settings in, a desk out. Tests build the same with fakes in the places of `Replacements`."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from bot.email.transports.port import Transport
from config.mail import build_fetchers, build_mail, reply_organization
from config.settings import Settings
from config.similar import build_search
from config.sla import sla_of
from config.slack import SlackOutlet, build_slack_outlet, file_rules, slack_check
from config.triage import budget_of, build_triage, learning_embedder, triage_check
from core.audit.jobs import AuditJobs
from core.clock import Clock
from core.conversations.delivery_events import DeliveryEvents
from core.conversations.jobs import Deliveries
from core.conversations.outgoing import Links
from core.conversations.ports import Courier
from core.conversations.previews import Previews
from core.conversations.watching import ChannelWatch
from core.db.engine import Database
from core.db.first_start import prepare
from core.db.unit_of_work import Reading, Surroundings, UnitOfWork
from core.desk import Check, Desk
from core.files.jobs import FileFetching
from core.files.scanning import FileScanning, scanner_at
from core.gathering.channels import Watching
from core.gathering.jobs import EndGathering
from core.installations.jobs import TokenRenewal, nothing_to_renew
from core.intake.earlier_answers import EarlierAnswers
from core.intake.fetching import Fetches
from core.intake.forms import Forms
from core.intake.jobs import IntakeProcess
from core.intake.ledger import Ledger
from core.intake.ports import Directory, Interpreter
from core.intake.retention import RawRetention
from core.intake.silence import MailSilence, MailWatch
from core.intake.values import Channel
from core.jobs import kinds
from core.jobs.upkeep import Upkeep
from core.jobs.wake import WakeUp
from core.jobs.worker import JobRun
from core.people.jobs import LookUps
from core.people.magic_links import link_url
from core.people.models import MagicLink
from core.people.values import Actor
from core.policy import Policy
from core.search.feedback_links import FeedbackLink, feedback_url
from core.search.forgetting import ShowingRetention
from core.search.jobs import SearchJobs
from core.search.learning import SearchLearning
from core.search.ports import VectorIndex
from core.search.search import Search
from core.sla.jobs import PromiseWatch
from core.storage.blobs import BlobStore, DirectoryBlobs
from core.tickets.jobs import SnoozedTickets
from core.tickets.models import Satisfaction
from core.tickets.satisfaction import satisfaction_url
from core.triage.actions import record_calls
from core.triage.budget import BudgetAlerts
from core.triage.jobs import TriageJobs
from core.triage.learning import TriageLearning
from core.triage.outage import OutageAlerts
from core.triage.ports import Triage


@dataclass(frozen=True, kw_only=True, slots=True)
class Replacements:
    """What tests put in the place of the real parts."""

    clock: Clock = field(default_factory=Clock)
    transport: Transport | None = None
    triage: Triage | None = None
    index: VectorIndex | None = None
    strict_audit: bool = False


async def build_desk(settings: Settings, replace: Replacements | None = None) -> Desk:
    """Join the core's parts as the settings want them, on a database that is up to date.

    Raises:
        ConfigurationError: a setting does not fit the others.
        TryAgainLaterError: the database cannot be reached.
    """
    replace = replace or Replacements()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as undo:
        database = Database(settings.sqlalchemy_url)
        undo.push_async_callback(database.close)
        await prepare(database, replace.clock, support_address=settings.support_address)
        desk = await _joined(settings, database, replace)
        undo.pop_all()
        return desk


async def _joined(settings: Settings, database: Database, replace: Replacements) -> Desk:
    wake = WakeUp()
    surroundings = Surroundings(
        database=database,
        clock=replace.clock,
        policy=policy_of(settings),
        audit_key=settings.audit_key.get_secret_value().encode(),
        strict_audit=replace.strict_audit,
        committed=wake.ring,
    )
    return await _Joiner(settings, surroundings, wake, replace).join()


def policy_of(settings: Settings) -> Policy:
    """The house rules that follow from the settings."""
    return Policy(
        support_address=settings.support_address,
        email_from=settings.email_from,
        app_url=settings.app_url,
        triage_channel=settings.slack_triage_channel or "",
        slack_enabled=settings.slack_bot_token is not None or settings.slack_client_id is not None,
        quarantines_unknown_senders=settings.mail_unknown_senders == "quarantine",
        tickets_per_hour=settings.mail_tickets_per_hour,
        ai_budget=settings.ai_monthly_budget_usd,
        asks_satisfaction=settings.satisfaction_question,
        marks_status=bool(settings.slack_status_reactions.strip()),
        burst_window=settings.slack_burst_window,
        dialogue_timeout=settings.slack_dialogue_timeout,
        file_rules=file_rules(settings),
        scans_files=settings.virus_scanner is not None,
        sla=sla_of(settings),
    )


@dataclass(frozen=True, slots=True)
class _Joiner:
    settings: Settings
    surroundings: Surroundings
    wake: WakeUp
    replace: Replacements

    def unit_of_work(self, actor: Actor) -> UnitOfWork:
        return UnitOfWork(self.surroundings, actor)

    def reading(self, actor: Actor) -> Reading:
        return Reading(self.surroundings, actor)

    async def join(self) -> Desk:
        settings, clock, database = self.settings, self.replace.clock, self.surroundings.database
        blobs = DirectoryBlobs(settings.data_dir / "blobs")
        mail = build_mail(settings, clock=clock, blobs=blobs, transport=self.replace.transport)
        slack = build_slack_outlet(
            settings, clock=clock, unit_of_work=self.unit_of_work, reading=self.reading, blobs=blobs
        )
        search = await build_search(
            settings, database=database, reading=self.reading, clock=clock, index=self.replace.index
        )
        triage = self.replace.triage or build_triage(settings, search=search, reading=self.reading, clock=clock)
        interpreters: dict[Channel, Interpreter] = {Channel.EMAIL: mail.interpreter}
        couriers: dict[str, Courier] = {"email": mail.courier}
        directories: dict[Channel, Directory] = {}
        if slack is not None:
            interpreters[Channel.SLACK] = slack.interpreter
            directories[Channel.SLACK] = slack.directory
            couriers["slack"] = slack.courier
        processing = IntakeProcess(
            unit_of_work=self.unit_of_work,
            reading=self.reading,
            interpreters=interpreters,
            directories=directories,
            blobs=blobs,
            sender_checks={Channel.EMAIL: mail.sender_check} if mail.sender_check else {},
            readers={Channel.SLACK: slack.messages} if slack else {},
        )
        ledger = self._ledger()
        silence = MailSilence(database, clock, allowed=timedelta(hours=settings.mail_silence_hours))
        return Desk(
            surroundings=self.surroundings,
            intake=ledger,
            watching=Watching(database, clock),
            forms=Forms(self.unit_of_work),
            processing=processing,
            search=search,
            triage=triage,
            blobs=blobs,
            wake=self.wake,
            runs=self._runs(processing, couriers, search, triage)
            | self._provider_runs(ledger)
            | self._slack_runs(slack, ledger)
            | {kinds.WATCH_MAIL.name: JobRun(MailWatch(silence, self.unit_of_work).run)}
            | self._file_runs(slack, blobs),
            link_key=settings.secret_key.get_secret_value(),
            checks={
                "database": self._check_database,
                "search": search_check(search),
                "blobs": blob_check(blobs),
                "triage": triage_check(settings, triage, budget_of(settings, self.reading)),
                "mail in": silence.check,
                "mail": says(f"sent by {settings.email_transport}"),
                "slack": slack_check(slack, self.reading),
            },
            closing=(triage.close, search.stop, *((slack.api.close,) if slack else ()), database.close),
        )

    def _ledger(self) -> Ledger:
        settings = self.settings
        return Ledger(
            self.surroundings.database,
            self.surroundings.clock,
            committed=self.wake.ring,
            max_size=settings.smtp_max_size,
            reply_organization=reply_organization(settings),
            has_home_workspace=settings.slack_client_id is None or settings.slack_bot_token is not None,
        )

    def _runs(
        self, processing: IntakeProcess, couriers: Mapping[str, Courier], search: Search, triage: Triage
    ) -> dict[str, JobRun]:
        links = Links(magic=self._link_url, feedback=self._feedback_url, satisfaction=self._satisfaction_url)
        deliveries = Deliveries(unit_of_work=self.unit_of_work, reading=self.reading, couriers=couriers, links=links)
        budget = BudgetAlerts(budget_of(self.settings, self.reading), self.unit_of_work)
        outage = OutageAlerts(self.reading, self.unit_of_work)
        triage_jobs = TriageJobs(
            unit_of_work=self.unit_of_work, reading=self.reading, engine=triage, after_calls=(budget.tell, outage.tell)
        )
        learning = TriageLearning(self.unit_of_work, self.reading, learning_embedder(self.settings, search.embedder))
        search_jobs = SearchJobs(
            unit_of_work=self.unit_of_work, reading=self.reading, search=search, record_calls=record_calls
        )
        database, clock = self.surroundings.database, self.surroundings.clock
        keep_raw_for = timedelta(days=self.settings.raw_retention_days)
        keep_shown_for = timedelta(days=self.settings.similar_retention_days)
        return {
            kinds.INTAKE_PROCESS.name: JobRun(processing.run, processing.gave_up, processing.run_many),
            kinds.DELIVER.name: JobRun(deliveries.deliver, deliveries.gave_up),
            kinds.REFRESH.name: JobRun(deliveries.refresh, deliveries.refresh_gave_up),
            kinds.END_GATHERING.name: JobRun(EndGathering(self.unit_of_work).run),
            kinds.LOOK_UP.name: JobRun(LookUps(self.unit_of_work, processing.directories).run),
            kinds.TICKETS_WAKE.name: JobRun(SnoozedTickets(self.unit_of_work, self.reading).wake),
            kinds.WATCH_PROMISES.name: JobRun(PromiseWatch(self.unit_of_work, self.reading).run),
            kinds.TRIAGE_SUGGEST.name: JobRun(triage_jobs.suggest, triage_jobs.gave_up),
            kinds.TRIAGE_LEARN.name: JobRun(learning.run),
            kinds.FIND_SIMILAR.name: JobRun(search_jobs.find_similar, search_jobs.gave_up),
            kinds.SIMILAR_GONE.name: JobRun(search_jobs.similar_gone),
            kinds.SEARCH_INDEX.name: JobRun(search_jobs.index),
            kinds.SEARCH_REFRESH.name: JobRun(search_jobs.refresh),
            kinds.SEARCH_LEARN.name: JobRun(self._search_learning(search).run),
            kinds.SEARCH_FORGET.name: JobRun(ShowingRetention(database, clock, keep_shown_for).run),
            kinds.AUDIT_SEAL.name: JobRun(AuditJobs(database, clock).seal),
            kinds.PURGE.name: JobRun(Upkeep(database, clock).purge),
            kinds.DROP_RAW.name: JobRun(RawRetention(database, clock, keep_raw_for).run),
        }

    def _provider_runs(self, ledger: Ledger) -> dict[str, JobRun]:
        """What mail providers only tell of: mail to be fetched, and what became of mail they took."""
        fetches = Fetches(unit_of_work=self.unit_of_work, ledger=ledger, fetchers=build_fetchers(self.settings))
        events = DeliveryEvents(unit_of_work=self.unit_of_work, reading=self.reading)
        return {
            kinds.INTAKE_FETCH.name: JobRun(fetches.run, fetches.gave_up),
            kinds.DELIVERY_EVENT.name: JobRun(events.run),
        }

    def _slack_runs(self, slack: SlackOutlet | None, ledger: Ledger) -> dict[str, JobRun]:
        previews = JobRun(Previews(self.unit_of_work, self.reading, slack.previews if slack else None).run)
        watch = ChannelWatch(self.unit_of_work, self.reading, slack.readers if slack else None)
        threads = EarlierAnswers(self.unit_of_work, ledger, {Channel.SLACK: slack.threads} if slack else {})
        renewing = JobRun(nothing_to_renew)
        if slack is not None and slack.access is not None and slack.store is not None:
            renewing = JobRun(TokenRenewal(self.unit_of_work, self.reading, slack.access, slack.store).run)
        return {
            kinds.WATCH_CHANNELS.name: JobRun(watch.run),
            kinds.READ_THREAD.name: JobRun(threads.run, threads.gave_up),
            kinds.PREVIEW.name: previews,
            kinds.PREVIEW_AGAIN.name: previews,
            kinds.RENEW_TOKENS.name: renewing,
        }

    def _file_runs(self, slack: SlackOutlet | None, blobs: BlobStore) -> dict[str, JobRun]:
        fetching = FileFetching(
            unit_of_work=self.unit_of_work,
            source=slack.files if slack else None,
            blobs=blobs,
            rules=self.surroundings.policy.file_rules,
        )
        scanner = scanner_at(self.settings.virus_scanner) if self.settings.virus_scanner else None
        scanning = FileScanning(unit_of_work=self.unit_of_work, scanner=scanner, blobs=blobs)
        return {
            kinds.FETCH_FILE.name: JobRun(fetching.run, fetching.gave_up),
            kinds.SCAN_FILE.name: JobRun(scanning.run, scanning.gave_up),
        }

    def _link_url(self, link: MagicLink) -> str:
        return link_url(self.settings.app_url, self.settings.secret_key.get_secret_value(), link)

    def _search_learning(self, search: Search) -> SearchLearning:
        return SearchLearning(
            unit_of_work=self.unit_of_work,
            reading=self.reading,
            is_lexical=not search.embedder.dimension,
            precision=self.settings.similar_ticket_precision,
        )

    def _feedback_url(self, link: FeedbackLink) -> str:
        return feedback_url(self.settings.app_url, self.settings.secret_key.get_secret_value(), link)

    def _satisfaction_url(self, row: Satisfaction) -> str:
        return satisfaction_url(self.settings.app_url, self.settings.secret_key.get_secret_value(), row)

    async def _check_database(self) -> str:
        async with self.surroundings.database.reading() as connection:
            await connection.execute(select(1))
        return connection.dialect.name


def search_check(search: Search) -> Check:
    """Says what the search embeds with and how many tickets it can find."""

    async def check() -> str:
        health = await search.health()
        if health.is_changing_model:
            done = f"{health.findable - health.missing:,} of {health.findable:,} so far"
            return f"{health.answering} until {health.model} has embedded every ticket, {done}"
        return f"{health.model}, {health.tickets} tickets"

    return check


def blob_check(blobs: BlobStore) -> Check:
    async def check() -> str:
        await blobs.check()
        return "writable"

    return check


def says(detail: str) -> Check:
    """A part that runs on nothing of its own: there is only to tell what it is."""

    async def check() -> str:
        return detail

    return check
