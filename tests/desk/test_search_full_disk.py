"""A disk without room for new tickets leaves the search answering with what it has."""

import pytest
from structlog.testing import capture_logs

from core.errors import TryAgainLaterError
from tests.builders import CoreDesk
from tests.desk.searching import ABOUT_VPN, VPN, SearchDesk, search_desk
from tests.fakes.waiting import eventually


@pytest.fixture
def searching(desk: CoreDesk) -> SearchDesk:
    return search_desk(desk)


async def test_what_the_index_holds_is_found_though_nothing_new_fits(
    searching: SearchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching.search.follower, "_poll", 0.001)
    known = await searching.solved()
    await searching.search.catch_up()
    searching.index.is_full = True
    new = await searching.solved(f"{VPN} again", ABOUT_VPN)
    with pytest.raises(TryAgainLaterError, match="no room"):
        await searching.search.catch_up()  # as a command does, which says so
    with capture_logs() as logs:
        await searching.search.start()
        assert await searching.titles() == [known.title]

        async def is_told() -> bool:
            return any(line["event"] == "search.follower_waits" for line in logs)

        await eventually(is_told)
    searching.index.is_full = False

    async def is_found() -> bool:
        return new.id in searching.index.entries

    await eventually(is_found)
    await searching.search.stop()
