"""Outgoing messages to compose and send, with one ticket of Ada's that Grace answers."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.email.addresses import ReplyAddress, loop_mark
from bot.email.compose import OwnAddresses
from core.conversations.values import DeliveryKind, Outgoing
from core.search.values import SimilarTicket
from core.tickets.values import Category, Person, Priority, ReplySnapshot, Status, TicketSnapshot, Visibility

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "s" * 32
ADA = Person(id=1, name="Ada", email="ada@example.net")
GRACE = Person(id=2, name="Grace Hopper", role="moderator")

OWN = OwnAddresses(
    email_from="no-reply@example.com",
    support_address="support@example.com",
    reply=ReplyAddress(SECRET, "support@example.com"),
    loop_mark=loop_mark(SECRET),
    app_url="https://desk.example.com/",
)

TICKET = TicketSnapshot(
    id=112,
    number=12,
    organization_id=1,
    title="The printer jams",
    description="Whenever I print on both sides.",
    category=None,
    priority=Priority.LOW,
    status=Status.PENDING,
    is_public=False,
    helpful_notes="Internal: the roller again.",
    resolution="",
    related_skills=(),
    created_by=ADA,
    assigned_to=GRACE,
    created_at=NOON,
    updated_at=NOON,
)

SIMILAR = SimilarTicket(
    ticket_id=107,
    number=7,
    title="Duplex <jam>",
    category=Category.BUG,
    description="It jams.",
    resolution="Open the rear flap.\n\nClean the rollers.",
    score=0.9,
)

REPLY = ReplySnapshot(
    id=5,
    ticket_id=112,
    author=GRACE,
    visibility=Visibility.PUBLIC,
    text="Hello Ada,\n\nis <b>both</b> rollers clean? See https://example.org/a?b=1&c=2",
    full_text="",
    html="",
    channel="slack",
    created_at=NOON,
)

ACKNOWLEDGEMENT = Outgoing(
    delivery_id=1,
    key="acknowledgement:112",
    kind=DeliveryKind.ACKNOWLEDGEMENT,
    recipient="ada@example.net",
    recipient_name="Ada",
    organization_name="Example Org",
    ticket=TICKET,
    message_id="d1.abc@example.com",
    in_reply_to="m1@example.net",
    references=("m0@example.net",),
    page_url="https://desk.example.com/tickets/12",
)

PUBLIC_REPLY = replace(ACKNOWLEDGEMENT, key="reply:5", kind=DeliveryKind.REPLY, reply=REPLY)

RESOLUTION = replace(
    ACKNOWLEDGEMENT,
    key="resolution:112",
    kind=DeliveryKind.RESOLUTION,
    ticket=replace(TICKET, status=Status.COMPLETED, resolution="Replaced the roller."),
)

SIGN_IN_LINK = Outgoing(
    delivery_id=2,
    key="sign-in:9",
    kind=DeliveryKind.SIGN_IN_LINK,
    recipient="ada@example.net",
    organization_name="Example Org",
    message_id="d2.abc@example.com",
    link_url="https://desk.example.com/auth/magic-link/t0ken",
)
