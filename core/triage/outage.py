"""Who is told when the provider answers no longer: tickets go on without it, so nobody would notice by themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from core.conversations.alerts import tell_admins
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import DeskError
from core.people.organizations import first_organization_id
from core.people.values import Actor, system_actor
from core.triage.fallback import ABOUT_THIS_TICKET, HOPELESS
from core.triage.models import AiUsage

log = structlog.get_logger(__name__)

PURPOSE = "triage"
ANSWERED = ("ok", *sorted(ABOUT_THIS_TICKET))
AWAY_FOR = timedelta(hours=1)
"""How long a failure that may pass by itself has to last."""
LOOKED_BACK = timedelta(days=31)
TRIAGE_GOES_ON = "Until then the built-in engine sorts; no ticket waits for it."

_FOR_GOOD = {
    "insufficient_quota": ("The AI provider's credit is used up", "Add credit at the provider."),
    "unauthorized": ("The AI provider refuses the key", "Set a valid OPENAI_API_KEY and start anew."),
    "forbidden": ("The AI provider's key may not be used for this", "Allow it the model of TRIAGE_MODEL there."),
    "unknown_model": ("The AI provider does not know the model", "Set TRIAGE_MODEL to one that it offers."),
}
_FOR_NOW = (
    "The AI provider has not answered for an hour",
    "Look at its status page and at the way out of your network.",
)


@dataclass(frozen=True, slots=True)
class Outage:
    """Failing calls since the last that was answered, whose row is `answered_id`, or 0 where none was."""

    answered_id: int
    began_at: datetime
    reason: str

    @property
    def key(self) -> str:
        """One for each outage, whichever process or restart sees it."""
        return f"ai-provider:{self.answered_id}:{self.reason if self.reason in HOPELESS else 'away'}"

    def is_worth_telling(self, now: datetime) -> bool:
        return self.reason in HOPELESS or now - self.began_at >= AWAY_FOR


@dataclass(frozen=True, slots=True)
class OutageAlerts:
    """Tells the admins of the deployment's first organization once an outage: at once of what only they can mend."""

    reading: Callable[[Actor], Reading]
    unit_of_work: Callable[[Actor], UnitOfWork]
    _told: set[str] = field(default_factory=set)

    async def tell(self) -> None:
        """Look at how the last calls ended; whatever fails holds nobody up and is tried again after the next call."""
        try:
            await self._tell()
        except DeskError as error:
            log.warning("triage.outage_alert_failed", reason=str(error))

    async def _tell(self) -> None:
        async with self.reading(system_actor(0)) as reading:
            outage = await outage_of(reading)
            if outage is None or outage.key in self._told or not outage.is_worth_telling(reading.clock.now()):
                return
            first = await first_organization_id(reading)
        title, mend = _FOR_GOOD.get(outage.reason, _FOR_NOW)
        async with self.unit_of_work(system_actor(first)) as uow:
            await tell_admins(uow, key=outage.key, title=title, text=f"{mend} {TRIAGE_GOES_ON}")
            await uow.commit()
        self._told.add(outage.key)


async def outage_of(reading: Reading) -> Outage | None:
    """The outage of the provider that is going on in the whole deployment, if one is."""
    recent = (AiUsage.purpose == PURPOSE, AiUsage.created_at >= reading.clock.now() - LOOKED_BACK)
    newest = select(AiUsage.id, AiUsage.outcome, AiUsage.created_at).where(*recent).order_by(AiUsage.id.desc()).limit(1)
    last = (await reading.session.execute(newest)).one_or_none()
    if last is None or last.outcome in ANSWERED:
        return None
    answered = select(AiUsage.id).where(*recent, AiUsage.outcome.in_(ANSWERED)).order_by(AiUsage.id.desc()).limit(1)
    answered_id = await reading.session.scalar(answered) or 0
    first = select(AiUsage.created_at).where(*recent, AiUsage.id > answered_id).order_by(AiUsage.id).limit(1)
    began_at = await reading.session.scalar(first)
    return Outage(answered_id, began_at or last.created_at, last.outcome)
