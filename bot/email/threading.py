"""Which tickets a mail may belong to, in the order in which the desk should try them, and when two mails are one."""

import hashlib
import re
from collections.abc import Iterable
from typing import Protocol

from bot.email.addresses import ReplyTarget
from bot.email.parse import ParsedMail
from core.intake.values import CandidateKind, ThreadCandidate

MAX_CANDIDATES = 50
RULES = ("returned-message", "in-reply-to", "references", "reply-address", "subject-tag")
"""Which rules propose candidates, in their order."""

_SUBJECT_TAG = re.compile(r"\[(?:[A-Za-z][\w .-]{0,30} )?#(\d{1,10})\]")


class ReadsReplyAddresses(Protocol):
    """`bot.email.addresses.ReplyAddress`: the ticket behind an address of ours, None for any other."""

    def read(self, address: str) -> ReplyTarget | None: ...


def thread_candidates(
    mail: ParsedMail,
    addresses: ReadsReplyAddresses,
    envelope_recipients: Iterable[str] = (),
    *,
    organization_id: int | None = None,
) -> tuple[ThreadCandidate, ...]:
    """In-Reply-To, References (newest first), the signed reply address, the subject tag; each ticket once a kind.

    A delivery report is about the mail that it returns, so the id of that one comes first. A reply address of another
    organization than `organization_id` names none of its tickets, though the number may exist there too.
    """
    candidates = [
        *_ids(mail.reports.original_message_ids, "returned-message"),
        *_ids(mail.in_reply_to, "in-reply-to"),
        *_ids(reversed(mail.references), "references"),
        *_reply_addresses(mail, addresses, envelope_recipients, organization_id),
        *_subject_tags(mail.subject),
    ]
    unique = {(candidate.kind, candidate.value): candidate for candidate in reversed(candidates)}
    return tuple(reversed(unique.values()))[:MAX_CANDIDATES]


def _ids(message_ids: Iterable[str], rule: str) -> list[ThreadCandidate]:
    return [ThreadCandidate(kind=CandidateKind.MESSAGE_ID, value=value, rule=rule) for value in message_ids][
        :MAX_CANDIDATES
    ]


def _reply_addresses(
    mail: ParsedMail,
    addresses: ReadsReplyAddresses,
    envelope_recipients: Iterable[str],
    organization_id: int | None,
) -> list[ThreadCandidate]:
    named = [*envelope_recipients, *mail.delivered_to, *(box.email for box in (*mail.to, *mail.cc))]
    targets = [target for address in dict.fromkeys(named) if address and (target := addresses.read(address))]
    return [
        ThreadCandidate(kind=CandidateKind.TICKET, value=str(target.number), rule="reply-address")
        for target in targets
        if organization_id is None or target.organization_id == organization_id
    ]


def _subject_tags(subject: str) -> list[ThreadCandidate]:
    return [
        ThreadCandidate(kind=CandidateKind.SUBJECT_TAG, value=str(int(number)), rule="subject-tag")
        for number in _SUBJECT_TAG.findall(subject)
        if int(number)
    ]


def fingerprint(mail: ParsedMail) -> str:
    """Two mails with the same one are the same mail: Message-ID, From, Date, Subject and body agree.

    Copies to two of our addresses share it; a reused or forged Message-ID over another content does not.
    """
    sender = mail.sender.email.lower() if mail.sender else ""
    moment = str(mail.date.timestamp()) if mail.date else ""
    written = f"{mail.message_id}\0{sender}\0{moment}\0{mail.subject}\0{mail.content_hash}"
    return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()
