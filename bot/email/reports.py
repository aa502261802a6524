"""Machine-written parts: delivery status (RFC 3464), receipts (RFC 8098), calendars (RFC 6047). Never raises."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.email.headers import Headers, read_block
from bot.email.mailboxes import read_message_ids
from bot.email.mime import Part

_MAX_REPORT = 256 * 1024  # bytes
_MAX_RECIPIENTS = 200
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_METHOD = re.compile(rb"^METHOD(?:;[^:\r\n]{0,100})?:[ \t]*([A-Za-z]{1,30})", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientStatus:
    """What became of one recipient: `action` is failed, delayed, delivered, relayed or expanded."""

    recipient: str
    action: str
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reports:
    """What the machine-written parts of a mail say; all empty for a mail written by a person."""

    recipients: tuple[RecipientStatus, ...] = ()
    is_delivery_report: bool = False
    is_read_receipt: bool = False
    calendar_method: str = ""
    original_message_ids: tuple[str, ...] = ()  # of the mail that the report is about


def walk(root: Part) -> Iterator[Part]:
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += reversed(part.children)


def read_reports(root: Part) -> Reports:
    recipients: list[RecipientStatus] = []
    originals: list[str] = []
    kinds: set[str] = set()
    method = ""
    report_type = root.type.get("report-type").lower() if root.type.value == "multipart/report" else ""
    for part in walk(root):
        kind = part.type.value
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            kinds.add("delivery")
            recipients += _recipients(part)
        elif kind in ("message/disposition-notification", "message/global-disposition-notification"):
            kinds.add("receipt")
            originals += _ids(part, "original-message-id")
        elif kind == "text/calendar" and not method:
            method = _calendar_method(part)
        elif report_type and kind in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
            "message/rfc822-headers",
        ):
            originals += _ids(part, "message-id")
    return Reports(
        recipients=tuple(recipients[:_MAX_RECIPIENTS]),
        is_delivery_report="delivery" in kinds or report_type == "delivery-status",
        is_read_receipt="receipt" in kinds or report_type == "disposition-notification",
        calendar_method=method,
        original_message_ids=tuple(dict.fromkeys(originals)),
    )


def _blocks(part: Part) -> list[Headers]:
    content = part.content()[0][:_MAX_REPORT].strip()
    return [read_block(block)[0] for block in _BLANK_LINE.split(content)]


def _recipients(part: Part) -> list[RecipientStatus]:
    found = []
    for block in _blocks(part):
        address = block.text("final-recipient") or block.text("original-recipient")
        if address:
            plain = address.rpartition(";")[2].strip().strip("<>").strip()
            action = (block.text("action").lower().split() or [""])[0]
            found.append(RecipientStatus(recipient=plain, action=action, status=block.text("status")[:20]))
    return found


def _ids(part: Part, name: str) -> tuple[str, ...]:
    return next((ids for block in _blocks(part)[:2] if (ids := read_message_ids(block.raw(name)[:1]))), ())


def _calendar_method(part: Part) -> str:
    if named := part.type.get("method"):
        return named.upper()
    found = _METHOD.search(part.content()[0][:_MAX_REPORT])
    return found[1].decode("ascii").upper() if found else ""
