"""The real desk as processes of their own, to be killed: started as people start it, on ports and files of a test."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from config.cli import main; main()")
PATIENCE = 120.0  # seconds; reached only where something never comes


def free_port() -> int:
    """A port that nobody listens on just now, and that no other test's connection is given before it is used.

    Those come from above 32,768 (`net.ipv4.ip_local_port_range`).
    """
    for port in random.SystemRandom().sample(range(16_000, 32_000), 100):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("of a hundred ports none is free")


@dataclass(kw_only=True)
class Deployment:
    """One deployment: its settings, and the processes that run parts of it. Mail goes out into files."""

    folder: Path
    database_url: str = ""
    smtp_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        ours = {
            "DATA_DIR": str(self.folder / "data"),
            "DATABASE_URL": self.database_url,
            "SMTP_PORT": str(self.smtp_port),
            "HTTP_PORT": str(self.http_port),
            "EMAIL_TRANSPORT": "file",
            "EMBEDDING_MODEL": "none",
            "LOG_LEVEL": "warning",
            "PYTHONPATH": str(ROOT),
        }
        return os.environ | ours | self.more

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.folder / 'data' / 'tickmate.db'}"

    @property
    def outbox(self) -> list[Path]:
        """The mails that went out, oldest first."""
        return sorted((self.folder / "data" / "outbox").glob("*.eml"))

    def start(self, only: str = "") -> "subprocess.Popen[bytes]":
        """Start `tickmate run`, or parts of it; the process's output goes into `log.txt`."""
        arguments = ("run", "--only", only) if only else ("run",)
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.txt").open("ab") as log:
            started = subprocess.Popen(
                (*COMMAND, *arguments), env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )
        self.processes.append(started)
        return started

    def command(self, *arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """Run one `tickmate` command beside whatever runs, to its end."""
        return subprocess.run(
            (*COMMAND, *arguments),
            input=given,
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )

    def wait_until_ready(self) -> None:
        """Returns when `/readyz` says so (a process with the web has to run)."""
        ends_at = time.monotonic() + PATIENCE
        while self.status("/readyz") != 200:
            if time.monotonic() > ends_at or all(process.poll() is not None for process in self.processes):
                raise TimeoutError(f"The desk did not become ready:\n{self.log()}")
            time.sleep(0.02)

    def status(self, path: str, *, post: bytes | None = None, headers: dict[str, str] | None = None) -> int:
        """The status of an HTTP answer; 0 where nobody answers."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", data=post, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (http to ourselves)
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def log(self) -> str:
        return (self.folder / "log.txt").read_text(encoding="utf-8", errors="replace")[-4000:]

    def stop(self) -> None:
        """Tell every process to stop, and see to it that they do."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def kill(process: "subprocess.Popen[bytes]") -> None:
    """As the kernel does when memory is short: at once, with no word before."""
    process.send_signal(signal.SIGKILL)
    process.wait()


@contextmanager
def deployment(folder: Path, **settings: str) -> Iterator[Deployment]:
    """A deployment whose processes do not outlive the block. `database_url` apart, settings are by their names."""
    desk = Deployment(folder=folder, database_url=settings.pop("database_url", ""), more=settings)
    try:
        yield desk
    finally:
        desk.stop()
