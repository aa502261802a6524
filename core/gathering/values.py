"""What several messages of one person come to together, and which channels the desk listens to."""

from datetime import timedelta
from enum import StrEnum

MOST_QUESTIONS = 2
FRESH = timedelta(minutes=30)
"""How long after its last message a ticket may be what the next one is about."""
ASKED_FOR = timedelta(hours=12)
"""How long the offer of a ticket in a channel stands."""


class ChannelMode(StrEnum):
    """What becomes of a message in a channel that addresses nobody."""

    AUTO = "auto"  # a ticket
    ASK = "ask"  # its author, alone, is asked whether it should be one
    OFF = "off"


class Purpose(StrEnum):
    """Why messages are held together."""

    BURST = "burst"  # they are one ticket
    ASK = "ask"  # their author is asked whether they should be one
    GUIDE = "guide"  # they say too little yet
    BELONG = "belong"  # their author is asked whether they belong to an earlier ticket


class Stage(StrEnum):
    OPEN = "open"
    FILED = "filed"
    CLOSED = "closed"


class Answer(StrEnum):
    """What a button under one of our questions asks for."""

    FILE = "gathering.file"
    JOIN = "gathering.join"
    DROP = "gathering.drop"
    BUG = "gathering.bug"
    QUESTION = "gathering.question"
    FEATURE = "gathering.feature"
    PERFORMANCE = "gathering.performance"
