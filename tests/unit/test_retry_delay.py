"""How long a failed job waits."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs.values import FIRST_RETRY, LONGEST_RETRY, retry_delay


class Fixed(random.Random):
    """Always gives the same number."""

    def __init__(self, number: float) -> None:
        super().__init__()
        self._number = number

    def random(self) -> float:
        return self._number


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 4), (3, 8), (4, 16), (11, 2048), (12, 3600), (40, 3600)])
def test_the_wait_doubles_up_to_an_hour(attempts: int, seconds: float) -> None:
    assert retry_delay(attempts, jitter=Fixed(1.0)) == timedelta(seconds=seconds)
    assert retry_delay(attempts, jitter=Fixed(0.0)) == timedelta(seconds=seconds / 2)


@given(attempts=st.integers(min_value=1, max_value=10_000), seed=st.integers())
def test_the_wait_is_never_shorter_than_half_nor_longer_than_an_hour(attempts: int, seed: int) -> None:
    delay = retry_delay(attempts, jitter=random.Random(seed))  # noqa: S311 (spreads retries)
    assert FIRST_RETRY / 2 <= delay <= LONGEST_RETRY


def test_jobs_that_failed_together_do_not_come_back_together() -> None:
    jitter = random.Random(7)  # noqa: S311 (spreads retries)
    assert len({retry_delay(3, jitter=jitter) for _ in range(50)}) == 50
