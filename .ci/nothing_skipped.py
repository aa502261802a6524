"""Fail when a test of a JUnit report was skipped: in CI every component is installed."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def skipped(report: Path) -> list[str]:
    """One line a skipped test, with its reason; an expected failure (xfail) is no skip."""
    cases = ET.parse(report).iter("testcase")  # noqa: S314 (written by our own test run a moment ago)
    return [
        f"{case.get('classname')}.{case.get('name')}: {found.get('message')}"
        for case in cases
        for found in case.iter("skipped")
        if found.get("type") != "pytest.xfail"
    ]


if __name__ == "__main__":
    lines = skipped(Path(sys.argv[1]))
    if lines:
        sys.exit("Skipped, though CI has every component:\n" + "\n".join(lines))
