"""What must be told to whom, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.search.values import SimilarTicket
from core.sla.values import Clock
from core.tickets.values import AttachmentSnapshot, Person, Rating, ReplySnapshot, TicketSnapshot
from core.triage.values import Suggestion


class DeliveryKind(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"  # mail: your ticket has a number
    CONFIRMATION = "confirmation"  # Slack: the same to the requester, updated in place
    CARD = "card"  # Slack: the ticket in the triage channel, updated in place
    REPLY = "reply"  # a public reply, by mail or into a Slack thread
    INTERNAL_NOTE = "internal_note"  # into the card's thread only
    RESOLUTION = "resolution"  # the ticket is resolved, with what solved it
    STATUS = "status"  # a short line into the requester's Slack thread
    VISIBILITY = "visibility"  # to the requester: a colleague has made it public, or private
    SIGN_IN_LINK = "sign_in_link"  # mail; rendered at sending time, never stored
    ALERT = "alert"  # a failed delivery told to the triage channel; trouble told to admins
    MARK = "mark"  # Slack: the status as a reaction on the requester's message
    FILES = "files"  # Slack: the files of a message, beside the copy of its words; by either, those that came late
    NOTICE = "notice"  # Slack: a line, or a question with buttons, to one person


class DeliveryStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELAYED = "delayed"  # the provider keeps trying
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"  # the recipient called it spam
    FAILED = "failed"
    HELD = "held"  # the workspace took our access back, or others read there; sent when that is over
    TAKEN_BACK = "taken_back"  # overtaken before it went out: never sent
    WITHHELD = "withheld"  # over a limit, or to an address that sent our mail back: never sent


NOT_RECEIVED = frozenset({DeliveryStatus.FAILED, DeliveryStatus.BOUNCED, DeliveryStatus.HELD, DeliveryStatus.WITHHELD})
SHOWN = frozenset({DeliveryStatus.SENT, DeliveryStatus.DELIVERED})
UPDATED_IN_PLACE = frozenset({DeliveryKind.CARD, DeliveryKind.CONFIRMATION, DeliveryKind.MARK})


@dataclass(frozen=True, slots=True)
class OtherReaders:
    """Who may read in a moderators' channel besides them, and what to do about it.

    `is_outside`: people whom nobody of this organization let in.
    """

    who: str
    mend: str
    is_outside: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Quotation:
    """An earlier message, to be quoted below an answer to it."""

    author: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what pressing it asks for, its label, and what it is about."""

    action: str
    label: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Urging:
    """Whom a line in Slack calls by name (user ids), for the sake of which promises; `page_url` is where to look."""

    mentions: tuple[str, ...] = ()
    due: tuple[Clock, ...] = ()
    page_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One message for one recipient, with all that its channel needs to render and thread it.

    Attributes:
        key: the idempotency key; a courier sends it along or can ask for it.
        from_address: what automatic mail comes from, with or without a name. support_address: what people's replies
            come from, and the answers go to; both are the organization's own.
        recipient: mail address, or Slack channel id (a user id for a direct message).
        may_have_been_sent: an earlier try ended without an answer; ask before sending again.
        external_id: of the message sent earlier, where this is an update in place (Slack `CHANNEL:TS`).
        shown_revision: of the ticket that it shows, where this is such an update; 0 while it shows none.
        thread_key: the Slack thread (`CHANNEL:TS`) to answer in; empty starts one.
        message_id, in_reply_to, references: mail threading, ids without angle brackets.
        reply_address: our signed address for answers to this ticket.
        feedback_urls: by the number of a similar ticket, where the recipient says whether it helped.
        queued_at: when it was decided on; nothing of it was said before.
        following: the names of files that could not be waited for, and that will come.
        rating: what the requester is asked of the solution, or has said of it. rating_url: where they answer by mail.
        page_url: the ticket's page. link_url: a sign-in link.
        others: on a card, who takes part in the ticket beside its requester.
        quotation: what a reply answers.
        only_for: who alone sees it among those that read there. choices: the buttons of a question.
        for_moderators: only those who work tickets read there.
        clock: what has been promised of the ticket and is due next, where only moderators read.
        urging: whom the text calls, and to what.
        may_leave: the recipient only takes part in the ticket, and may have enough of it.
        posted_files: what an earlier upload is called in Slack, where it is to be taken back.
    """

    delivery_id: int
    key: str
    kind: DeliveryKind
    recipient: str
    organization_id: int = 0
    recipient_name: str = ""
    organization_name: str = ""
    from_address: str = ""
    support_address: str = ""
    reply_address: str = ""
    ticket: TicketSnapshot | None = None
    others: tuple[Person, ...] = ()
    reply: ReplySnapshot | None = None
    attachments: tuple[AttachmentSnapshot, ...] = ()
    following: tuple[str, ...] = ()
    suggestion: Suggestion | None = None
    similar: tuple[SimilarTicket, ...] = ()
    similar_known: bool = False  # False while the search has not finished
    feedback_urls: Mapping[int, str] = field(default_factory=dict)
    rating: Rating | None = None
    rating_url: str = ""
    may_have_been_sent: bool = False
    external_id: str = ""
    shown_revision: int = 0
    thread_key: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    page_url: str = ""
    queued_at: datetime | None = None
    link_url: str = ""
    title: str = ""  # of an alert to admins
    text: str = ""  # for alerts and status lines
    quotation: Quotation | None = None
    may_leave: bool = False
    posted_files: tuple[str, ...] = ()
    clock: Clock | None = None
    for_moderators: bool = False
    only_for: str = ""
    choices: tuple[Choice, ...] = ()
    urging: Urging | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What the channel said it made of it. `external_id` is the Message-ID on the wire or Slack's `CHANNEL:TS`."""

    external_id: str
    provider_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryEvent:
    """What a provider tells later of a message it took. `detail` is its reason, as a person may read it.

    `is_final`: the recipient's address will not do for other messages either.
    """

    provider_id: str
    status: DeliveryStatus
    detail: str = ""
    is_final: bool = False
