"""What each sort of job does, in the words of whoever looks after the desk."""

from core.jobs import kinds

TITLES = {
    kinds.INTAKE_PROCESS: "Take in a message",
    kinds.INTAKE_FETCH: "Fetch a mail from its provider",
    kinds.READ_THREAD: "Read a Slack thread",
    kinds.WATCH_MAIL: "Watch whether mail still comes",
    kinds.DROP_RAW: "Drop mail whose retention has ended",
    kinds.DELIVER: "Send a message",
    kinds.REFRESH: "Bring a message in Slack up to date",
    kinds.WATCH_CHANNELS: "Watch who reads the moderators' channel",
    kinds.DELIVERY_EVENT: "Note what became of a mail",
    kinds.PREVIEW: "Show a ticket below its link",
    kinds.PREVIEW_AGAIN: "Bring a link's preview up to date",
    kinds.END_GATHERING: "Make a ticket of what was gathered",
    kinds.FETCH_FILE: "Fetch a file from Slack",
    kinds.SCAN_FILE: "Look into a file for viruses",
    kinds.LOOK_UP: "Look somebody up in Slack",
    kinds.TICKETS_WAKE: "Wake snoozed tickets",
    kinds.WATCH_PROMISES: "Watch what is due",
    kinds.RENEW_TOKENS: "Renew access to Slack",
    kinds.TRIAGE_SUGGEST: "Triage a ticket",
    kinds.TRIAGE_LEARN: "Learn from sorted tickets",
    kinds.FIND_SIMILAR: "Find similar tickets",
    kinds.SIMILAR_GONE: "Take back a similar ticket",
    kinds.SEARCH_INDEX: "Make a ticket findable",
    kinds.SEARCH_LEARN: "Learn which similar tickets help",
    kinds.SEARCH_REFRESH: "Embed what is missing",
    kinds.SEARCH_FORGET: "Forget what other models embedded",
    kinds.AUDIT_SEAL: "Seal the audit log",
    kinds.PURGE: "Clear away what has ended",
}
_BY_NAME = {kind.name: title for kind, title in TITLES.items()}


def title_of(kind: str) -> str:
    """A sort that only an earlier version knew keeps its name."""
    return _BY_NAME.get(kind, kind)
