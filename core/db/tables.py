"""Every table, imported once so that the metadata is whole."""

from core.audit import models as audit
from core.conversations import models as conversations
from core.db.types import Base
from core.files import models as files
from core.gathering import models as gathering
from core.installations import models as installations
from core.intake import models as intake
from core.jobs import models as jobs
from core.mailboxes import models as mailboxes
from core.people import models as people
from core.search import models as search
from core.sla import models as sla
from core.tickets import models as tickets
from core.triage import models as triage

__all__ = [
    "Base",
    "audit",
    "conversations",
    "files",
    "gathering",
    "installations",
    "intake",
    "jobs",
    "mailboxes",
    "people",
    "search",
    "sla",
    "tickets",
    "triage",
]
