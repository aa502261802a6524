"""A real IMAP server for tests: Dovecot 2.3 without root's rights, started once for a test run, a fresh user a test."""

import grp
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.email.imap_account import ImapAccount
from tests.fakes.waiting import PATIENCE

PASSWORD = 'se"c\\ret'
_numbers = itertools.count(1)
_PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_chars =
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
"""


@dataclass(frozen=True)
class DovecotUser:
    """One account; mail is put into its Maildir and looked at there."""

    account: ImapAccount
    maildir: Path

    def deliver(self, raw: bytes) -> None:
        name = f"{next(_numbers)}.tickmate.test"
        for folder in (self.maildir, *(self.maildir / name for name in ("cur", "new", "tmp"))):
            self._make(folder)
        unfinished = self.maildir / "tmp" / name
        unfinished.write_bytes(raw)
        _give_away(unfinished)
        unfinished.rename(self.maildir / "new" / name)

    async def contents(self, folder: str = "INBOX") -> list[tuple[bytes, bool]]:
        """Each mail that is not marked as deleted, and whether it is marked as read."""
        place = self.maildir if folder == "INBOX" else self.maildir / f".{folder}"
        files = sorted((place / "new").glob("*")) + sorted((place / "cur").glob("*"))
        marked = [(file.read_bytes(), file.name.rpartition(":2,")[2] if ":2," in file.name else "") for file in files]
        return [(raw, "S" in flags) for raw, flags in marked if "T" not in flags]

    def _make(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True, parents=True)
        _give_away(folder)


@dataclass(frozen=True)
class Dovecot:
    folder: Path
    port: int

    def new_user(self) -> DovecotUser:
        name = f"support{next(_numbers)}@desk.example"
        account = ImapAccount(host="127.0.0.1", port=self.port, user=name, password=PASSWORD, is_tls=False)
        return DovecotUser(account, self.folder / "mail" / name)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    if _PROGRAM is None:
        pytest.skip("Dovecot, a real IMAP server, is not installed (Debian: dovecot-imapd)")
    folder = Path(tempfile.mkdtemp(prefix="tm-imap-"))  # not under pytest's: its owner must be able to enter
    owner = _owner()
    for part in (folder, *(folder / name for name in ("run", "mail", "home"))):
        part.mkdir(exist_ok=True)
        _give_away(part)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = folder / "dovecot.conf"
    group = grp.getgrgid(owner.pw_gid).gr_name
    names = {"user": owner.pw_name, "group": group, "uid": owner.pw_uid, "gid": owner.pw_gid, "password": PASSWORD}
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port, **names))
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    process = subprocess.Popen([_PROGRAM, "-F", "-c", configuration], **as_owner)
    try:
        _wait_for(port)
        yield Dovecot(folder, port)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end, "Dovecot does not listen"
        else:
            return


def _owner() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, _owner().pw_uid, _owner().pw_gid)
