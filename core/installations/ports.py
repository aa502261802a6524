"""What the desk needs to be installed in a workspace."""

from typing import Protocol

from core.installations.values import Granted, Tokens


class AppStore(Protocol):
    """The other side of an installation, where codes and old tokens become new ones.

    Raises:
        InvalidInputError: the code or renewal token is not, or no longer, good.
        TryAgainLaterError: no answer; `exchange` cannot be repeated with the same code, `renew` may be.
    """

    def consent_address(self, state: str) -> str:
        """Where a person agrees to the installation."""
        ...

    async def exchange(self, code: str) -> Granted: ...

    async def renew(self, renewal: str) -> Tokens: ...

    async def own_workspace(self) -> str:
        """The workspace of the deployment's own token; empty where it has none."""
        ...

    async def close(self) -> None: ...
