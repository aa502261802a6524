"""Raw mail to what the desk decides on: parsing, screening, threading and reply text in one reading."""

from bot.email.authentication import is_verified
from bot.email.authors import author, is_rewritten
from bot.email.mailboxes import Mailbox
from bot.email.parse import ParsedMail, parse
from bot.email.quote_lines import is_forward_subject
from bot.email.reply_text import ReplySplit, split_reply
from bot.email.screening import NO_HOUSE_RULES, HouseRules, OwnMail, screen
from bot.email.threading import ReadsReplyAddresses, fingerprint, thread_candidates
from core.intake.values import Channel, InboundMessage, Interpretation
from core.people.values import IdentityKind, Sender


class MailInterpreter:
    """Implements `core.intake.ports.Interpreter` for mail.

    Args:
        addresses: reads our signed reply addresses.
        own: the marks and addresses by which our own mail is known.
        trusted_authserv: the authserv-id of the relay in front of us whose DMARC verdict counts; empty trusts none.
        house: whom the operator blocked, and whether the relay's spam verdict counts.
    """

    channel = Channel.EMAIL

    def __init__(
        self,
        addresses: ReadsReplyAddresses,
        own: OwnMail,
        *,
        trusted_authserv: str = "",
        house: HouseRules = NO_HOUSE_RULES,
    ) -> None:
        self._addresses = addresses
        self._own = own
        self._trusted_authserv = trusted_authserv
        self._house = house

    def interpret(self, message: InboundMessage) -> Interpretation:
        mail = parse(message.raw)
        return Interpretation(
            sender=self._sender(mail),
            title=mail.subject,
            text=mail.text,
            reply_text=split_mail(mail).reply_text,
            html=mail.html,
            message_id=mail.message_id,
            references=tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references)))),
            fingerprint=fingerprint(mail),
            sent_at=mail.date,
            screening=screen(mail, self._own, message.envelope_sender, house=self._house),
            candidates=thread_candidates(
                mail, self._addresses, message.recipients, organization_id=message.organization_id
            ),
            participants=self._participants(mail),
            attachments=mail.attachments,
            has_own_message_id=mail.has_own_message_id,
            sender_is_rewritten=is_rewritten(mail),
            defects=mail.defects,
        )

    def _sender(self, mail: ParsedMail) -> Sender | None:
        sender = author(mail)
        if sender is None:
            return None
        return _person(sender, verified=not is_rewritten(mail) and is_verified(mail, self._trusted_authserv))

    def _participants(self, mail: ParsedMail) -> tuple[Sender, ...]:
        writer = author(mail)
        others = {
            box.email.lower(): _person(box)
            for box in reversed((*mail.to, *mail.cc))
            if box.email and not self._is_ours(box.email)
        }
        for known in (writer, mail.sender):
            others.pop(known.email.lower() if known else "", None)
        return tuple(reversed(others.values()))

    def _is_ours(self, address: str) -> bool:
        return self._own.owns(address) or self._addresses.read(address) is not None


def split_mail(mail: ParsedMail) -> ReplySplit:
    """What the sender of `mail` newly wrote, apart from quotation and signature."""
    return split_reply(mail.text, mail.raw_html, is_forward=is_forward_subject(mail.subject))


def _person(mailbox: Mailbox, *, verified: bool = False) -> Sender:
    address = mailbox.email.lower()
    return Sender(kind=IdentityKind.EMAIL, external_id=address, name=mailbox.name, verified=verified)
