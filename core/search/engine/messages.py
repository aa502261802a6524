"""What is sent to the engine's process, as plain tuples."""

from collections.abc import Sequence
from typing import NamedTuple

Floats = Sequence[float]

DESCRIPTION = "description.json"
"""In a slot: the format and the model it was made for."""
POSITION = "position.json"
"""In a slot: how far what is on the disk has followed the table, and how many tickets that are."""


class Held(NamedTuple):
    """A ticket."""

    ticket_id: int
    organization_id: int
    created_at: float
    title: Floats
    text: Floats
    indices: Sequence[int]
    weights: Floats


class Asked(NamedTuple):
    """A search."""

    organization_id: int
    title: Floats
    text: Floats
    indices: Sequence[int]
    weights: Floats
    limit: int
    exclude_ticket_id: int | None
    created_before: float | None
