"""A small IMAP server (RFC 9051, with IDLE, MOVE and UIDPLUS) that keeps what it holds in plain lists.

`faults` decide what it refuses or breaks; everything said to it is in `commands`, passwords left out.
"""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

USER, PASSWORD, TOKEN = "support@desk.example", 'se"cret\\', "fresh-token"
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


@dataclass(kw_only=True)
class StoredMail:
    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)
    came: date


@dataclass
class Folder:
    mails: list[StoredMail] = field(default_factory=list)
    uid_validity: int = 1000
    uid_next: int = 1


@dataclass
class Faults:
    """UIDs whose fetch is answered NO, ends the connection, or brings nothing; commands answered NO with a text.

    Of `coming_at_idle` one mail arrives just as a client begins to wait: it hears of it in one packet with the `+`.
    """

    refused_uids: set[int] = field(default_factory=set)
    breaking_uids: set[int] = field(default_factory=set)
    empty_uids: set[int] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    is_read_only: bool = False
    coming_at_idle: list[bytes] = field(default_factory=list)


@dataclass
class FakeImap:
    """`capabilities` are announced and known; without MOVE, UIDPLUS or IDLE the commands are answered BAD."""

    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder()})
    capabilities: list[str] = field(default_factory=lambda: ["IMAP4rev1", "IDLE", "MOVE", "UIDPLUS", "AUTH=XOAUTH2"])
    faults: Faults = field(default_factory=Faults)
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    starttls: ssl.SSLContext | None = None
    commands: list[str] = field(default_factory=list)
    sessions: "set[Session]" = field(default_factory=set)
    port: int = 0

    @property
    def inbox(self) -> Folder:
        return self.folders["INBOX"]

    def deliver(
        self, raw: bytes, *, folder: str = "INBOX", flags: tuple[str, ...] = (), came: date | None = None
    ) -> int:
        """A mail arrives, and idle clients hear of it; its UID."""
        box = self.folders[folder]
        mail = StoredMail(uid=box.uid_next, raw=raw, flags=set(flags), came=came or self.today)
        box.uid_next += 1
        box.mails.append(mail)
        for session in self.sessions:
            if session.folder is box and session.is_idle:
                session.say(f"* {len(box.mails)} EXISTS")
        return mail.uid

    async def contents(self, folder: str = "INBOX") -> list[tuple[bytes, bool]]:
        """Each mail that is not marked as deleted, and whether it is marked as read."""
        mails = self.folders[folder].mails
        return [(mail.raw, "\\Seen" in mail.flags) for mail in mails if "\\Deleted" not in mail.flags]

    def renumber(self, *, uid_validity: int) -> None:
        """What a restored or moved mailbox does: the same mails under other UIDs."""
        self.inbox.uid_validity = uid_validity
        for number, mail in enumerate(self.inbox.mails, 1):
            mail.uid = number
        self.inbox.uid_next = len(self.inbox.mails) + 1

    def hang_up(self) -> None:
        for session in self.sessions:
            session.writer.transport.abort()

    def read_uids(self) -> list[int]:
        return [mail.uid for mail in self.inbox.mails if "\\Seen" in mail.flags]


class Session:
    """One client from greeting to goodbye."""

    def __init__(self, server: FakeImap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.folder: Folder | None = None
        self.is_idle = False
        self.is_in = False

    def say(self, line: str) -> None:
        self.writer.write(line.encode() + b"\r\n")

    async def converse(self) -> None:
        self.say("* OK ready")
        while line := await self._command():
            tag, _, rest = line.partition(" ")
            name, _, arguments = rest.partition(" ")
            if name.upper() == "UID":
                name, _, arguments = arguments.partition(" ")
            name = name.upper()
            self.server.commands.append(f"{name} {arguments}".strip() if name != "LOGIN" else name)
            if name == "STARTTLS" and self.server.starttls:
                self.say(f"{tag} OK begin")
                await self.writer.start_tls(self.server.starttls)
                continue
            answer = await self._answer(name, arguments, tag)
            self.say(f"{tag} {answer}")
            await self.writer.drain()
            if name == "LOGOUT":
                return

    async def _command(self) -> str:
        """A line with its literals."""
        line = await self.reader.readline()
        while literal := _LITERAL.search(line):
            self.say("+ go on")
            quoted = (await self.reader.readexactly(int(literal[1]))).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            line = line[: literal.start()] + b'"' + quoted + b'"' + await self.reader.readline()
        return line.decode().rstrip("\r\n")

    async def _answer(self, name: str, arguments: str, tag: str) -> str:
        if name in self.server.faults.refused:
            return f"NO {self.server.faults.refused[name]}"
        handler = getattr(self, f"_do_{name.lower()}", None)
        if handler is None or (name in {"IDLE", "MOVE"} and name not in self.server.capabilities):
            return "BAD unknown command"
        if not self.is_in and name not in {"CAPABILITY", "LOGIN", "AUTHENTICATE", "LOGOUT", "NOOP"}:
            return "BAD not signed in"
        return str(await handler(_words(arguments)) or f"OK {name} done")

    async def _do_capability(self, _words: list[str]) -> None:
        more = ["STARTTLS"] if self.server.starttls else []
        self.say("* CAPABILITY " + " ".join([*self.server.capabilities, *more]))

    async def _do_login(self, words: list[str]) -> str | None:
        self.is_in = words == [USER, PASSWORD]
        return None if self.is_in else "NO [AUTHENTICATIONFAILED] Invalid credentials"

    async def _do_authenticate(self, words: list[str]) -> str | None:
        self.say("+ ")
        said = base64.b64decode(await self.reader.readline())
        if words[0] == "PLAIN":
            self.is_in = said == f"\0{USER}\0{PASSWORD}".encode()
            return None if self.is_in else "NO [AUTHENTICATIONFAILED] Invalid credentials"
        self.is_in = said == f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01".encode()
        if not self.is_in:  # RFC 7628 section 3.2.3 and Google's XOAUTH2: the reason comes as a challenge
            self.say("+ " + base64.b64encode(b'{"status":"400"}').decode())
            assert await self.reader.readline() == b"\r\n"
            return "NO [AUTHENTICATIONFAILED] Invalid credentials"
        return None

    async def _do_noop(self, _words: list[str]) -> None:
        return

    async def _do_logout(self, _words: list[str]) -> None:
        self.say("* BYE")

    async def _do_list(self, words: list[str]) -> None:
        if words[-1] in self.server.folders:
            self.say(f'* LIST () "/" "{words[-1]}"')

    async def _do_create(self, words: list[str]) -> None:
        self.server.folders[words[0]] = Folder()

    async def _do_select(self, words: list[str]) -> str:
        if words[0] not in self.server.folders:
            return "NO [NONEXISTENT] there is no such folder"
        self.folder = self.server.folders[words[0]]
        self.say(f"* {len(self.folder.mails)} EXISTS")
        self.say("* 0 RECENT")
        self.say("* FLAGS (\\Seen \\Deleted)")
        self.say(f"* OK [UIDVALIDITY {self.folder.uid_validity}] fixed")
        self.say(f"* OK [UIDNEXT {self.folder.uid_next}] next")
        return "OK [READ-ONLY] selected" if self.server.faults.is_read_only else "OK [READ-WRITE] selected"

    async def _do_search(self, words: list[str]) -> None:
        found = [mail for mail in self._named(words[1]) if _matches(mail, words[2:])]
        self.say(" ".join(["* SEARCH", *(str(mail.uid) for mail in found)]))

    async def _do_fetch(self, words: list[str]) -> str | None:
        wants_size = words[1] == "(RFC822.SIZE)"
        mails = self._named(words[0])
        for mail in mails:
            number = self._box.mails.index(mail) + 1
            if wants_size:
                self.say(f"* {number} FETCH (UID {mail.uid} RFC822.SIZE {len(mail.raw)})")
                continue
            if mail.uid in self.server.faults.breaking_uids:
                self.writer.transport.abort()
                raise ConnectionError
            if mail.uid in self.server.faults.refused_uids:
                return "NO [SERVERBUG] some messages could not be fetched"
            if mail.uid in self.server.faults.empty_uids:
                continue
            head = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            key, part = ("BODY[]", mail.raw) if words[1] == "(BODY.PEEK[])" else ("BODY[HEADER.FIELDS (FROM)]<0>", head)
            self.writer.write(f"* {number} FETCH (UID {mail.uid} {key} {{{len(part)}}}\r\n".encode() + part + b")\r\n")
            await self.writer.drain()
        return None

    async def _do_store(self, words: list[str]) -> None:
        assert words[1] == "+FLAGS.SILENT"
        for mail in self._named(words[0]):
            mail.flags |= {flag.strip("()") for flag in words[2:]}

    async def _do_copy(self, words: list[str]) -> str | None:
        if words[1] not in self.server.folders:
            return "NO [TRYCREATE] there is no such folder"
        for mail in self._named(words[0]):
            self.server.deliver(mail.raw, folder=words[1], flags=tuple(mail.flags))
        return None

    async def _do_move(self, words: list[str]) -> str | None:
        if refusal := await self._do_copy(words):
            return refusal
        self._remove(self._named(words[0]))
        return None

    async def _do_expunge(self, words: list[str]) -> None:
        named = self._named(words[0]) if words else self._box.mails
        self._remove([mail for mail in named if "\\Deleted" in mail.flags])

    async def _do_idle(self, _words: list[str]) -> None:
        answer = "+ idling"
        if self.server.faults.coming_at_idle:
            self.server.deliver(self.server.faults.coming_at_idle.pop(0))
            answer += f"\r\n* {len(self._box.mails)} EXISTS"
        self.is_idle = True
        self.say(answer)
        if await self.reader.readline() != b"DONE\r\n":
            raise ConnectionError
        self.is_idle = False

    @property
    def _box(self) -> Folder:
        assert self.folder is not None
        return self.folder

    def _named(self, uids: str) -> list[StoredMail]:
        wanted = [part.partition(":") for part in uids.split(",")]
        ranges = [(int(first), int(last or first)) for first, _, last in wanted]
        return [mail for mail in self._box.mails if any(first <= mail.uid <= last for first, last in ranges)]

    def _remove(self, mails: list[StoredMail]) -> None:
        for mail in mails:
            self.say(f"* {self._box.mails.index(mail) + 1} EXPUNGE")
            self._box.mails.remove(mail)


def _words(arguments: str) -> list[str]:
    """Atoms and quoted strings; a parenthesis of items is one word where it begins one."""
    if match := re.fullmatch(r"(\S+) (\(.*\))", arguments):
        return [match[1], match[2]]
    return [
        re.sub(r"\\(.)", r"\1", quoted) if quoted or not atom else atom for quoted, atom in _WORD.findall(arguments)
    ]


def _matches(mail: StoredMail, criteria: list[str]) -> bool:
    if "\\Deleted" in mail.flags and "UNDELETED" in criteria:
        return False
    is_unread = "\\Seen" not in mail.flags
    if "SINCE" in criteria:
        since = datetime.strptime(criteria[criteria.index("SINCE") + 1], "%d-%b-%Y").replace(tzinfo=UTC).date()
        return is_unread or mail.came >= since
    return is_unread or "UNSEEN" not in criteria


@asynccontextmanager
async def imap_server(server: FakeImap, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeImap]:
    """`server` listens while inside, with TLS from the first byte where there is a context."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(server, reader, writer)
        server.sessions.add(session)
        try:
            await session.converse()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            server.sessions.discard(session)
            writer.close()

    listening = await asyncio.start_server(converse, "127.0.0.1", server.port, ssl=tls, limit=1 << 20)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        server.hang_up()
