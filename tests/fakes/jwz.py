"""Threads as a mail program sees them: Jamie Zawinski's algorithm, steps 1 to 4 (https://www.jwz.org/doc/threading.html).

Written from that page and on the standard library alone, so that it shares no code, and no mistake, with what it
judges. Gathering by subject (step 5) is left out: headers alone must do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass(eq=False)
class Container:
    """A message, or the place of one that is only referred to."""

    id: str
    message: EmailMessage | None = None
    parent: "Container | None" = None
    children: list["Container"] = field(default_factory=list)

    def has_descendant(self, other: "Container") -> bool:
        return self is other or any(child.has_descendant(other) for child in self.children)

    def adopt(self, child: "Container") -> None:
        if child.parent is not None:
            child.parent.children.remove(child)
        child.parent = self
        self.children.append(child)

    def messages(self) -> list[EmailMessage]:
        own = [self.message] if self.message is not None else []
        return own + [message for child in self.children for message in child.messages()]


def threads(messages: Iterable[EmailMessage]) -> list[Container]:
    """The roots, without empty containers: one a conversation."""
    table: dict[str, Container] = {}
    for number, message in enumerate(messages):
        _place(table, message, fallback=f"no-id-{number}")
    roots = [container for container in table.values() if container.parent is None]
    return [kept for root in roots for kept in _pruned(root, is_root=True)]


def _place(table: dict[str, Container], message: EmailMessage, *, fallback: str) -> None:
    own_id = next(iter(_ids(message["Message-ID"])), fallback)
    if own_id in table and table[own_id].message is not None:
        own_id = fallback  # a second message of the same id is another one
    own = table.setdefault(own_id, Container(own_id))
    own.message = message
    above: Container | None = None
    for reference in _references(message):
        container = table.setdefault(reference, Container(reference))
        free = container.parent is None and above is not None
        if free and not container.has_descendant(above) and not above.has_descendant(container):
            above.adopt(container)
        above = container
    if above is not None and not own.has_descendant(above):
        above.adopt(own)


def _references(message: EmailMessage) -> list[str]:
    found = _ids(message["References"])
    return found or _ids(message["In-Reply-To"])[:1]


def _ids(value: object) -> list[str]:
    return re.findall(r"<([^<>\s]+)>", str(value or ""))


def _pruned(container: Container, *, is_root: bool = False) -> list[Container]:
    """Step 4: nothing is kept of an empty container but its children; at the top only if there is one of them."""
    container.children = [kept for child in container.children for kept in _pruned(child)]
    for child in container.children:
        child.parent = container
    if container.message is not None:
        return [container]
    if is_root and len(container.children) > 1:
        return [container]
    return container.children
