"""One mail as `tickmate mail parse --json` prints it; the shape is in the contract and stays."""

import hashlib
from typing import Any

from bot.email.interpreter import split_mail
from bot.email.mailboxes import Mailbox
from bot.email.parse import ParsedMail
from core.intake.values import AttachmentContent, Screening


def parsed_mail_json(mail: ParsedMail, screening: Screening) -> dict[str, Any]:
    """Only JSON types: strings, numbers, booleans, null, lists and objects. Never raises."""
    split = split_mail(mail)
    return {
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to[0] if mail.in_reply_to else None,
        "references": list(mail.references),
        "from": _mailbox(mail.sender or next(iter(mail.from_), Mailbox())),
        "reply_to": [_mailbox(box) for box in mail.reply_to],
        "to": [_mailbox(box) for box in mail.to],
        "cc": [_mailbox(box) for box in mail.cc],
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "text": mail.text,
        "html": mail.html,
        "reply_text": split.reply_text,
        "quoted_text": split.quoted_text,
        "signature": split.signature,
        "attachments": [_attachment(attachment) for attachment in mail.attachments],
        "screening": {
            "verdict": screening.verdict.value,
            "rule": screening.rule,
            "is_auto_reply": screening.is_auto_reply,
            "is_bounce": screening.is_bounce,
            "is_bulk": screening.is_bulk,
            "failed_recipients": list(screening.failed_recipients),
        },
        "defects": list(mail.defects),
    }


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"name": mailbox.name, "email": mailbox.email}


def _attachment(attachment: AttachmentContent) -> dict[str, Any]:
    return {
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": len(attachment.content),
        "sha256": hashlib.sha256(attachment.content).hexdigest(),
        "inline": attachment.inline,
        "content_id": attachment.content_id,
    }
