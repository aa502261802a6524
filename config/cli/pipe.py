"""A command as the pipe of a mail server: what is wrong here must not return a mail to its sender."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import InvalidInputError


class NotTheMailsFaultError(Exception):
    """The mail is to be handed in again (exit 75); `cause` is what is reported."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


@contextmanager
def mail_stays_with_its_sender() -> Iterator[None]:
    """Settings, defects and faults of this side are passing ones; only the mail's own mistakes are final."""
    try:
        yield
    except InvalidInputError:
        raise
    except Exception as error:
        raise NotTheMailsFaultError(error) from error
