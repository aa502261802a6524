"""What arrives at a door, what an interpreter reads in it, and what became of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.files.values import RemoteFile
from core.people.values import Sender

PROCESSING_FAILED = "processing-failed"
BYTES_GONE = "bytes-gone"
"""The rule of what is kept because its processing failed again and again."""
NO_TICKET = "thread-of-no-ticket"
"""The rule that leaves an answer where it is: read again once the thread is a ticket's, it counts."""
SAID_EARLIER = "said:"
"""How the ids of answers begin that were read where they stand."""


class Channel(StrEnum):
    EMAIL = "email"
    SLACK = "slack"
    WEB = "web"
    API = "api"
    CLI = "cli"


class Outcome(StrEnum):
    """Where every arrival ends. `received` is on its way; `refused` was turned away where somebody waited."""

    RECEIVED = "received"
    TICKETED = "ticketed"
    REPLIED = "replied"
    ACTED = "acted"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundMessage:
    """The small value that every door hands to the desk.

    `external_id` is what makes a second arrival the same one: the SHA-256 of a mail's raw bytes, a Slack event id.
    `recipients` are envelope addresses (mail) or the workspace id (Slack): they route to the organization.
    """

    channel: Channel
    external_id: str
    raw: bytes
    received_at: datetime
    recipients: tuple[str, ...] = ()
    envelope_sender: str | None = None
    client_address: str = ""
    organization_id: int | None = None  # set where the door has routed already


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """The ledger row that now holds the message; `is_new` is False for a second arrival."""

    intake_id: int
    is_new: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedMail:
    """A whole mail (RFC 5322) as its provider kept it, with whom the provider says it was for."""

    raw: bytes = field(repr=False)
    recipients: tuple[str, ...] = ()
    envelope_sender: str | None = None


class Verdict(StrEnum):
    ACCEPT = "accept"
    IGNORE = "ignore"
    BOUNCE = "bounce"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, kw_only=True, slots=True)
class Screening:
    """What the first screening decided, and by which named rule."""

    verdict: Verdict = Verdict.ACCEPT
    rule: str = "default-accept"
    is_auto_reply: bool = False
    is_bounce: bool = False
    is_bulk: bool = False
    failed_recipients: tuple[str, ...] = ()
    may_acknowledge: bool = True  # False: no automatic mail may answer it (RFC 3834 section 2)


class CandidateKind(StrEnum):
    MESSAGE_ID = "message_id"  # value: a Message-ID that may be one of ours or of a mail we took
    TICKET = "ticket"  # value: the ticket number of a verified signed reply address
    SUBJECT_TAG = "subject_tag"  # value: the ticket number written in the subject; counts only for a participant
    SLACK_THREAD = "slack_thread"  # value: CHANNEL:THREAD_TS


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadCandidate:
    """A ticket this message may belong to. Interpreters propose in order; the desk decides inside its transaction."""

    kind: CandidateKind
    value: str
    rule: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachmentContent:
    filename: str
    content_type: str
    content: bytes = field(repr=False)
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    """Where a message stands that is part of no ticket's thread by itself: which conversation, and whose it is."""

    conversation: str
    is_direct: bool
    key: str  # the same for all that one person says there


class Gesture(StrEnum):
    """What somebody asks for without a word, by pointing at a message."""

    CREATE = "create"
    TAKE = "take"
    RESOLVE = "resolve"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pointing:
    """A gesture at a message that its event does not carry.

    Attributes:
        place: where that message stands (`message_id` of its own interpretation), in `channel_id`.
        fingerprint: its own.
        made_at: when somebody pointed at it, by the channel's clock.
        message: what it says, once that has been read elsewhere.
        obstacle: the rule by which it cannot be read, and `advice` what its people can do about that.
    """

    gesture: Gesture
    channel_id: str
    place: str
    fingerprint: str
    made_at: str = ""
    message: "Interpretation | None" = None
    obstacle: str = ""
    advice: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadToRead:
    """A thread that has become a ticket's: what stands in it after the message that the ticket was made of.

    `after` is that message and `thread_key` the first of the thread (`CHANNEL:TS` both), `cursor` where to go on.
    """

    workspace_id: str
    thread_key: str
    after: str
    cursor: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadPage:
    """Some of its answers, oldest first, each as its own event would have brought it. No `cursor`: these are all.

    `newest` is where the last of them stands.
    `obstacle` is the rule by which the thread cannot be read, and `advice` what moderators can do about that, if any.
    """

    answers: tuple[InboundMessage, ...] = ()
    newest: str = ""
    cursor: str = ""
    obstacle: str = ""
    advice: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpretation:
    """One message, read. Everything the desk needs to decide, nothing of the channel's own format.

    Attributes:
        title: subject line or first line; may be empty.
        text: the whole body as text.
        reply_text: only what is newly written (equal to `text` when unsure).
        html: sanitised HTML or empty.
        message_id: the channel's id of this message for later threading (never empty; synthetic where missing).
        fingerprint: two messages with the same one are the same message (empty: never compared).
        attachments: files that came with it. files: such as it only names, to be fetched.
        participants: others addressed by it (To and Cc without our own addresses).
        thread_key: where an answer goes, or what is revised stands (Slack: CHANNEL:TS; empty for mail).
        revises: the fingerprint of an earlier message that this one replaces (no text: that takes back).
        revises_at: where that one stands, by which it is found if its channel has got another id since.
        sender_is_rewritten: a list stands in From, and `sender` is whom it named; nothing can prove them.
        opens_ticket: False for talk that matters only inside a ticket's thread.
        thread_began_at: when the message was written under which this one stands.
        edited_at: when its author last changed it, where it was read after that.
        talk: several of its kind may come to one ticket, or to none.
        pointing: it says nothing itself and points at another message.
    """

    sender: Sender | None
    title: str
    text: str
    reply_text: str
    html: str = ""
    message_id: str
    references: tuple[str, ...] = ()
    fingerprint: str = ""
    sent_at: datetime | None = None
    screening: Screening = Screening()
    candidates: tuple[ThreadCandidate, ...] = ()
    participants: tuple[Sender, ...] = ()
    attachments: tuple[AttachmentContent, ...] = ()
    files: tuple[RemoteFile, ...] = ()
    thread_key: str = ""
    has_own_message_id: bool = True
    is_internal: bool = False  # plain text in the triage thread
    opens_ticket: bool = True
    revises: str = ""
    revises_at: str = ""
    sender_is_rewritten: bool = False
    pointing: Pointing | None = None
    talk: Talk | None = None
    thread_began_at: datetime | None = None
    edited_at: datetime | None = None
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Disposition:
    """How one arrival ended: the outcome, the rule that decided it, the ticket where there is one."""

    intake_id: int
    outcome: Outcome
    rule: str
    ticket_number: int | None = None
    ticket_id: int | None = None
    reply_id: int | None = None
    error: str = ""
