"""`/admin/similar`: whether similar tickets help, over the last weeks."""

from aiohttp import web

from core.search.outcomes import similar_outcomes
from webhooks.pages import plot
from webhooks.pages.page import page
from webhooks.site import Visit


async def show(visit: Visit) -> web.Response:
    """Precision, coverage and deflection as lines, and as a table."""
    async with visit.reading() as reading:
        outcomes = await similar_outcomes(reading)
    weeks = outcomes.weeks
    lines = plot.named(
        [
            plot.share_line("Precision", "precision", [week.precision for week in weeks]),
            plot.share_line("Coverage", "coverage", [week.coverage for week in weeks]),
            plot.share_line("Deflection", "deflection", [week.deflection for week in weeks]),
        ]
    )
    return page(
        visit,
        "similar.html",
        outcomes=outcomes,
        lines=lines,
        plot=plot,
    )
