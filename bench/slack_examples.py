"""What `bench/slack_cards.py` draws: one small story, at every point of which somebody looks at it."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.slack.blocks import (
    conversation,
    form_layout,
    lists,
    modals,
    new_ticket,
    own_ticket,
    pieces,
    satisfaction,
    triage_forms,
)
from bot.slack.blocks import help as help_blocks
from bot.slack.blocks.card import ticket_card
from bot.slack.blocks.home import HomeContent, Work, home_view
from bot.slack.commands import QueueView, ShowQueue
from bot.slack.previews import hidden_preview, preview
from core.conversations.values import Choice, Urging
from core.gathering.drafts import Draft
from core.gathering.values import Answer
from core.search.values import SimilarTicket
from core.sla.values import DueCounts, SlaPolicy, Standing, running_clock
from core.tickets.public import PublicTicket
from core.tickets.templates import built_in_templates
from core.tickets.values import Category, Person, Priority, Rating, Status, TicketSnapshot
from core.triage.values import Suggestion
from tests.fakes.slack_tickets import example_reply, example_ticket

Json = dict[str, Any]

NOW = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
POLICY = SlaPolicy(
    first_response={
        Priority.HIGH: timedelta(hours=1),
        Priority.MEDIUM: timedelta(hours=4),
        Priority.LOW: timedelta(days=1),
    },
    resolution={Priority.HIGH: timedelta(hours=8), Priority.MEDIUM: timedelta(days=3), Priority.LOW: timedelta(days=7)},
)
ADA, GRACE, BEA = Person(id=1, name="Ada Lovelace"), Person(id=2, name="Grace Hopper"), Person(id=3, name="Bea Adams")


def url(number: int) -> str:
    return f"https://desk.example/tickets/{number}"


ASKED = Rating(id=1, user_id=ADA.id)
ADVICE = Suggestion(
    category=Category.BUG,
    priority=Priority.HIGH,
    reasoning="Something that worked has stopped working, for everybody who exports.",
    related_skills=("exports", "background jobs"),
    confidence=0.86,
    model="local",
)
SIMILAR = [
    SimilarTicket(
        ticket_id=8,
        number=8,
        title="CSV export has only the header",
        category=Category.BUG,
        description="",
        resolution="Clear the export cache under Settings, then start the export again.",
        score=0.92,
    ),
    SimilarTicket(
        ticket_id=5,
        number=5,
        title="Report is empty on the first of the month",
        category=None,
        description="",
        resolution="Choose the time zone of the workspace.",
        score=0.61,
    ),
]


def card(ticket: TicketSnapshot, **known: Any) -> Json:
    clock = running_clock(ticket, POLICY, NOW)
    about: dict[str, Any] = {"advice": ADVICE, "similar": (), "similar_known": True} | known
    return {"blocks": ticket_card(ticket, ticket_url=url, clock=clock, **about).blocks}


def story() -> dict[str, TicketSnapshot]:
    """The ticket at every point, and others beside it."""
    filed = NOW - timedelta(minutes=35)
    new = example_ticket(
        title="Export to CSV is empty since Monday <!channel>",
        description="Every export I start ends with an empty file.\nThe page says “done”, & there is no error.",
        category=None,
        priority=Priority.LOW,
        created_by=ADA,
        created_at=filed,
    )
    triaged = replace(
        new, category=Category.BUG, priority=Priority.HIGH, set_by={"category": "model", "priority": "model"}
    )
    taken = replace(triaged, status=Status.IN_PROGRESS, assigned_to=GRACE, revision=4, answered_at=NOW)
    accepted = replace(taken, set_by={"category": "person", "priority": "person"})
    return {
        "new": new,
        "triaged": triaged,
        "taken": taken,
        "snoozed": replace(accepted, snoozed_until=NOW + timedelta(hours=22, minutes=45)),
        "overdue": replace(triaged, id=2, number=11, title="Nobody can sign in", created_at=NOW - timedelta(hours=2)),
        "other": replace(new, id=3, number=9, title="Exports are empty", description="All of them.", created_by=BEA),
        "done": replace(
            accepted,
            status=Status.COMPLETED,
            is_public=True,
            resolution="The export ran before the nightly index was ready. It waits now.",
            helpful_notes="See the job export.nightly.",
        ),
        "merged": replace(
            new,
            id=3,
            number=9,
            title="Exports are empty",
            status=Status.COMPLETED,
            created_by=BEA,
            resolution="Merged into #12, where it goes on.",
        ),
    }


def examples() -> dict[str, Json]:
    """Every card, list, form and Home by its name."""
    at = story()
    return cards(at) | messages(at) | notices(at) | forms(at) | homes(at)


def cards(at: dict[str, TicketSnapshot]) -> dict[str, Json]:
    return {
        "card-new": card(at["new"], advice=None, similar_known=False),
        "card-triaged": card(
            at["triaged"], similar=SIMILAR, others=[BEA, replace(BEA, id=9, name="Gus", remark="guest")]
        ),
        "card-overdue": card(at["overdue"]),
        "card-snoozed": card(at["snoozed"]),
        "card-done": card(at["done"]),
        "card-merged": card(at["merged"], advice=None),
        "card-deleted": card(replace(at["taken"], deleted_at=NOW)),
    }


def messages(at: dict[str, TicketSnapshot]) -> dict[str, Json]:
    row = lists.QueueRows(ticket_url=url, policy=POLICY, now=NOW)
    reply = example_reply("Could you send me the name of one export?\nThen I can look at its log.", author=GRACE)
    drawn = {
        "confirmation": conversation.confirmation(
            at["taken"], similar=SIMILAR, similar_known=True, ticket_url=url, others_can_read=False, advice=ADVICE
        ),
        "reply": conversation.reply_copy(at["taken"], reply, ticket_url=url),
        "resolution": conversation.resolution(at["done"], ticket_url=url, rating=ASKED),
        "resolution-rated": conversation.resolution(at["done"], ticket_url=url, rating=replace(ASKED, score=4)),
        "ticket": lists.ticket_view(at["done"], [reply], ticket_url=url),
        "ticket-of-others": lists.public_ticket_view(for_everybody(at["done"]), ticket_url=url),
        "queue": lists.queue([at["new"], at["taken"], at["other"], at["overdue"]], ShowQueue(), row=row),
        "queue-breaching": lists.queue([at["overdue"], at["triaged"]], ShowQueue(QueueView.BREACHING), row=row),
        "help-ticket": help_blocks.ticket_help(),
        "help-triage": help_blocks.triage_help(),
    }
    return {name: {"blocks": message.blocks} for name, message in drawn.items()}


def for_everybody(ticket: TicketSnapshot) -> PublicTicket:
    return PublicTicket(**{part.name: getattr(ticket, part.name) for part in fields(PublicTicket)})


def notices(at: dict[str, TicketSnapshot]) -> dict[str, Json]:
    """Lines that nobody asked for, and questions."""
    overdue, due = running_clock(at["overdue"], POLICY, NOW), running_clock(at["triaged"], POLICY, NOW)
    assert overdue is not None  # for mypy; both tickets are open
    assert due is not None
    soon = replace(due, standing=Standing.SOON)
    many = "3 tickets are past their promise, 2 more will be soon.\nGrace Hopper: 2\nnobody: 1"
    drawn = {
        "notice-due": pieces.urging(
            "#12 Export to CSV is empty", Urging(mentions=("GRACE",), due=(soon,), page_url=url(12))
        ),
        "notice-overdue": pieces.urging(
            "Nobody has taken #11 Nobody can sign in", Urging(due=(overdue,), page_url=url(11))
        ),
        "notice-many": pieces.urging(
            f"{many}\n/triage breaching lists them.",
            Urging(mentions=("GRACE",), page_url="https://desk.example/tickets?due=true"),
        ),
        "question-more": pieces.question(
            "Hi Ada! I am glad to help. What were you doing, and what happened instead?",
            [
                Choice("bug", "Something is broken", "1"),
                Choice("question", "A question", "1"),
                Choice("feature", "A wish", "1"),
                Choice("performance", "It is slow", "1"),
                Choice("drop", "Never mind", "1"),
            ],
        ),
        "question-ticket": pieces.question(
            "Shall I make a ticket of this for you?", [Choice("file", "Make a ticket", "1"), Choice("drop", "No", "1")]
        ),
        "question-where": pieces.question(
            "Does this belong to your ticket #12, or is it something new?",
            [Choice("join", "It belongs to #12", "1"), Choice("file", "A new ticket", "1")],
        ),
        "confirmation-in-channel": conversation.confirmation(
            at["taken"], similar=(), similar_known=True, ticket_url=url, others_can_read=True, advice=ADVICE
        ),
    }
    previews = {"preview": preview(for_everybody(at["done"]), url), "preview-hidden": hidden_preview(12)}
    return {name: {"blocks": message.blocks} for name, message in drawn.items()} | {
        name: {"blocks": blocks} for name, blocks in previews.items()
    }


def forms(at: dict[str, TicketSnapshot]) -> dict[str, Json]:
    templates = built_in_templates()
    entered = {"title": "CSV export is empty", "description": "Every export since Monday is empty."}
    kept = {"field:long:reason": "I would not have to copy the rows by hand."}
    bug = form_layout.FormLayout(kind="bug", kept=("reason",))
    said = example_reply("It is fixed with the next release, tonight.", author=BEA)
    return {
        "form-new": new_ticket.new_ticket_modal(at["new"].description),
        "form-solutions": new_ticket.redrawn(
            form_layout.FormLayout(), entered, SIMILAR, templates=templates, ticket_url=url
        ),
        "form-bug": new_ticket.redrawn(bug, entered | kept, (), templates=templates, ticket_url=url),
        "form-solved": new_ticket.solved_view(8, SIMILAR[0].title, ticket_url=url),
        "form-edit": own_ticket.edit_modal(at["new"]),
        "form-rate": satisfaction.rate_modal(12, replace(ASKED, score=4)),
        "form-resolve": modals.resolve_modal(at["done"]),
        "form-reply": modals.reply_modal(12),
        "form-reply-overtaken": modals.reply_modal(12, seen=3, said=said, text="I am looking into it."),
        "form-note": triage_forms.note_form(at["taken"]),
        "form-snooze": triage_forms.snooze_form(at["taken"]),
        "form-merge": triage_forms.merge_form(at["other"]),
        "form-merge-confirm": triage_forms.merge_confirmation(at["other"], at["taken"], ticket_url=url),
        "form-publish": triage_forms.publish_form(at["taken"]),
        "form-correct": triage_forms.correct_form(at["triaged"], ADVICE),
    }


DRAFTS = (
    Draft(gathering_id=2, text="The projector in room 4 stays dark.", answers=(Answer.FILE, Answer.DROP)),
    Draft(gathering_id=1, text="And the PDF is empty, too.", answers=(Answer.JOIN, Answer.FILE), number=12),
)


def homes(at: dict[str, TicketSnapshot]) -> dict[str, Json]:
    row = lists.QueueRows(ticket_url=url, policy=POLICY, now=NOW)
    work = Work(counts=DueCounts(1, 1), assigned=[at["taken"]], due=[at["overdue"]], unassigned=[at["other"]])
    numbers = {Status.PENDING: 7, Status.IN_PROGRESS: 4, Status.WAITING: 3, Status.COMPLETED: 128}
    seen_by = {
        "home-requester": HomeContent(mine=[at["done"], at["taken"]]),
        "home-drafts": HomeContent(mine=[at["taken"]], drafts=DRAFTS),
        "home-first": HomeContent(mine=[]),
        "home-moderator": HomeContent(mine=[at["done"]], work=work),
        "home-admin": HomeContent(mine=[], work=Work(counts=DueCounts(0, 0)), numbers=numbers),
    }
    return {
        name: home_view(content, ticket_url=url, row=row, admin_url="https://desk.example/admin")
        for name, content in seen_by.items()
    }
