"""Mail for a developer's eyes: printed, never sent, never logged (a sign-in link is a secret)."""

import sys
from collections.abc import Sequence
from email.message import EmailMessage
from typing import TextIO

from bot.email.transports.port import SentMail, message_id

_SHOWN = ("From", "To", "Cc", "Reply-To", "Subject")
_RULE = "─" * 72


class ConsoleTransport:
    """Prints to `stream`, or to what is standard output when a mail is sent."""

    name = "console"

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    async def send(self, message: EmailMessage, recipients: Sequence[str], *, key: str) -> SentMail:
        stream = self._stream or sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        text = _readable(message, recipients, key)
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
        return SentMail(message_id=message_id(message))


def _readable(message: EmailMessage, recipients: Sequence[str], key: str) -> str:
    lines = [_RULE, f"Mail {key} for {', '.join(recipients)}", ""]
    lines += [f"{name}: {message[name]}" for name in _SHOWN if name in message]
    body = message.get_body(("plain",))
    lines += ["", *(str(body.get_content()).splitlines() if body else ())]
    attached = [part.get_filename() or "attachment" for part in message.iter_attachments()]
    lines += [f"[attached: {', '.join(attached)}]"] if attached else []
    return "\n".join(_without_controls(line) for line in [*lines, _RULE, ""])


def _without_controls(line: str) -> str:
    """What a stranger wrote must not steer the terminal."""
    return "".join(character for character in line if character.isprintable() or character == "\t")
