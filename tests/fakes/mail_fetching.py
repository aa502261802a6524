"""A mailbox on the IMAP double, fetched into a desk on SQLite."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.email.imap_account import After, ImapAccount
from bot.email.imap_fetch import Fetch
from bot.email.imap_mailbox import ImapMailbox
from core.intake.models import Intake
from core.intake.values import Accepted, InboundMessage
from core.mailboxes.held import HeldMailbox
from core.mailboxes.values import Progress
from tests.builders import SUPPORT, CoreDesk
from tests.fakes.imap import PASSWORD, USER, FakeImap

LIMIT = 100_000  # bytes of one mail


class IntakeUnderTest:
    """The desk's own intake, held up by `gate` or broken by `error` for the mails that `breaks` is true of."""

    def __init__(self, desk: CoreDesk) -> None:
        self._ledger = desk.ledger
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.error: Exception | None = None
        self.breaks: Callable[[bytes], bool] = lambda _raw: True

    async def route(self, address: str) -> int | None:
        return await self._ledger.route(address)

    async def accept(self, message: InboundMessage) -> Accepted:
        self.entered.set()
        await self.gate.wait()
        if self.error is not None and self.breaks(message.raw):
            raise self.error
        return await self._ledger.accept(message)


@dataclass
class Fetched:
    """A desk, a server, and what fetches from one into the other."""

    desk: CoreDesk
    server: FakeImap
    after: After = field(default_factory=After)

    def __post_init__(self) -> None:
        self.intake = IntakeUnderTest(self.desk)
        self.account = ImapAccount(host="127.0.0.1", port=self.server.port, user=USER, password=PASSWORD, is_tls=False)
        self.held = self.new_held()
        self.fetch = self.new_fetch(self.held)

    def new_held(self) -> HeldMailbox:
        return HeldMailbox(self.account.name, unit_of_work=self.desk.unit_of_work, reading=self.desk.reading)

    def new_fetch(self, held: HeldMailbox) -> Fetch:
        return Fetch(
            self.intake, held, self.account, after=self.after, max_size=LIMIT, home=SUPPORT, clock=self.desk.clock
        )

    @asynccontextmanager
    async def mailbox(self) -> AsyncIterator[ImapMailbox]:
        mailbox = ImapMailbox(self.account)
        try:
            await mailbox.open(make_folder=self.after.folder)
            yield mailbox
        finally:
            await mailbox.close()

    async def look(self) -> int:
        """One look over a connection of its own; how many mails were taken."""
        async with self.mailbox() as mailbox:
            progress = await self.held.hold()
            assert progress is not None
            taken = await self.fetch.look(mailbox, progress)
            await self.held.succeeded()
            return taken

    async def progress(self) -> Progress:
        state = await self.held.state()
        assert state is not None
        return state.progress

    async def ledger(self) -> list[Intake]:
        async with self.desk.reading() as reading:
            return list((await reading.session.scalars(select(Intake).order_by(Intake.id))).all())
