"""Attachments that Outlook wrapped into winmail.dat, put in its place among those of the mail. Never raises."""

import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.email.file_names import safe_name
from bot.email.tnef import SIGNATURE, Tnef, TnefFile, read_tnef
from core.intake.values import AttachmentContent

_UNTYPED = frozenset({"", "application/octet-stream"})


@dataclass(kw_only=True, slots=True)
class Opened:
    """The attachments, every winmail.dat replaced by what it holds; `text` and `html` of the first that has some."""

    attachments: list[AttachmentContent] = field(default_factory=list)
    text: str = ""
    html: str = field(default="", repr=False)
    defects: list[str] = field(default_factory=list)


def open_winmail(attachments: Iterable[AttachmentContent]) -> Opened:
    """A damaged one stays, beside what could be read in it; so does one in which nothing was found."""
    opened = Opened()
    for attachment in attachments:
        if not attachment.content.startswith(SIGNATURE):
            opened.attachments.append(attachment)
            continue
        tnef = read_tnef(attachment.content)
        opened.text, opened.html = opened.text or tnef.text, opened.html or tnef.html
        files = _files(tnef)
        if tnef.defect or not (files or tnef.text or tnef.html):
            opened.attachments.append(attachment)
        opened.defects += [tnef.defect] if tnef.defect else []
        opened.attachments += files
    return opened


def _files(tnef: Tnef) -> list[AttachmentContent]:
    return [
        _as_attachment(file, number) for number, file in enumerate(tnef.files, start=1) if file.content or file.name
    ]


def _as_attachment(file: TnefFile, number: int) -> AttachmentContent:
    name = safe_name(file.name) or f"attachment-{number}{mimetypes.guess_extension(file.content_type) or '.bin'}"
    kind = file.content_type.partition(";")[0].strip()
    if kind in _UNTYPED:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return AttachmentContent(
        filename=name,
        content_type=kind,
        content=file.content,
        inline=bool(file.content_id) and kind.startswith("image/"),
        content_id=file.content_id,
    )
