"""Which mailbox is fetched, and what becomes there of the mails that were taken in."""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from bot.email.loopback import is_loopback
from core.errors import ConfigurationError

TLS_PORT, PORT = 993, 143

_FORM = "Write imaps://USER:PASSWORD@HOST/FOLDER."


@dataclass(frozen=True, kw_only=True, slots=True)
class ImapAccount:
    """One folder of one account. `is_tls`: TLS from the first byte, otherwise STARTTLS."""

    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    is_tls: bool = True

    @property
    def name(self) -> str:
        """What this mailbox is called in the database and in messages; it holds no password."""
        return f"imap://{self.user}@{self.host}:{self.port}/{self.folder}"

    @property
    def may_be_plain(self) -> bool:
        """Nobody can listen in between two processes of one machine."""
        return is_loopback(self.host)


class AfterKind(StrEnum):
    SEEN = "seen"
    MOVE = "move"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class After:
    """What is done at the source with a mail that the ledger holds; `folder` is where MOVE moves to."""

    kind: AfterKind = AfterKind.SEEN
    folder: str = ""


def read_account(url: str) -> ImapAccount:
    """`imaps://USER:PASSWORD@HOST:PORT/FOLDER`, each part percent-encoded; INBOX where no folder is named.

    Raises:
        ConfigurationError: it names no user or host, or a character is not encoded.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError("IMAP_URL has no usable port.", mend=_FORM) from error
    if parts.query or parts.fragment:
        raise ConfigurationError("IMAP_URL has a bare ? or #.", mend="In user, password and folder write %3F and %23.")
    if not parts.hostname or not parts.username:
        raise ConfigurationError("IMAP_URL names no user or no host.", mend=_FORM)
    is_tls = parts.scheme == "imaps"
    return ImapAccount(
        host=parts.hostname,
        port=port or (TLS_PORT if is_tls else PORT),
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        is_tls=is_tls,
    )


def read_after(text: str) -> After:
    """`seen`, `delete` or `move:FOLDER`.

    Raises:
        ConfigurationError: it is none of these.
    """
    kind, _, folder = text.partition(":")
    kind, folder = kind.strip().lower(), folder.strip()
    if kind not in set(AfterKind) or bool(folder) != (kind == AfterKind.MOVE):
        raise ConfigurationError(f"IMAP_AFTER cannot be {text!r}.", mend="Set seen, delete or move:FOLDER.")
    return After(AfterKind(kind), folder)
