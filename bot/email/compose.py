"""From what must be said to the mail that says it: headers here, words in `templates/`."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from bot.email.addresses import LOOP_HEADER, ReplyAddress, base_address
from bot.email.outgoing_headers import (
    WIRE,
    WIRE_UTF8,
    mail_address,
    mailbox,
    one_line,
    put_ids,
    put_mailboxes,
    put_text,
)
from bot.email.quotation import attribution_line, quoted_lines
from core.conversations.values import DeliveryKind, Outgoing
from core.errors import ConfigurationError, DeliveryRefusedError
from core.intake.leaving import UNSUBSCRIBE
from core.search.values import SimilarTicket
from core.tickets.values import TITLE_LENGTH, AttachmentSnapshot, Visibility, category_label

SIMILAR_SHOWN = 3
RESOLUTION_LENGTH = 400  # characters of a similar ticket's resolution
RESOLUTION_LINES = 5

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_CONTENT_TYPE = re.compile(r"(application|audio|font|image|model|text|video)/([a-z0-9][a-z0-9.+-]{0,60})")
_ANSWERED = re.compile(r"\s*re\s*:", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnAddresses:
    """Who this deployment is in mail.

    Attributes:
        email_from: EMAIL_FROM, with or without a display name; automatic mails come from it, where the organization
            has no address of its own.
        support_address: replies of people come from it, where the organization has no address of its own.
        loop_mark: what `LOOP_HEADER` carries.
        app_url: the public address, for links to similar tickets; empty leaves them out.
    """

    email_from: str
    support_address: str
    reply: ReplyAddress
    loop_mark: str
    app_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    template: str
    auto_submitted: str = ""  # RFC 3834 section 5; empty where a person wrote it
    has_ticket: bool = True


KINDS = {
    DeliveryKind.ACKNOWLEDGEMENT: _Kind(template="acknowledgement", auto_submitted="auto-replied"),
    DeliveryKind.REPLY: _Kind(template="reply"),
    DeliveryKind.FILES: _Kind(template="files"),
    DeliveryKind.RESOLUTION: _Kind(template="resolution", auto_submitted="auto-generated"),
    DeliveryKind.VISIBILITY: _Kind(template="visibility", auto_submitted="auto-generated"),
    DeliveryKind.SIGN_IN_LINK: _Kind(template="sign_in_link", auto_submitted="auto-generated", has_ticket=False),
    DeliveryKind.ALERT: _Kind(template="alert", auto_submitted="auto-generated", has_ticket=False),
}

_OF_A_REPLY = frozenset({DeliveryKind.REPLY, DeliveryKind.FILES})


def compose(
    outgoing: Outgoing, own: OwnAddresses, *, now: datetime, contents: Mapping[str, bytes] | None = None
) -> EmailMessage:
    """The mail for one delivery: plain text with an HTML alternative, and its attachments.

    `contents` holds the bytes of each attachment by its SHA-256.

    Raises:
        DeliveryRefusedError: nothing of this kind goes out by mail, or there is no address to send it to.
        ConfigurationError: the address to send from is none.
    """
    kind = _kind(outgoing)
    recipient = mail_address(outgoing.recipient)
    if recipient is None:
        raise DeliveryRefusedError("This person has no usable mail address.")
    copies = _copies(outgoing, own, recipient)
    is_ascii = all(address.isascii() for address in (recipient, *copies))
    message = EmailMessage(policy=WIRE if is_ascii else WIRE_UTF8)
    subject = _subject(outgoing)
    put_mailboxes(message, "From", [_from(outgoing, own)])
    put_mailboxes(message, "To", [mailbox(recipient, _recipient_name(outgoing))])
    if copies:
        put_mailboxes(message, "Cc", copies)
    if reply_to := _reply_to(outgoing, own):
        put_mailboxes(message, "Reply-To", [reply_to])
    put_text(message, "Subject", subject)
    put_text(message, "Date", format_datetime(now))
    put_ids(message, "Message-ID", [outgoing.message_id or _message_id(outgoing, own)])
    put_ids(message, "In-Reply-To", [outgoing.in_reply_to])
    put_ids(message, "References", _references(outgoing))
    put_text(message, LOOP_HEADER, own.loop_mark)
    if kind.auto_submitted:
        put_text(message, "Auto-Submitted", kind.auto_submitted)
        put_text(message, "X-Auto-Response-Suppress", "All")
    if outgoing.may_leave and (reply_to := _reply_to(outgoing, own)):
        put_mailboxes(message, "List-Unsubscribe", [f"<mailto:{reply_to}?subject={UNSUBSCRIBE}>"])
    _put_content(message, outgoing, own, template=kind.template, subject=subject)
    _attach(message, outgoing.attachments, contents or {})
    return message


def recipients(message: EmailMessage) -> tuple[str, ...]:
    """The envelope of a composed mail: who it is to, then who gets a copy."""
    found: list[Address] = [one for name in ("To", "Cc") if name in message for one in message[name].addresses]
    return tuple(one.addr_spec for one in found)


def _kind(outgoing: Outgoing) -> _Kind:
    kind = KINDS.get(outgoing.kind)
    if kind is None or kind.has_ticket is (outgoing.ticket is None):
        raise DeliveryRefusedError(f"Mail carries no {outgoing.kind.value.replace('_', ' ')}.")
    if outgoing.kind in _OF_A_REPLY and (outgoing.reply is None or outgoing.reply.visibility is not Visibility.PUBLIC):
        raise DeliveryRefusedError("Only a public reply goes out by mail.")
    return kind


def _from(outgoing: Outgoing, own: OwnAddresses) -> str:
    if outgoing.kind in _OF_A_REPLY and outgoing.reply:
        author, organization = outgoing.reply.author.name, outgoing.organization_name
        name = f"{author} ({organization})" if author and organization else author or organization
        address = _support(outgoing, own)
    else:
        name, address = parseaddr(outgoing.from_address or own.email_from or _support(outgoing, own))
        name = name or outgoing.organization_name
    checked = mail_address(address)
    if checked is None:
        raise ConfigurationError("There is no usable address to send mail from.", mend="Set EMAIL_FROM.")
    return mailbox(checked, name)


def _recipient_name(outgoing: Outgoing) -> str:
    """Empty where only an address is known: greeting somebody by it would be odd."""
    return "" if "@" in outgoing.recipient_name else one_line(outgoing.recipient_name, TITLE_LENGTH)


def _reply_to(outgoing: Outgoing, own: OwnAddresses) -> str:
    if outgoing.reply_address:
        return mail_address(outgoing.reply_address) or ""
    if outgoing.ticket is None:
        return ""
    ticket = outgoing.ticket
    return own.reply.for_ticket(ticket.organization_id, ticket.number, address=_support(outgoing, own))


def _support(outgoing: Outgoing, own: OwnAddresses) -> str:
    return outgoing.support_address or own.support_address


def _copies(outgoing: Outgoing, own: OwnAddresses, recipient: str) -> list[str]:
    """The Cc addresses that are usable, once each, and not ours: a copy to ourselves would come back as a new mail."""
    own_ones = (own.support_address, outgoing.support_address, outgoing.from_address, own.email_from)
    ours = {base_address(parseaddr(one)[1]) for one in own_ones}
    copies = {recipient.lower(): ""}
    for one in outgoing.cc:
        address = mail_address(one)
        if address and base_address(address) not in ours and own.reply.read(address) is None:
            copies.setdefault(address.lower(), address)
    return [address for address in copies.values() if address]


def _subject(outgoing: Outgoing) -> str:
    if outgoing.kind is DeliveryKind.ALERT:
        return one_line(f"{outgoing.title} ({outgoing.organization_name or 'TickMate'})", TITLE_LENGTH)
    if outgoing.ticket is None:
        return one_line(f"{_invitation(outgoing)}: {outgoing.organization_name or 'TickMate'}", TITLE_LENGTH)
    tag = f"[#{outgoing.ticket.number}]"
    title = one_line(outgoing.ticket.title, TITLE_LENGTH).replace(tag, "").strip() or "Your message"
    is_answer = bool(outgoing.in_reply_to or outgoing.references) and not _ANSWERED.match(title)
    return f"{'Re: ' if is_answer else ''}{title} {tag}"


def _invitation(outgoing: Outgoing) -> str:
    """What a one-time link is for."""
    return outgoing.text or "Sign in"


def _message_id(outgoing: Outgoing, own: OwnAddresses) -> str:
    """The same for each try of one delivery, so that a second one is known as the same mail."""
    domain = base_address(outgoing.support_address or own.support_address).rpartition("@")[2]
    return f"{hashlib.sha256(outgoing.key.encode()).hexdigest()[:32]}@{domain}"


def _references(outgoing: Outgoing) -> Iterable[str]:
    """RFC 5322 section 3.6.4: all that came before, the one that is answered last."""
    return dict.fromkeys((*(one for one in outgoing.references if one != outgoing.in_reply_to), outgoing.in_reply_to))


def _put_content(message: EmailMessage, outgoing: Outgoing, own: OwnAddresses, *, template: str, subject: str) -> None:
    shown = {
        "outgoing": outgoing,
        "ticket": outgoing.ticket,
        "reply": outgoing.reply,
        "similar": outgoing.similar[:SIMILAR_SHOWN],
        "feedback_urls": outgoing.feedback_urls,
        "app_url": own.app_url.rstrip("/"),
        "subject": subject,
        "name": _recipient_name(outgoing),
        "invitation": _invitation(outgoing),
    }
    text = _templates.get_template(f"{template}.txt.j2").render(shown)
    html = _templates.get_template(f"{template}.html.j2").render(shown)
    message.set_content(_plain(text))
    message.add_alternative(_plain(html), subtype="html")


def _attach(message: EmailMessage, attachments: Iterable[AttachmentSnapshot], contents: Mapping[str, bytes]) -> None:
    for attachment in attachments:
        known = _CONTENT_TYPE.fullmatch(attachment.content_type.lower())
        maintype, subtype = known.groups() if known else ("application", "octet-stream")
        filename = one_line(attachment.filename, TITLE_LENGTH).replace("/", "_").replace("\\", "_")
        message.add_attachment(
            contents[attachment.sha256], maintype=maintype, subtype=subtype, filename=filename or "attachment"
        )


def _plain(text: str) -> str:
    """`text` with one kind of line end and nothing that a terminal or a mail program would act on."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return _UNWANTED.sub("", text)


def _first_lines(ticket: SimilarTicket) -> str:
    """What solved a similar ticket, in a few lines."""
    lines = [line.strip() for line in ticket.resolution.splitlines() if line.strip()]
    text = "\n".join(lines[:RESOLUTION_LINES])
    if len(text) > RESOLUTION_LENGTH:
        return text[: RESOLUTION_LENGTH - 1].rstrip() + "…"
    return text + (" …" if len(lines) > RESOLUTION_LINES else "")


def _paragraphs(text: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n\s*\n", _plain(text)) if part.strip()]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.email", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "category": category_label,
        "attribution": attribution_line,
        "first_lines": _first_lines,
        "one_line": lambda text: one_line(text, TITLE_LENGTH),
        "paragraphs": _paragraphs,
        "quoted": quoted_lines,
    }
    return environment


_templates = _environment()
