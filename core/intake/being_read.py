"""Threads whose earlier answers are about to be read, as the ledger has them: see `earlier_answers`.

That may take hours where Slack is silent or allows one page a minute, so such a thread keeps nothing else waiting.
"""

from sqlalchemy import ColumnElement, not_, or_

from core.intake.models import Intake

THREAD = "thread:"
"""How the ids of the ledger's rows for threads begin."""


def thread_row_id(ticket_id: int, thread_key: str) -> str:
    return f"{THREAD}{ticket_id}:{thread_key}"[:255]


def may_bring(thread_key: str) -> ColumnElement[bool]:
    """SQL for the rows of which a message in this thread (`CHANNEL:TS`, or `CHANNEL:` in any of its) may yet come."""
    is_of_thread = Intake.external_id.contains(f":{thread_key}", autoescape=True)
    return or_(not_(Intake.external_id.startswith(THREAD)), is_of_thread)
