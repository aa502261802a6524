"""How the desk and the engine's process talk: pickled tuples, each after its length.

A request is (number, name, arguments); an answer is (number, what came of it, or a `Fault`, notes for the log).
"""

import pickle
import struct
from dataclasses import dataclass
from typing import Any

HEAD = struct.Struct(">Q")

Note = tuple[str, dict[str, Any]]
"""An event and its values, for the desk's log."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A call that failed, and why. `is_full`: the disk has no room for it."""

    reason: str
    is_full: bool = False


def framed(message: tuple[Any, ...]) -> bytes:
    """The message as it is sent."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return HEAD.pack(len(body)) + body


def unframed(body: bytes) -> Any:
    """The message again, less its length."""
    return pickle.loads(body)  # noqa: S301 (from the other end of a pipe between two processes of ours)
