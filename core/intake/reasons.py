"""Why a message was kept back or ignored, in the words an admin reads. One sentence for each rule that can do it."""

REASONS = {
    "own-address": "From is an address of this desk: the mail is forged, or a form of your own site sends as the desk.",
    "no-sender": "The mail names nobody who could be answered.",
    "unknown-sender": "Nobody here knows the sender, and MAIL_UNKNOWN_SENDERS is quarantine.",
    "blocked-sender": "MAIL_BLOCKED names the sender or their domain.",
    "infected": "The relay in front of this desk found malware in it.",
    "spam": "The relay in front of this desk calls it spam.",
    "too-many-tickets": "The sender has opened as many tickets within an hour as MAIL_TICKETS_PER_HOUR allows.",
    "over-limits": "Parts of the mail were left unread: it is nested too deeply, or has too many parts or headers.",
    "processing-failed": "Reading or filing it failed every time it was tried.",
    "bytes-gone": "Its bytes were no longer in the database when it was to be read.",
    "unknown-recipient": "It was fetched from a mail provider, and none of its recipients is an address of this desk.",
    "too-large": "It is larger than SMTP_MAX_SIZE allows; the mail provider still has it.",
    "unreadable-at-source": "The mail server could not give it; it is still in the mailbox.",
    "not-taken": "The desk failed on it every time it was fetched. Its bytes are here.",
    "fetch-failed": "It is at a mail provider and could not be fetched; the job at /admin/jobs can be tried again.",
    "discarded": "An admin let it go.",
    "own-loop-mark": "This desk sent it itself; it came back.",
    "delivery-failed": "A mail server reports that a mail of this desk could not be delivered.",
    "delivery-delayed": "A mail server reports that a mail of this desk is delayed.",
    "delay-warning": "A mail server warns that a mail of this desk is delayed.",
    "failed-recipients-header": "A mail server names recipients that it could not reach.",
    "mail-daemon": "A mail server wrote it, not a person.",
    "read-receipt": "It only confirms that a mail was read.",
    "calendar-answer": "It only answers an invitation.",
    "auto-submitted": "A program sent it: its Auto-Submitted header says so.",
    "autoreply-header": "It is an automatic answer: a header says so.",
    "precedence-auto-reply": "It is an automatic answer: its Precedence header says so.",
    "out-of-office": "Somebody is away: it is an automatic answer.",
    "says-automatic": "It says of itself that it was sent automatically.",
    "newsletter": "It is a newsletter.",
    "empty-mail": "It holds neither words nor files.",
    "bulk-mail": "It went to many at once, and to nobody here in person.",
    "unsubscribe": "It asks for no more mail, and was noted.",
    "change-of-no-ticket": "It changes a message that belongs to no ticket.",
    "thread-of-no-ticket": "It answers in a thread that belongs to no ticket.",
}

GUARDS = {
    "ticket-deleted": "that ticket was deleted",
    "sender-not-participant": "the sender takes no part in that ticket",
    "subject-changed": "its subject is another one",
    "ticket-long-closed": "that ticket was resolved too long ago",
}
"""Why the wrong-thread guard keeps a message out of the ticket that it names."""


def reason(rule: str) -> str:
    """What a rule means; empty for a rule whose name says it all."""
    return REASONS.get(rule, "")
