"""Whatever a ticket holds, what we draw is within Slack's limits and calls nobody."""

import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.blocks import conversation, form_layout, lists, modals, new_ticket, own_ticket, pieces, triage_forms
from bot.slack.blocks import help as help_blocks
from bot.slack.blocks.card import ticket_card
from bot.slack.blocks.home import HomeContent, Work, home_view
from bot.slack.commands import QueueView, ShowQueue
from bot.slack.payloads.values import SlackUser, ViewSubmission
from core.gathering.drafts import MOST as MOST_DRAFTS
from core.gathering.drafts import Draft
from core.gathering.values import Answer
from core.search.values import SimilarTicket
from core.sla.values import DueCounts, SlaPolicy, running_clock
from core.tickets.public import PublicTicket
from core.tickets.templates import built_in_templates
from core.tickets.values import (
    AttachmentSnapshot,
    Category,
    Person,
    Priority,
    ReplySnapshot,
    Status,
    TicketSnapshot,
    Visibility,
)
from core.triage.values import Suggestion
from tests.fakes.slack_block_kit import problems_of_message, problems_of_view
from tests.fakes.slack_tickets import MOMENT, example_ticket

POLICY = SlaPolicy(
    first_response=dict.fromkeys(Priority, timedelta(hours=1)), resolution=dict.fromkeys(Priority, timedelta(hours=8))
)
HOSTILE = [
    "",
    " \n\t",
    "&" * 5_000,
    "<!channel> <@U1|x> <https://evil|bank>",
    "\ud800\x00",
    "😀" * 4_000,
    "\n" * 9_000,
    "a|b>c",
]

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(), max_size=300),
    st.builds(lambda text, times: text * times, st.text(st.characters(), max_size=40), st.integers(1, 1_500)),
)
moments = st.integers(10**9, 7 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
people = st.builds(Person, id=st.just(1), name=texts)
tickets = st.builds(
    TicketSnapshot,
    id=st.just(1),
    number=st.integers(1, 2**31 - 1),
    organization_id=st.just(1),
    title=texts,
    description=texts,
    category=st.none() | st.sampled_from(Category),
    priority=st.sampled_from(Priority),
    status=st.sampled_from(Status),
    is_public=st.booleans(),
    helpful_notes=texts,
    resolution=texts,
    related_skills=st.just(()),
    created_by=people,
    assigned_to=st.none() | people,
    created_at=st.just(MOMENT),
    updated_at=st.just(MOMENT),
    deleted_at=st.none() | st.just(MOMENT),
    snoozed_until=st.none() | moments,
    answered_at=st.none() | st.just(MOMENT),
    clock_started_at=st.none() | moments,
    set_by=st.dictionaries(st.sampled_from(["category", "priority"]), st.sampled_from(["person", "model"])),
    revision=st.integers(1, 10**9),
    sender_verified=st.booleans(),
)
suggestions = st.none() | st.builds(
    Suggestion,
    category=st.none() | st.sampled_from(Category),
    priority=st.none() | st.sampled_from(Priority),
    reasoning=texts,
    notes=texts,
    related_skills=st.lists(texts, max_size=30).map(tuple),
    confidence=st.floats(-1, 2),
    model=texts,
)
similar_tickets = st.lists(
    st.builds(
        SimilarTicket,
        ticket_id=st.just(2),
        number=st.integers(1, 9_999),
        title=texts,
        category=st.none(),
        description=texts,
        resolution=texts,
        score=st.floats(-1, 2),
    ),
    max_size=6,
    unique_by=lambda similar: similar.number,
)
replies = st.builds(
    ReplySnapshot,
    id=st.just(3),
    ticket_id=st.just(1),
    author=people,
    visibility=st.sampled_from(Visibility),
    text=texts,
    full_text=texts,
    html=st.just(""),
    channel=st.sampled_from(["email", "slack", "web"]),
    created_at=st.just(MOMENT),
    attachments=st.lists(
        st.builds(
            AttachmentSnapshot, id=st.just(1), filename=texts, content_type=texts, size=st.just(1), sha256=st.just("")
        ),
        max_size=20,
    ).map(tuple),
)


def public_snapshot(ticket: TicketSnapshot) -> PublicTicket:
    return PublicTicket(**{part.name: getattr(ticket, part.name) for part in fields(PublicTicket)})


def ticket_url(number: int) -> str:
    return f"https://desk.example/tickets/{number}?a=1&b=2"


def assert_message_fits(message: pieces.Message) -> None:
    as_sent = json.loads(json.dumps({"text": message.text, "blocks": message.blocks}))
    assert problems_of_message(as_sent) == []
    assert calls_in(as_sent) == []


def calls_in(node: Any) -> list[str]:
    """Every `<…>` that would call somebody or leave our own pages."""
    found = []
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            assert node["verbatim"] is True
            found = [
                mark
                for mark in re.findall(r"<[^>]*>?", node["text"])
                if not mark.startswith("<https://desk.example/")
                and not re.fullmatch(r"<!date\^[0-9]+\^\{date_short_pretty\} at \{time\}\|[0-9: -]+ UTC>", mark)
            ]
        return found + [call for value in node.values() for call in calls_in(value)]
    if isinstance(node, list):
        return [call for value in node for call in calls_in(value)]
    return []


@given(tickets, suggestions, similar_tickets, st.booleans(), st.lists(people, max_size=20))
@settings(max_examples=150, deadline=None)
def test_any_ticket_gives_a_card_within_the_limits(
    ticket: TicketSnapshot, advice: Suggestion | None, similar: list[SimilarTicket], known: bool, others: list[Person]
) -> None:
    """huggingface/peft#1251, slackapi/bolt-js#2509: over 3,000 characters or 50 blocks were rejected."""
    clock = running_clock(ticket, POLICY, MOMENT)
    about: dict[str, Any] = {"advice": advice, "similar": similar, "similar_known": known, "others": others}
    card = ticket_card(ticket, ticket_url=ticket_url, clock=clock, **about)
    assert_message_fits(card)


@given(tickets, similar_tickets, suggestions, st.booleans(), replies)
@settings(max_examples=100, deadline=None)
def test_any_ticket_can_be_told_to_its_requester(
    ticket: TicketSnapshot, similar: list[SimilarTicket], advice: Suggestion | None, others: bool, reply: ReplySnapshot
) -> None:
    assert_message_fits(
        conversation.confirmation(
            ticket,
            similar=similar,
            similar_known=advice is not None,
            ticket_url=ticket_url,
            others_can_read=others,
            advice=advice,
        )
    )
    assert_message_fits(conversation.reply_copy(ticket, reply, ticket_url=ticket_url))
    assert_message_fits(conversation.note_copy(ticket, reply, ticket_url=ticket_url))
    assert_message_fits(conversation.resolution(ticket, ticket_url=ticket_url))


@given(st.lists(tickets, max_size=25), st.lists(replies, max_size=7), similar_tickets, texts)
@settings(max_examples=40, deadline=None)
def test_any_tickets_can_be_listed(
    found: list[TicketSnapshot], story: list[ReplySnapshot], similar: list[SimilarTicket], text: str
) -> None:
    numbered = {ticket.number: ticket for ticket in found}
    shown = list(numbered.values())
    work = Work(counts=DueCounts(3, 2), assigned=shown[::3], due=shown[1::3], unassigned=shown[2::3])
    drafts = [
        Draft(gathering_id=number, text=text, answers=(Answer.JOIN, Answer.FILE, Answer.DROP), number=2)
        for number in range(MOST_DRAFTS)
    ]
    content = HomeContent(mine=shown, joined=shown, drafts=drafts, work=work, numbers=dict.fromkeys(Status, 7))
    row = lists.QueueRows(ticket_url=ticket_url, policy=POLICY, now=MOMENT)
    home = home_view(content, ticket_url=ticket_url, row=row, admin_url="https://desk.example/admin")
    assert problems_of_view(home) == []
    for view in QueueView:
        assert_message_fits(lists.queue(list(numbered.values()), ShowQueue(view), row=row))
    assert_message_fits(lists.my_tickets(found, shown, ticket_url=ticket_url, all_url="https://desk.example/tickets"))
    assert_message_fits(lists.similar_to(text, similar, ticket_url=ticket_url))
    assert_message_fits(pieces.notice(text))
    for ticket in found[:1]:
        for part in lists.Part:
            assert_message_fits(lists.ticket_view(ticket, story, ticket_url=ticket_url, part=part))
        assert_message_fits(lists.public_ticket_view(public_snapshot(ticket), ticket_url=ticket_url))


@given(tickets, tickets, suggestions, replies, texts)
@settings(max_examples=100, deadline=None)
def test_any_text_gives_modals_within_the_limits(
    ticket: TicketSnapshot, other: TicketSnapshot, advice: Suggestion | None, reply: ReplySnapshot, text: str
) -> None:
    views = [
        new_ticket.new_ticket_modal(text),
        modals.resolve_modal(ticket),
        modals.reply_modal(ticket.number),
        own_ticket.edit_modal(ticket),
        new_ticket.solved_view(ticket.number, ticket.title, ticket_url=ticket_url),
        modals.reply_modal(ticket.number, seen=reply.id, said=reply, text=text),
        triage_forms.note_form(ticket),
        triage_forms.snooze_form(ticket),
        triage_forms.merge_form(ticket),
        triage_forms.merge_confirmation(ticket, other, ticket_url=ticket_url),
        triage_forms.publish_form(ticket),
        *([triage_forms.correct_form(ticket, advice)] if advice else []),
    ]
    for view in views:
        assert problems_of_view(json.loads(json.dumps(view))) == []
        assert calls_in(view) == []


@given(texts, similar_tickets, st.sampled_from([one.kind for one in built_in_templates()]))
@settings(max_examples=100, deadline=None)
def test_a_form_drawn_again_is_within_the_limits(text: str, similar: list[SimilarTicket], kind: str) -> None:
    asked = {f"field:{field.kind}:{field.key}": text for one in built_in_templates() for field in one.field}
    layout, values = new_ticket.described_inputs(text)
    values |= asked | {"kind": kind}
    layout = new_ticket.of_another_kind(layout, values, templates=built_in_templates())
    drawn = new_ticket.redrawn(layout, values, similar, templates=built_in_templates(), ticket_url=ticket_url)
    assert problems_of_view(json.loads(json.dumps(drawn))) == []
    assert form_layout.read_layout(drawn["private_metadata"]) == layout


@pytest.mark.parametrize("metadata", ["", "{", "[]", "null", '{"kind": 1}', "[" * 3_000, '{"parts": "x"}'])
def test_a_layout_that_is_none_of_ours_is_the_plain_form(metadata: str) -> None:
    assert form_layout.read_layout(metadata) == form_layout.FormLayout()


def submitted(view: dict[str, Any]) -> ViewSubmission:
    """The modal sent as it was prefilled."""
    values = {
        block["block_id"]: block["element"].get("initial_value", "")
        for block in view["blocks"]
        if block["type"] == "input"
    }
    return ViewSubmission(
        user=SlackUser(workspace_id="T1", user_id="U1"),
        view_id="V1",
        callback_id=view["callback_id"],
        private_metadata=view["private_metadata"],
        values=values,
    )


@pytest.mark.parametrize("length", [0, 1, 2_999, 3_000, 3_001, 9_500, 40_000])
def test_no_word_of_a_prefilled_text_is_lost(length: int) -> None:
    text = ("Der Drucker 🖨️ streikt. " * 2_000)[:length].strip()
    form = new_ticket.read_new_ticket(submitted(new_ticket.new_ticket_modal(text)))
    assert form.description == text


def test_an_untouched_resolve_modal_changes_no_notes_that_are_too_long_for_slack() -> None:
    ticket = example_ticket(helpful_notes="n" * 3_001)
    form = modals.read_resolve(submitted(modals.resolve_modal(ticket)))
    assert form.helpful_notes is None
    assert modals.read_resolve(submitted(modals.resolve_modal(example_ticket(helpful_notes="n")))).helpful_notes == "n"


def test_a_confirmation_in_a_channel_holds_no_word_of_a_private_ticket() -> None:
    """Issue zammad#2757, frappe/helpdesk#2947: confidential subjects shown where others can read them."""
    ticket = example_ticket(
        title="SECRETTITLE", description="SECRETTEXT", resolution="SECRETEND", status=Status.COMPLETED
    )
    advice = Suggestion(category=None, priority=None, reasoning="SECRETREASON", confidence=0.5, model="local")
    for each in (ticket, replace(ticket, status=Status.PENDING)):
        told = conversation.confirmation(
            each, similar=(), similar_known=True, ticket_url=ticket_url, others_can_read=True, advice=advice
        )
        assert "SECRET" not in json.dumps([told.text, told.blocks])
    direct = conversation.confirmation(
        ticket, similar=(), similar_known=True, ticket_url=ticket_url, others_can_read=False
    )
    assert "SECRETTITLE" in json.dumps(direct.blocks)


def test_requesters_never_read_helpful_notes() -> None:
    ticket = example_ticket(helpful_notes="ONLYMODERATORS", resolution="done", status=Status.COMPLETED)
    seen = [
        conversation.confirmation(ticket, similar=(), similar_known=True, ticket_url=ticket_url, others_can_read=False),
        conversation.resolution(ticket, ticket_url=ticket_url),
        lists.ticket_view(ticket, (), ticket_url=ticket_url),
    ]
    assert "ONLYMODERATORS" not in json.dumps([message.blocks for message in seen])


@pytest.mark.parametrize("make", [help_blocks.ticket_help, help_blocks.triage_help])
def test_help_fits_one_screen(make: Any) -> None:
    message = make()
    assert_message_fits(message)
    assert message.blocks[0]["text"]["text"].count("\n") < 20
