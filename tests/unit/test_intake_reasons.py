"""Every rule that can keep a mail back says why in a sentence."""

import pytest

from bot.email import screening
from core.intake.reasons import REASONS, reason


@pytest.mark.parametrize("rule", ["own-address", "no-sender", "over-limits", "processing-failed", "discarded"])
def test_a_rule_that_quarantines_has_a_reason(rule: str) -> None:
    assert reason(rule).endswith(".")


def test_no_reason_is_left_of_a_rule_that_is_gone() -> None:
    of_the_desk = {"processing-failed", "discarded"}
    assert set(REASONS) <= {rule.name for rule in screening.RULES} | of_the_desk


def test_a_rule_whose_name_says_it_all_has_none() -> None:
    assert reason("auto-submitted") == ""
