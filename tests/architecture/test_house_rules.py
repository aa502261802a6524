"""The house rules as code: what is forbidden, why, and what is let off for which reason."""

import ast
import re
from pathlib import Path

from tests.architecture.tracked_files import calls, python_files, syntax_of, text_of

LONGEST_FUNCTION = 60
LONGEST_FILE = 350
LONGEST_TEST_FILE = 450

VAGUE = re.compile(r"(?:^|_|(?<=[a-z]))(?:service|manager|handler|helper|utils?|data|info)s?$", re.IGNORECASE)

WRITES_WITHOUT_UNIT_OF_WORK = {
    "core/audit/seal.py": "the sealer adds to its own table over audit rows that are committed already",
    "core/db/first_start.py": "the tables and the first organization, before there is anybody to act",
    "core/db/group_commit.py": "acceptance and job claims, each in a savepoint, share one commit",
    "core/db/schema.py": "migrations",
    "core/intake/retention.py": "bytes whose retention has ended; their ledger rows stay",
    "core/jobs/actions.py": "an operator retries or discards a job",
    "core/jobs/schedules.py": "a firing enqueues its slot",
    "core/jobs/worker.py": "leases and their renewal",
    "core/search/forgetting.py": "showings whose retention has ended, of every organization; no audited table",
}


def test_functions_fit_a_screen() -> None:
    long = [
        f"{path}: {node.name} has {length} lines"
        for path in python_files()
        for node in syntax_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long


def test_files_are_about_one_thing() -> None:
    long = [
        f"{path} has {lines} lines"
        for path in python_files()
        if (lines := len(text_of(path).splitlines()))
        > (LONGEST_TEST_FILE if path.parts[0] == "tests" else LONGEST_FILE)
    ]
    assert not long


def test_names_say_what_a_thing_is() -> None:
    """A service, manager, helper or data can be anything; the field has a word for what it is."""
    vague = [
        f"{path}: {name}"
        for path in python_files()
        for name in (*path.parent.parts, path.stem, *_class_names(path))
        if VAGUE.search(name)
    ]
    assert not vague


def _class_names(path: Path) -> list[str]:
    return [node.name for node in syntax_of(path) if isinstance(node, ast.ClassDef)]


def test_only_the_unit_of_work_commits() -> None:
    """Entry points say `uow.commit()`; any other commit would keep half a change."""
    commits = {
        f"{path}: {receiver}.commit()"
        for path in python_files(code_only=True)
        for receiver in calls(path, "commit")
        if receiver.rpartition(".")[2] != "uow"
    }
    assert commits == {
        "core/db/unit_of_work.py: self.session.commit()",
        "core/db/sqlite_driver.py: super().commit()",  # what a commit is for SQLite's driver
    }


def test_transactions_outside_the_unit_of_work_are_sanctioned_and_still_needed() -> None:
    writing = {path.as_posix() for path in python_files(code_only=True) if list(calls(path, "writing"))}
    beginning = {path.as_posix() for path in python_files(code_only=True) if list(calls(path, "begin"))}

    assert writing == set(WRITES_WITHOUT_UNIT_OF_WORK)
    assert beginning == {"core/db/engine.py"}


def test_nothing_goes_out_past_the_limits() -> None:
    """PostHog#92017: of three paths that sent replies one was guarded. Here a mail begins and leaves in one place."""
    begun = {
        f"{path}: {function.name}"
        for path in python_files(code_only=True)
        for function in syntax_of(path)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Delivery"
    }
    assert begun == {
        "core/conversations/files.py: put_beside",
        "core/conversations/mailing.py: deliver_by_mail",
        "core/conversations/marks.py: mark_message",
        "core/conversations/notices.py: tell_alone",
        "core/conversations/posting.py: deliver_by_slack",
    }
    left = {path.as_posix() for path in python_files(code_only=True) if "self._transport" in calls(path, "send")}
    assert left == {"bot/email/delivery.py"}


def test_only_the_roof_reads_settings_and_the_environment() -> None:
    """Handing the environment on to a child process is no reading."""
    reading = [
        str(path)
        for path in python_files(code_only=True)
        if path.parts[0] != "config" and re.search(r"os\.environ(?:\.get|\[)|getenv\(", text_of(path))
    ]
    assert not reading


def test_every_opt_out_says_why() -> None:
    silent = []
    for path in python_files():
        for number, line in enumerate(text_of(path).splitlines(), 1):
            noqa = re.search(r"#\s*noqa\b", line) and not re.search(r"[#] noqa: [A-Z0-9, ]+ \(.+\)", line)
            ignored = re.search(r"#\s*type: ignore", line) and not re.search(r"# type: ignore\[[a-z, -]+\]  # ", line)
            if noqa or (ignored and path.parts[0] != "tests"):
                silent.append(f"{path}:{number}: {line.strip()}")
    assert not silent


def test_nothing_is_left_for_later() -> None:
    words = re.compile("TO" + r"DO\b|FIX" + r"ME\b|NotImplemented" + "Error")
    assert not [str(path) for path in python_files() if words.search(text_of(path))]


LOOKS_AGAIN = {
    "tests/fakes/waiting.py": "looks again until something has happened",
    "tests/faults/deployment.py": "looks again until a real process is ready",
    "tests/faults/senders.py": "sends again after a pause, as a mail server does",
}


def test_tests_wait_for_conditions_not_for_time() -> None:
    naps = [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path in python_files()
        if path.parts[0] == "tests" and str(path) not in LOOKS_AGAIN
        for node in syntax_of(path)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep"}
        and ast.unparse(node.args[0]) != "0"
    ]
    assert not naps


def test_nothing_lists_the_channels_of_a_workspace() -> None:
    """langfuse#8800: a storm of 429 while listing channels. Who needs one asks for that one."""
    listing = re.compile(r"\b(?:conversations|users)[._]list\b|\busers[._]conversations\b")
    assert not [str(path) for path in python_files(code_only=True) if listing.search(text_of(path))]


def test_the_log_names_what_happened_in_one_form() -> None:
    """`part.what_happened`, always the same words, so that whoever watches the log can look for it."""
    odd = [
        f"{path}: {ast.unparse(node)}"
        for path in python_files(code_only=True)
        for node in syntax_of(path)
        if isinstance(node, ast.Call)
        and re.fullmatch(r"log\.(?:debug|info|warning|error|exception|critical)", ast.unparse(node.func))
        and not (
            isinstance(node.args[0], ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z0-9_]+", str(node.args[0].value))
        )
    ]
    assert not odd
