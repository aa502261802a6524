"""What a ticket says that is made of several messages, also where somebody has edited the ticket itself meanwhile."""


def continued(description: str, *, before: str, after: str, was: str, now: str) -> str:
    """The description when a message that said `was` (nothing, if it is new) says `now`.

    `before` and `after` are what all messages come to. Where the description is something else than `before`, a person
    has edited it, and their words stay: the message's are changed where they still stand, or added below.
    """
    if description.strip() == before.strip():
        return after
    changed = _replaced(description, was.strip(), now.strip()) if was.strip() else None
    if changed is not None:
        return changed
    return f"{description}\n{now.strip()}" if now.strip() else description


def _replaced(text: str, was: str, now: str) -> str | None:
    """None where these whole lines do not stand there, or more than once."""
    lines, part = text.split("\n"), was.split("\n")
    places = [at for at in range(len(lines) - len(part) + 1) if lines[at : at + len(part)] == part]
    if len(places) != 1:
        return None
    (at,) = places
    return "\n".join([*lines[:at], *(now.split("\n") if now else ()), *lines[at + len(part) :]])
