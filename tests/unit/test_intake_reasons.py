"""Every rule that can keep a message back, or ignore it, says why in a sentence."""

import pytest

from bot.email import screening
from core.intake.batch import NEW_CONVERSATION
from core.intake.leaving import UNSUBSCRIBE
from core.intake.reasons import REASONS, reason
from core.intake.values import NO_TICKET

OF_SCREENING = {rule.name for rule in screening.RULES}
OF_THE_DESK = {"processing-failed", "bytes-gone", "discarded", "unknown-sender", "too-many-tickets"}
OF_FETCHING = {"unknown-recipient", "too-large", "fetch-failed", "unreadable-at-source", "not-taken"}
OF_THREADS = {UNSUBSCRIBE, NO_TICKET, "change-of-no-ticket"}
ALL = OF_SCREENING | OF_THE_DESK | OF_FETCHING | OF_THREADS


@pytest.mark.parametrize("rule", sorted(ALL))
def test_a_rule_that_keeps_back_or_ignores_has_a_reason(rule: str) -> None:
    assert reason(rule).endswith(".")


def test_no_reason_is_left_of_a_rule_that_is_gone() -> None:
    assert set(REASONS) <= ALL


def test_a_rule_whose_name_says_it_all_has_none() -> None:
    assert reason(NEW_CONVERSATION) == ""
