"""How far a mailbox elsewhere has been read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LEASE = timedelta(seconds=45)


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Up to which mail a folder has been taken in.

    Attributes:
        uid_validity: the folder's UIDVALIDITY (RFC 9051 section 2.3.1.1); None before the first look.
        last_uid: every mail with a UID up to this one is in the ledger, or was left aside on purpose.
        new_from: mails with this UID or a higher one came after the first look: all of them are taken. Those below
            are the backlog, of which only the unread ones are, and what came after `backlog_since`.
        backlog_since: when the folder was last read before its UIDs were given anew; None where it never was.
        succeeded_at: when the folder was last read to its end; None when that never happened.
    """

    uid_validity: int | None = None
    last_uid: int = 0
    new_from: int = 1
    backlog_since: datetime | None = None
    succeeded_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MailboxState:
    """A mailbox as all replicas see it; `error` tells what is wrong and is empty after a success."""

    progress: Progress
    since: datetime
    error: str
