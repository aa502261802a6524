"""Why a message was kept back, in the words an admin reads. One sentence for each rule that can do it."""

REASONS = {
    "own-address": "From is an address of this desk: the mail is forged, or a form of your own site sends as the desk.",
    "no-sender": "The mail names nobody who could be answered.",
    "over-limits": "Parts of the mail were left unread: it is nested too deeply, or has too many parts or headers.",
    "processing-failed": "Reading or filing it failed every time it was tried.",
    "discarded": "An admin let it go.",
}


def reason(rule: str) -> str:
    """What a rule means; empty for a rule whose name says it all."""
    return REASONS.get(rule, "")
