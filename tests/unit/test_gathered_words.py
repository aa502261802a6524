"""A ticket made of several messages, when one comes or changes after somebody has edited the ticket itself."""

import pytest

from core.gathering.composing import continued

SAID = "my printer jams\nit is the blue one"


@pytest.mark.parametrize(
    ("description", "was", "now", "reads"),
    [
        (SAID, "", "since today", f"{SAID}\nsince today"),
        (SAID, "it is the blue one", "it is the red one", "my printer jams\nit is the red one"),
        (SAID, "it is the blue one", "", "my printer jams"),
    ],
)
def test_nobody_has_edited_it(description: str, was: str, now: str, reads: str) -> None:
    after = f"{SAID}\n{now}" if not was else SAID.replace(was, now).strip()
    assert continued(description, before=SAID, after=after, was=was, now=now) == reads


@pytest.mark.parametrize(
    ("edited", "was", "now", "reads"),
    [
        ("Printer jams, floor 3", "", "since today", "Printer jams, floor 3\nsince today"),
        ("Floor 3:\nmy printer jams", "my printer jams", "my plotter jams", "Floor 3:\nmy plotter jams"),
        ("Floor 3:\nmy printer jams", "my printer jams", "", "Floor 3:"),
        ("Printer jams", "my printer jams", "my plotter jams", "Printer jams\nmy plotter jams"),
        ("Printer jams", "my printer jams", "", "Printer jams"),
        ("no\nno", "no", "yes", "no\nno\nyes"),
    ],
)
def test_the_words_of_whoever_edited_it_stay(edited: str, was: str, now: str, reads: str) -> None:
    assert continued(edited, before=SAID, after="something else", was=was, now=now) == reads
