"""Parts that several cards share: a ticket's facts, its text, the suggestion, the similar tickets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.slack import limits
from bot.slack.blocks import elements, ids
from bot.slack.blocks.elements import Block
from bot.slack.text import escape, link, quote, split, truncate
from core.conversations.values import Choice, Urging
from core.search.values import SimilarTicket
from core.sla.values import Clock, Promise, Standing
from core.tickets.public import PublicTicket
from core.tickets.values import Priority, Status, TicketSnapshot, category_label, status_label
from core.triage.values import Suggestion, percent_sure

TicketUrl = Callable[[int], str]

PRIORITY_MARKS = {Priority.HIGH: "🔴", Priority.MEDIUM: "🟡", Priority.LOW: "⚪"}
STATUS_MARKS = {Status.PENDING: "🆕", Status.IN_PROGRESS: "🔧", Status.WAITING: "⏳", Status.COMPLETED: "✅"}

_TITLE = 300
_NAME = 200
_RESOLUTION = 700
_REASON = 600
_LONGEST_MESSAGE = 3
_MOST_CALLED = 20
_SHOWN_SIMILAR = 3
_HOURS_ALONE_FROM = 10
_DAYS_FROM = 36  # hours


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message ready for Slack: blocks, and the text for notifications and screen readers."""

    text: str
    blocks: list[Block] = field(default_factory=list)


def message(text: str, blocks: Sequence[Block]) -> Message:
    """A message within the limits; `text` is people's text, not yet escaped."""
    return Message(
        text=escape(text, limits.MESSAGE_TEXT).strip() or elements.EMPTY, blocks=list(blocks[: limits.MESSAGE_BLOCKS])
    )


def notice(text: str) -> Message:
    """One short answer, mostly to one person alone."""
    return message(text, list(paragraphs(text)))


def marked_up(text: str, markup: str) -> Message:
    """A short answer whose markup is ours: it may name channels."""
    return message(text, [elements.section(truncate(markup, limits.SECTION_TEXT))])


def urging(text: str, urged: Urging) -> Message:
    """A line that calls people by name, and what is due below it."""
    called = "".join(f"<@{user_id}> " for user_id in urged.mentions[:_MOST_CALLED])
    first, *more = text.split("\n")
    lines = [called + link(urged.page_url, first), *map(due_at, urged.due), *map(escape, more)]
    return marked_up(text, "\n".join(lines))


def question(text: str, choices: Sequence[Choice]) -> Message:
    """A line to one person, with the buttons that answer it."""
    buttons = [elements.button(choice.label, choice.action, choice.value) for choice in choices]
    rows = [elements.actions(ids.QUESTION, *buttons)] if buttons else []
    return message(text, [*paragraphs(text), *rows])


def heading(ticket: TicketSnapshot | PublicTicket) -> str:
    return f"#{ticket.number} {' '.join(ticket.title.split())}"


def fact(label: str, value: str) -> str:
    return f"*{label}*\n{escape(value, _NAME)}"


def priority_label(priority: Priority) -> str:
    return f"{PRIORITY_MARKS[priority]} {priority.value}"


def marked_status(status: Status) -> str:
    return f"{STATUS_MARKS[status]} {status_label(status)}"


def sorting_facts(ticket: TicketSnapshot | PublicTicket) -> list[str]:
    return [
        fact("Status", marked_status(ticket.status)),
        fact("Priority", priority_label(ticket.priority)),
        fact("Category", category_label(ticket.category)),
    ]


def visibility_fact(ticket: TicketSnapshot) -> str:
    return fact("Visibility", "🌐 public" if ticket.is_public else "🔒 private")


def moment(at: datetime) -> str:
    """A day and time in the zone and the words of whoever reads it. Markup."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"


def lasting(span: timedelta) -> str:
    """How long something takes, as people say it."""
    hours, minutes = divmod(max(1, int(abs(span.total_seconds()) // 60)), 60)
    if hours >= _DAYS_FROM:
        return f"{round(hours / 24)} days"
    if hours >= _HOURS_ALONE_FROM or not minutes:
        return f"{hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def promise_label(clock: Clock) -> str:
    return "first answer" if clock.promise is Promise.FIRST_RESPONSE else "solution"


def due_at(clock: Clock) -> str:
    """What is due when, for what is read later than it was drawn. Markup."""
    if clock.standing is Standing.OVERDUE:
        return f"🔥 *{promise_label(clock)} overdue* since {moment(clock.due_at)}"
    return f"⏰ {promise_label(clock)} due {moment(clock.due_at)}"


def due_in(clock: Clock, now: datetime) -> str:
    """The same for what is read at once. Markup."""
    if clock.standing is Standing.OVERDUE:
        return f"🔥 *{promise_label(clock)} overdue by {lasting(now - clock.due_at)}*"
    mark = "⏰ " if clock.standing is Standing.SOON else ""
    return f"{mark}{promise_label(clock)} due in {lasting(clock.due_at - now)}"


def titled_link(number: int, title: str, ticket_url: TicketUrl) -> str:
    return link(ticket_url(number), truncate(f"#{number} {' '.join(title.split())}", _TITLE))


def page_link(ticket: TicketSnapshot | PublicTicket, ticket_url: TicketUrl) -> str:
    return link(ticket_url(ticket.number), f"#{ticket.number} in the web")


def paragraphs(text: str, *, more_url: str = "") -> Iterator[Block]:
    """Long text as a few sections; what does not fit is named, with the way to the rest."""
    for position in range(_LONGEST_MESSAGE):
        piece, text = split(text, limits.SECTION_TEXT)
        if piece.strip() or position == 0:
            yield elements.section(piece)
        if not text:
            return
    rest = f"{len(text):,} more characters"
    yield elements.context(link(more_url, f"{rest} on the ticket's page") if more_url else f"{rest} left out")


def excerpt(text: str, limit: int) -> Block:
    return elements.section(quote(text, limit))


def sorted_as(advice: Suggestion) -> str:
    """Category and priority that triage advises."""
    parts = [advice.category.value if advice.category else None, advice.priority.value if advice.priority else None]
    return " · ".join(part for part in parts if part) or "no clear case"


def suggestion(advice: Suggestion) -> Block:
    """What triage advises, how sure it is and why."""
    certainty = f"{percent_sure(advice.confidence)} % sure"
    instead = f" instead of the provider: {escape(advice.fallback_reason, 80)}" if advice.fallback_reason else ""
    lines = [f"*Suggestion:* {sorted_as(advice)} ({certainty}, {escape(advice.model, 80)}{instead})"]
    lines += [escape(text, _REASON) for text in (advice.reasoning, advice.notes) if text.strip()]
    if advice.related_skills:
        lines.append(f"*Skills:* {escape(', '.join(advice.related_skills), _REASON)}")
    return elements.section("\n".join(lines))


def similar_tickets(found: Sequence[SimilarTicket], *, known: bool, ticket_url: TicketUrl) -> Iterator[Block]:
    """Earlier solutions inline; nothing is left open while the search is still running."""
    if not known:
        yield elements.context("🔎 Looking for similar resolved tickets …")
        return
    if not found:
        yield elements.context("No similar resolved ticket yet.")
        return
    yield elements.section("*Similar resolved tickets*")
    for ticket in found[:_SHOWN_SIMILAR]:
        score = round(min(max(ticket.score, 0.0), 1.0) * 100)
        yield elements.section(
            f"{titled_link(ticket.number, ticket.title, ticket_url)} · {score} %\n"
            f"{quote(ticket.resolution or 'Resolved without a note.', _RESOLUTION)}"
        )
        if why := _why_similar(ticket):
            yield elements.context(why)


def _why_similar(ticket: SimilarTicket) -> str:
    parts = [f"Both say: {escape(', '.join(ticket.shared_terms), _REASON)}"] if ticket.shared_terms else []
    if ticket.more_like_it:
        parts.append(f"and {len(ticket.more_like_it)} more like it")
    return " · ".join(parts)
