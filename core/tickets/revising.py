"""What somebody wrote, changed by themselves where they wrote it. The audit log keeps every earlier version."""

from dataclasses import dataclass
from datetime import datetime

from core.db.unit_of_work import UnitOfWork
from core.jobs import kinds
from core.tickets.actions import audited_state, changed
from core.tickets.models import Reply, Ticket
from core.tickets.values import TEXT_LENGTH, title_from

TAKEN_BACK = "(deleted by its author)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """The new words, made at a moment; without a text the author has taken theirs back."""

    title: str
    text: str
    at: datetime


async def revise_ticket(uow: UnitOfWork, ticket: Ticket, revision: Revision) -> bool:
    """Put the requester's new words in the place of the old; False where a later version, or the same, is known.

    The title follows where it was taken from the old words; one that somebody has written stays.
    """
    text = _stored(revision.text)
    if _is_overtaken(ticket.edited_at, revision) or text == ticket.description:
        return False
    before = audited_state(ticket)
    if ticket.title == title_from("", ticket.description):
        ticket.title = title_from(revision.title, text)
    ticket.description, ticket.description_html, ticket.edited_at = text, "", revision.at
    uow.audit.record("ticket.edited", ticket, before, audited_state(ticket))
    changed(uow, ticket)
    return True


async def rewrite_ticket(uow: UnitOfWork, ticket: Ticket, text: str) -> None:
    """Let a ticket say what its requester has added while they were still writing; it is triaged and compared anew."""
    text = _stored(text)
    if text == ticket.description:
        return
    before = audited_state(ticket)
    if ticket.title == title_from("", ticket.description):
        ticket.title = title_from("", text)
    ticket.description, ticket.description_html = text, ""
    uow.audit.record("ticket.continued", ticket, before, audited_state(ticket))
    changed(uow, ticket)
    judge_anew(uow, ticket)


def judge_anew(uow: UnitOfWork, ticket: Ticket) -> None:
    """Have a ticket triaged and compared with others, unless that is under way."""
    for kind, ended_at in ((kinds.TRIAGE_SUGGEST, "triaged_at"), (kinds.FIND_SIMILAR, "similar_found_at")):
        if getattr(ticket, ended_at) is not None:
            setattr(ticket, ended_at, None)
            uow.jobs.enqueue(kind, {"ticket_id": ticket.id}, key=f"{kind.name}:{ticket.id}:{ticket.revision}")


async def revise_reply(uow: UnitOfWork, ticket: Ticket, reply: Reply, revision: Revision) -> bool:
    """The same for a reply or internal note; its copies in Slack follow, a mail that has gone cannot."""
    text = _stored(revision.text)
    if _is_overtaken(reply.edited_at, revision) or text == reply.text:
        return False
    before = {"ticket": ticket.number, "text": reply.text}
    reply.text, reply.full_text, reply.html, reply.edited_at = text, "", "", revision.at
    uow.audit.record("reply.edited", reply, before, {"ticket": ticket.number, "text": text})
    _refresh_copies(uow, ticket, reply)
    return True


def _refresh_copies(uow: UnitOfWork, ticket: Ticket, reply: Reply) -> None:
    if uow.policy.slack_enabled:
        key = f"conversations.refresh:reply:{reply.id}:{uow.clock.now().timestamp()}"
        uow.jobs.enqueue(kinds.REFRESH, {"ticket_id": ticket.id, "reply_id": reply.id}, key=key)


def _stored(text: str) -> str:
    return text.replace("\x00", "").strip()[:TEXT_LENGTH] or TAKEN_BACK


def _is_overtaken(edited_at: datetime | None, revision: Revision) -> bool:
    return edited_at is not None and revision.at < edited_at
