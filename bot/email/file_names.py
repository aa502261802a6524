"""Names of attachments: the sender's, made safe, or one of our own."""

import mimetypes
import re

from bot.email.headers import read_block

_MAX_NAME = 200
_UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PATH = re.compile(r"^(?:[A-Za-z]:|\.{0,2}[/\\]).*[/\\]", re.DOTALL)
_NAMES = {
    "message/rfc822": "message.eml",
    "message/global": "message.eml",
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "text/rfc822-headers": "headers.txt",
    "text/calendar": "invite.ics",
    "text/plain": "text.txt",
    "text/html": "page.html",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "version.asc",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/ms-tnef": "winmail.dat",
    "application/octet-stream": "attachment.bin",
    "image/jpg": "attachment.jpg",
}


def safe_name(name: str) -> str:
    """The sender's file name without its folders, control characters and direction overrides."""
    name = _PATH.sub("", _UNSAFE_NAME.sub("", name)).replace("/", "_").replace("\\", "_").strip()
    if len(name) > _MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: _MAX_NAME - 20]}.{extension[:16]}" if dot else name[:_MAX_NAME]
    return "" if name in {".", ".."} else name


def invented_name(kind: str, content: bytes) -> str:
    """For a part that has none, by its content type; a forwarded mail is named after its subject."""
    if kind.startswith("message/rfc822"):
        subject = read_block(content[: 64 * 1024].partition(b"\n\n")[0].partition(b"\n\r\n")[0])[0].text("subject")
        if name := safe_name(subject)[:100]:
            return f"{name}.eml"
    return _NAMES.get(kind) or f"attachment{mimetypes.guess_extension(kind) or '.bin'}"
