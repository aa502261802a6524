"""The roof: settings in, a desk out. Tests build the same with fakes in the places of `Replacements`."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta

from bot.email.transports.port import Transport
from config.checks import blob_check, database_check, says, search_check
from config.job_runs import JobParts, job_runs
from config.mail import MailDoor, build_mail, reply_organization
from config.policy import policy_of
from config.settings import Settings
from config.similar import build_search
from config.slack import SlackOutlet, build_slack_outlet, slack_check
from config.triage import budget_of, build_triage, triage_check
from core.clock import Clock
from core.db.engine import Database
from core.db.first_start import prepare
from core.db.unit_of_work import Reading, Surroundings, UnitOfWork
from core.desk import Desk
from core.gathering.channels import Watching
from core.intake.forms import Forms
from core.intake.jobs import IntakeProcess
from core.intake.ledger import Ledger
from core.intake.ports import Interpreter
from core.intake.silence import MailSilence
from core.intake.values import Channel
from core.jobs.wake import WakeUp
from core.people.values import Actor
from core.search.ports import VectorIndex
from core.storage.blobs import BlobStore, DirectoryBlobs
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
        ledger, processing = self._ledger(), self._processing(mail, slack, blobs)
        silence = MailSilence(database, clock, allowed=timedelta(hours=settings.mail_silence_hours))
        jobs = JobParts(
            settings=settings,
            surroundings=self.surroundings,
            unit_of_work=self.unit_of_work,
            reading=self.reading,
            ledger=ledger,
            silence=silence,
            processing=processing,
            couriers={"email": mail.courier} | ({"slack": slack.courier} if slack else {}),
            search=search,
            triage=triage,
            blobs=blobs,
            slack=slack,
        )
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
            runs=job_runs(jobs),
            link_key=settings.secret_key.get_secret_value(),
            checks={
                "database": database_check(database),
                "search": search_check(search),
                "blobs": blob_check(blobs),
                "triage": triage_check(settings, triage, budget_of(settings, self.reading)),
                "mail in": silence.check,
                "mail": says(f"sent by {settings.email_transport}"),
                "slack": slack_check(slack, self.reading),
            },
            closing=(triage.close, search.stop, *((slack.api.close,) if slack else ()), database.close),
        )

    def _processing(self, mail: MailDoor, slack: SlackOutlet | None, blobs: BlobStore) -> IntakeProcess:
        interpreters: dict[Channel, Interpreter] = {Channel.EMAIL: mail.interpreter}
        return IntakeProcess(
            unit_of_work=self.unit_of_work,
            reading=self.reading,
            interpreters=interpreters | ({Channel.SLACK: slack.interpreter} if slack else {}),
            directories={Channel.SLACK: slack.directory} if slack else {},
            blobs=blobs,
            sender_checks={Channel.EMAIL: mail.sender_check} if mail.sender_check else {},
            readers={Channel.SLACK: slack.messages} if slack else {},
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
