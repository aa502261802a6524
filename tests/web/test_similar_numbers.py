"""`/admin/similar` and `similar` in `/api/v1/admin/stats`."""

import re
from itertools import pairwise

import pytest

from core.people.values import Role
from tests.web.web_desk import WebDesk
from webhooks.pages.plot import BOTTOM, HEIGHT, NAME_GAP, TOP, named, share_line

TITLE = "Printer jams on both sides"


async def test_an_admin_sees_precision_coverage_and_deflection(site: WebDesk) -> None:
    await site.desk.search.start()
    admin, ada = await site.signed_in_as(Role.ADMIN), await site.signed_in_as(Role.USER, "ada")
    number = (await (await ada.post("/api/v1/tickets", json={"title": TITLE})).json())["number"]
    done = {"resolution": "Clean the rollers.", "is_public": True}
    assert (await admin.patch(f"/api/v1/tickets/{number}", json=done)).status == 200
    await site.run_jobs("search.index")
    shown = await (await ada.post("/api/v1/tickets/similar", json={"title": TITLE})).json()
    path = f"/api/v1/tickets/similar/{shown['showing']}/{number}/feedback"
    assert (await ada.post(path, json={"verdict": "solved_it"})).status == 200
    site.clock.advance(hours=1)
    similar = (await (await admin.get("/api/v1/admin/stats")).json())["similar"]
    assert (similar["asked"], similar["precision"], similar["coverage"], similar["deflection"]) == (1, 1.0, 1.0, 1.0)
    assert (len(similar["weeks"]), similar["weeks"][-1]["deflected"], similar["threshold"]) == (13, 1, None)
    page = await (await admin.get("/admin/similar")).text()
    assert 'role="img" aria-labelledby="plot-title plot-text"' in page
    assert "100 % of 1 verdict says that it helped" in page
    assert len(re.findall(r'<th scope="row">', page)) == 13
    assert "style=" not in page
    assert (await ada.get("/admin/similar")).status == 403


async def test_a_desk_that_nobody_has_asked_says_so_instead_of_drawing(site: WebDesk) -> None:
    page = await (await (await site.signed_in_as(Role.ADMIN)).get("/admin/similar")).text()
    assert "nobody has said yet whether it helped" in page
    assert "There is nothing to draw yet" in page
    assert "<svg" not in page


def test_a_line_is_broken_where_there_was_nothing_to_measure() -> None:
    line = share_line("Precision", "precision", [0.5, 1.0, None, 0.0, None, 0.25, 0.5])
    assert [len(run.split()) for run in line.runs] == [2, 2]
    assert len(line.dots) == 5
    assert line.dots[1][1] == TOP
    assert line.dots[2][1] < HEIGHT


@pytest.mark.parametrize("last", [(0.8, 0.79, 0.1), (0.0, 0.0, 0.01), (1.0, 1.0, 0.99), (0.5, 0.5, 0.5)])
def test_names_stand_apart_and_within_the_picture(last: tuple[float, ...]) -> None:
    lines = [share_line(f"Line {n}", "any", [0.5, share]) for n, share in enumerate(last)]
    places = sorted(line.name_y for line in named([*lines, share_line("Empty", "any", [None])]))
    assert len(places) == 3
    assert all(after - before >= NAME_GAP for before, after in pairwise(places))
    assert places[0] >= TOP
    assert places[-1] <= HEIGHT - BOTTOM
