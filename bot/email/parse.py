"""Raw bytes of a mail to a small frozen value. Never raises on any bytes, bounded in time and memory.

The bounds are those of `mime` (parts, depth), `headers` (block, fields), `bodies` (shown text) and `html_clean`
(HTML, depth). Where one is reached, `defects` says so; a defect that begins `limit:` means that parts may be missing,
and `over_limits` is set, which screening sends to quarantine.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from bot.email.bodies import Bodies, read_bodies
from bot.email.headers import Headers, decode_words
from bot.email.html_clean import sanitise
from bot.email.mailboxes import Mailbox, read_date, read_mailboxes, read_message_ids
from bot.email.mime import read_tree
from bot.email.reports import Reports, read_reports
from core.intake.values import AttachmentContent

_MAX_SUBJECT = 2000  # characters
_ENVELOPE_FIELDS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to", "x-orig-to")


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedMail:
    """One mail, read.

    Attributes:
        message_id: without brackets, never empty; made from the content where the mail has none of its own.
        from_: everybody named in From (usually one); `sender` is the first with an address.
        return_path: the envelope sender as the last relay wrote it; None unknown, empty for `<>`.
        delivered_to: addresses that relays noted as the envelope recipient.
        text: the whole body as text; `html` is sanitised, `raw_html` is not and must not be shown.
        over_limits: some parts were not read; nothing of such a mail should be trusted.
    """

    message_id: str
    has_own_message_id: bool
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    from_: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    delivered_to: tuple[str, ...]
    return_path: str | None
    subject: str
    date: datetime | None
    text: str = field(repr=False)
    html: str = field(repr=False)
    raw_html: str = field(repr=False)
    attachments: tuple[AttachmentContent, ...]
    headers: Headers = field(repr=False)
    reports: Reports
    content_hash: str
    over_limits: bool
    defects: tuple[str, ...]

    @property
    def sender(self) -> Mailbox | None:
        """Who wrote it; None where no address is named."""
        return next((mailbox for mailbox in self.from_ if mailbox.email), None)


def parse(raw: bytes) -> ParsedMail:
    root, defects = read_tree(raw)
    bodies = read_bodies(root)
    headers = root.headers
    subject = decode_words(next(iter(headers.raw("subject")), ""))[:_MAX_SUBJECT].replace("\x00", "").strip()
    content_hash = _content_hash(bodies)
    own_id = next(iter(read_message_ids(headers.raw("message-id")[:1])), "")
    defects = list(dict.fromkeys([*defects, *bodies.defects]))
    date_field = next(iter(headers.raw("date")), "")
    date = read_date(date_field) if date_field else None
    if date_field and date is None:
        defects.append("unreadable date")
    if not own_id:
        defects.append("no message id")
    from_ = read_mailboxes(headers.raw("from")) or read_mailboxes(headers.raw("sender"))
    return ParsedMail(
        message_id=own_id or _synthetic_id(headers, content_hash),
        has_own_message_id=bool(own_id),
        in_reply_to=read_message_ids(headers.raw("in-reply-to")),
        references=read_message_ids(headers.raw("references")),
        from_=from_,
        reply_to=read_mailboxes(headers.raw("reply-to")),
        to=read_mailboxes(headers.raw("to")),
        cc=read_mailboxes(headers.raw("cc")),
        delivered_to=delivered_to(headers),
        return_path=_return_path(headers),
        subject=subject,
        date=date,
        text=bodies.text,
        html=sanitise(bodies.html),
        raw_html=bodies.html,
        attachments=tuple(bodies.attachments),
        headers=headers,
        reports=read_reports(root),
        content_hash=content_hash,
        over_limits=any(defect.startswith("limit:") for defect in defects),
        defects=tuple(defects),
    )


def _content_hash(bodies: Bodies) -> str:
    """SHA-256 of what was said and attached; the same whichever relays carried the mail."""
    digest = hashlib.sha256(
        "\n".join(line.rstrip() for line in bodies.text.strip().split("\n")).encode("utf-8", "replace")
    )
    for attachment in bodies.attachments:
        digest.update(hashlib.sha256(attachment.content).digest())
    return digest.hexdigest()


def _synthetic_id(headers: Headers, content_hash: str) -> str:
    """An id that no other program can have used; `.invalid` is reserved (RFC 2606)."""
    written = [content_hash, *(value for name in ("from", "date", "subject", "to") for value in headers.raw(name))]
    return f"{hashlib.sha256(chr(0).join(written).encode('utf-8', 'replace')).hexdigest()[:32]}@no-message-id.invalid"


def delivered_to(headers: Headers) -> tuple[str, ...]:
    """Addresses that relays noted as the envelope recipient, in lower case, each once."""
    values = [value for name in _ENVELOPE_FIELDS for value in headers.raw(name)]
    return tuple(dict.fromkeys(box.email.lower() for box in read_mailboxes(values) if box.email))


def _return_path(headers: Headers) -> str | None:
    values = headers.raw("return-path")
    if not values:
        return None
    return next((box.email for box in read_mailboxes(values[:1]) if box.email), "")
