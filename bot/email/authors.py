"""Who wrote a mail, where a list or group has put its own address into From so that DMARC passes.

Mailman (`munge_from`): `From: Jane Doe via Users <users@lists.example>`, with the author in Reply-To. Google Groups:
`From: 'Jane Doe' via Support <support@company.example>`, with X-Original-From and X-Original-Sender.
"""

import re

from bot.email.mailboxes import Mailbox, read_mailboxes
from bot.email.parse import ParsedMail

_VIA = re.compile(
    r"\s+(?:via|über|por medio de|através de|przez|через|tramite|経由|经由|通过)\s+\S.{0,200}$", re.IGNORECASE
)
_LIST_FIELDS = ("list-id", "list-post", "mailing-list", "x-google-group-id", "x-beenthere", "x-mailman-version")
_ORIGINAL_FIELDS = ("x-original-from", "x-original-sender", "x-mailfrom")


def author(mail: ParsedMail) -> Mailbox | None:
    """Whom to answer: the first mailbox in From, or the one that a list put its own in the place of."""
    sender = mail.sender
    if sender is None or not any(name in mail.headers for name in _LIST_FIELDS):
        return sender
    via = _VIA.search(sender.name)
    if via is None and sender.email.lower() not in _list_addresses(mail):
        return sender
    original = _original(mail, sender)
    if original is None:
        return sender
    name = original.name or (sender.name[: via.start()] if via else "")
    return Mailbox(name=name.strip().strip("'\"").strip(), email=original.email)


def is_rewritten(mail: ParsedMail) -> bool:
    """Whether From names a list instead of the author, whom then nothing proves."""
    return author(mail) != mail.sender


def _original(mail: ParsedMail, sender: Mailbox) -> Mailbox | None:
    lists = _list_addresses(mail) | {sender.email.lower()}
    named = [*(box for name in _ORIGINAL_FIELDS for box in read_mailboxes(mail.headers.raw(name))), *mail.reply_to]
    return next((box for box in named if box.email and box.email.lower() not in lists), None)


def _list_addresses(mail: ParsedMail) -> set[str]:
    posted = (value.strip().strip("<>").removeprefix("mailto:") for value in mail.headers.raw("list-post"))
    boxes = read_mailboxes([*(value.partition("?")[0] for value in posted), *mail.headers.raw("x-beenthere")])
    return {box.email.lower() for box in boxes if box.email}
