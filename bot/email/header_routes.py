"""To which organizations a mail belongs that came without its envelope."""

import re

from bot.email.headers import MAX_BLOCK, Headers, read_block
from bot.email.mailboxes import read_mailboxes
from bot.email.parse import delivered_to
from bot.email.ports import MailIntake
from core.errors import ConfigurationError

RECIPIENTS = 20  # addresses of one field that are looked up

_END_OF_HEADERS = re.compile(rb"\n\r?\n|\r\r")


class Routes:
    """Reads recipients from headers. Mail that names no address of ours, a blind copy, belongs to `home`'s."""

    def __init__(self, intake: MailIntake, home: str) -> None:
        self._intake = intake
        self.home = home

    async def of(self, headers: Headers) -> dict[int, tuple[str, ...]]:
        """Our recipients by organization, as relays noted them, else as the mail names them.

        Raises:
            ConfigurationError: `home` leads nowhere.
        """
        named = [box.email for box in read_mailboxes(headers.raw("to") + headers.raw("cc")) if box.email]
        for addresses in (delivered_to(headers), named):
            routes: dict[int, tuple[str, ...]] = {}
            for address in addresses[:RECIPIENTS]:
                organization_id = await self._intake.route(address)
                if organization_id is not None:
                    routes[organization_id] = (*routes.get(organization_id, ()), address)
            if routes:
                return routes
        return {await self.home_organization(): (self.home,)}

    async def home_organization(self) -> int:
        organization_id = await self._intake.route(self.home)
        if organization_id is None:
            raise ConfigurationError(
                f"{self.home} leads to no organization.", mend="tickmate organizations add-address"
            )
        return organization_id


def headers_of(raw: bytes) -> Headers:
    """The header fields of a mail, its body unread."""
    block = raw[:MAX_BLOCK].lstrip(b"\r\n")
    end = _END_OF_HEADERS.search(block)
    headers, _, _ = read_block(block[: end.start()] if end else block)
    return headers
