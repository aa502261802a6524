"""What is seldom drawn stays within Slack's limits as well: calls by name, questions, ratings, previews, late context.

Whatever draws a message or a view is drawn with any text at all, here or in test_slack_blocks; a new one has to be.
"""

import inspect
import json
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import previews
from bot.slack.blocks import (
    card,
    conversation,
    help,  # noqa: A004 (a module of ours)
    home,
    lists,
    modals,
    new_ticket,
    own_ticket,
    pieces,
    satisfaction,
    triage_forms,
)
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import Message
from core.conversations.values import Choice, Urging
from core.sla.values import Clock, Promise, Standing
from core.tickets.templates import built_in_templates
from core.tickets.values import Rating, TicketSnapshot
from tests.fakes.slack_block_kit import problems_of_message, problems_of_view
from tests.unit import test_slack_blocks
from tests.unit.test_slack_blocks import assert_message_fits, moments, public_snapshot, texts, ticket_url, tickets

DRAWING = (
    card, conversation, help, home, lists, modals, new_ticket, own_ticket, pieces, satisfaction, triage_forms, previews
)  # fmt: skip
PARTS = {"excerpt", "suggestion", "plain_row", "told"}
"""These give a block of a message or a view, which are drawn whole."""

slack_ids = st.from_regex(r"U[A-Z0-9]{10}", fullmatch=True)
ratings = st.builds(Rating, id=st.just(1), user_id=st.just(1), score=st.none() | st.integers(1, 5), comment=texts)
clocks = st.builds(Clock, promise=st.sampled_from(Promise), due_at=moments, standing=st.sampled_from(Standing))
choices = st.builds(
    Choice, action=st.just("gathering.file"), label=st.text(min_size=1, max_size=75), value=st.just("1")
)


def drawn_by(module: ModuleType) -> set[str]:
    """The public functions of a module that draw a message or a view."""
    return {
        name
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
        if get_type_hints(function).get("return") in {Message, Block, tuple[new_ticket.FormLayout, Block], list[Block]}
    }


def test_whatever_is_drawn_is_drawn_with_any_text() -> None:
    tested = "".join(Path(str(file)).read_text() for file in (__file__, test_slack_blocks.__file__))
    missing = {name for module in DRAWING for name in drawn_by(module) - PARTS if f".{name}" not in tested}
    assert missing - {"ticket_card", "home_view"} == set()
    assert sum(len(drawn_by(module)) for module in DRAWING) > 30  # the signatures were read


def assert_view_fits(view: Any) -> None:
    as_sent = json.loads(json.dumps(view))
    assert problems_of_view(as_sent) == []
    assert test_slack_blocks.calls_in(as_sent) == []


@given(tickets, ratings, texts)
@settings(max_examples=60, deadline=None)
def test_any_rating_is_asked_for_and_told(ticket: TicketSnapshot, rating: Rating, text: str) -> None:
    assert_view_fits(satisfaction.rate_modal(ticket.number, rating))
    assert_message_fits(conversation.resolution(ticket, ticket_url=ticket_url, rating=rating))
    shown = card.ticket_card(
        ticket, advice=None, similar=(), similar_known=True, ticket_url=ticket_url, clock=None, rating=rating
    )
    assert_message_fits(shown)
    assert_message_fits(lists.changed(ticket, ticket_url=ticket_url))
    assert_message_fits(pieces.message(text, [pieces.excerpt(text, 500)]))


@given(tickets)
@settings(max_examples=60, deadline=None)
def test_any_preview_fits_below_a_message(ticket: TicketSnapshot) -> None:
    for blocks in (previews.preview(public_snapshot(ticket), ticket_url), previews.hidden_preview(ticket.number)):
        assert_message_fits(Message(text="preview", blocks=blocks))


@given(texts, st.lists(slack_ids, max_size=60), st.lists(clocks, max_size=4))
@settings(max_examples=60, deadline=None)
def test_whoever_is_called_is_called_within_the_limits(text: str, people: list[str], due: list[Clock]) -> None:
    called = pieces.urging(text, Urging(mentions=tuple(people), due=tuple(due), page_url=ticket_url(1)))
    as_sent = json.loads(json.dumps({"text": called.text, "blocks": called.blocks}))
    assert problems_of_message(as_sent) == []
    assert {*test_slack_blocks.calls_in(as_sent)} <= {f"<@{person}>" for person in people}


@given(texts, st.lists(choices, max_size=5, unique_by=lambda choice: choice.label))
@settings(max_examples=60, deadline=None)
def test_any_question_is_asked_within_the_limits(text: str, offered: list[Choice]) -> None:
    distinct = [Choice(f"gathering.{number}", choice.label, choice.value) for number, choice in enumerate(offered)]
    assert_message_fits(pieces.question(text, distinct))
    marked = pieces.marked_up("Watched channels", "<#C1> auto\n" * len(text))
    assert problems_of_message({"text": marked.text, "blocks": marked.blocks}) == []


@given(texts, texts, st.lists(slack_ids, max_size=20, unique=True), st.lists(slack_ids, max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_thread_fits_into_the_form(text: str, earlier: str, people: list[str], files: list[str]) -> None:
    around = new_ticket.FormLayout(thread="C0123456789:1767312000.000001", people=tuple(people))
    layout, view = new_ticket.with_context(text, around, earlier, templates=built_in_templates(), files=files)
    assert_view_fits(view)
    assert new_ticket.read_layout(view["private_metadata"]) == layout
