"""Every rule that can keep a mail back says why in a sentence."""

import pytest

from bot.email import screening
from core.intake.reasons import REASONS, reason

OF_THE_DESK = {"processing-failed", "bytes-gone", "discarded", "unknown-sender", "too-many-tickets"}
OF_FETCHING = {"unknown-recipient", "too-large", "fetch-failed", "unreadable-at-source", "not-taken"}


@pytest.mark.parametrize(
    "rule",
    sorted(
        OF_THE_DESK | OF_FETCHING | {"own-address", "no-sender", "over-limits", "infected", "spam", "blocked-sender"}
    ),
)
def test_a_rule_that_quarantines_has_a_reason(rule: str) -> None:
    assert reason(rule).endswith(".")


def test_no_reason_is_left_of_a_rule_that_is_gone() -> None:
    assert set(REASONS) <= {rule.name for rule in screening.RULES} | OF_THE_DESK | OF_FETCHING


def test_a_rule_whose_name_says_it_all_has_none() -> None:
    assert reason("auto-submitted") == ""
