"""Starting the service as people do, and seeing when it is there and what it takes."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 120.0  # seconds


@contextmanager
def process(*command: str, environment: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    """A process of ours while inside, stopped by SIGTERM on leaving; its standard output is thrown away.

    Raises:
        RuntimeError: it has ended before, so that whatever was measured is worth nothing.
    """
    started = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield started
        if started.poll() is not None:
            raise RuntimeError(f"the process ended by itself ({started.returncode})")
    finally:
        started.terminate()
        started.wait()


def seconds_until_ready(port: int) -> float:
    """How long until `/readyz` says that every part is ready.

    Raises:
        TimeoutError: it never did.
    """
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return time.perf_counter() - began
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise TimeoutError(f"not ready after {PATIENCE:.0f} s")


def memory_mib(pid: int) -> dict[str, float]:
    """Resident memory of a process by kind, as Linux tells it."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    told = dict(line.split(":", 1) for line in lines)
    names = {"rss": "VmRSS", "anonymous": "RssAnon", "files": "RssFile"}
    return {name: round(int(told[key].split()[0]) / 1024, 1) for name, key in names.items()}


def cpu_seconds(pid: int) -> float:
    """What a process has computed so far in all its threads, its own children left out, as Linux tells it."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def tickmate() -> tuple[str, ...]:
    """The command line of this interpreter's environment."""
    return (sys.executable, "-c", "from config.cli import main; main()")
