"""What can go wrong, in the words of the person it happened to.

Each door maps the class to its own code: HTTP status, SMTP reply, exit code or a private Slack message.
"""


class DeskError(Exception):
    """Something the desk refuses or cannot do; `str(error)` is what the person reads."""

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(f"{message} {mend}".strip())
        self.message = message
        self.mend = mend


class InvalidInputError(DeskError):
    """The input has a mistake that the person can correct; `field` names where."""

    def __init__(self, message: str, *, field: str = "", mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.field = field


class NotFoundError(DeskError):
    """There is no such thing, or it is not for this person to see."""


class NotSignedInError(DeskError):
    """The action needs somebody who is signed in."""


class ForbiddenError(DeskError):
    """The person is known but may not do this."""


class ConflictError(DeskError):
    """The thing has changed, or exists already."""


class TooLargeError(DeskError):
    """More bytes than this desk takes."""


class TryAgainLaterError(DeskError):
    """A passing fault (database busy, provider down); `retry_after` in seconds where a time was named."""

    def __init__(self, message: str, *, mend: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, mend=mend)
        self.retry_after = retry_after


class DegradedError(DeskError):
    """A part works less well than it should: people must be told, yet the rest is as ready as ever."""


class LimitReachedError(TryAgainLaterError):
    """Too many tries in a short time."""


class ConfigurationError(DeskError):
    """A setting is missing or wrong; the message names every one at once."""


class DeliveryRefusedError(DeskError):
    """The channel refuses this message for good: unknown address, channel gone, token revoked."""


class AccessLostError(DeliveryRefusedError):
    """The workspace has taken back this desk's access: nothing goes there until it is given again."""
