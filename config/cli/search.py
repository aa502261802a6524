"""`tickmate search`: similar resolved public tickets, as requesters and moderators are shown them."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from config.cli.context import json_option, print_json, with_desk
from config.cli.organization import organization_option, system_of
from core.desk import Desk
from core.errors import InvalidInputError
from core.search.documents import question_of
from core.search.values import Found
from core.tickets.values import TEXT_LENGTH, category_label
from core.triage.actions import record_calls
from core.triage.values import AiCall

STANDARD_INPUT = "-"
MOST = 50


@click.command()
@click.argument("text")
@click.option("--limit", type=click.IntRange(1, MOST), default=3, show_default=True, help="At most this many.")
@click.option("--verbose", is_flag=True, help="Also what is not near enough to be shown, and how each scored.")
@organization_option
@json_option
def search(*, text: str, limit: int, verbose: bool, organization: str | None, as_json: bool) -> None:
    """Similar resolved public tickets, best first; - reads TEXT from standard input, its first line being the title."""
    if text == STANDARD_INPUT:
        text = sys.stdin.buffer.read(TEXT_LENGTH).decode("utf-8", "replace")
    if not text.strip():
        raise InvalidInputError("The text is empty.", mend="Say in a few words what you look for.")

    async def ask(desk: Desk) -> Sequence[Found]:
        return await _ask(desk, text, limit, organization, verbose=verbose)

    found = with_desk(ask)
    if as_json:
        print_json([_as_json(one, verbose=verbose) for one in found])
        return
    for one in found:
        _print(one, verbose=verbose)
    if not found:
        click.echo("Nothing similar.", err=True)


async def _ask(desk: Desk, text: str, limit: int, organization: str | None, *, verbose: bool) -> Sequence[Found]:
    actor = await system_of(desk, organization)
    question = question_of(text)
    calls: list[AiCall] = []
    try:
        findings = await desk.search.ask(
            organization_id=actor.organization_id,
            title=question.title,
            description=question.description,
            limit=limit,
            min_score=0.0 if verbose else None,
            calls=calls,
        )
    finally:
        if calls:
            async with desk.unit_of_work(actor) as uow:
                record_calls(uow, None, calls)
                await uow.commit()
    return findings.found


def _as_json(found: Found, *, verbose: bool) -> dict[str, Any]:
    ticket = found.ticket
    shown: dict[str, Any] = {
        "number": ticket.number,
        "title": ticket.title,
        "category": ticket.category,
        "description": ticket.description,
        "resolution": ticket.resolution,
        "score": ticket.score,
        "resolved_at": ticket.resolved_at,
        "resolution_line": ticket.resolution_line,
        "shared_terms": ticket.shared_terms,
        "excerpt": ticket.excerpt.text,
        "more_like_it": ticket.more_like_it,
    }
    if verbose:
        ranked = found.ranked
        shown |= {
            "own_score": round(ranked.score, 4),
            "feedback": round(ranked.lift, 4),
            "order": round(ranked.order, 4),
            "closeness": None if ranked.closeness is None else round(ranked.closeness, 4),
            "match": round(ranked.match, 4),
        }
    return shown


def _print(found: Found, *, verbose: bool) -> None:
    ticket = found.ticket
    click.echo(f"{ticket.score:4.0%}  #{ticket.number}  {ticket.title}  ({category_label(ticket.category)})")
    if ticket.resolution_line:
        click.echo(f"      {ticket.resolution_line}")
    if ticket.more_like_it:
        click.echo(f"      and {len(ticket.more_like_it)} more like it")
    if verbose:
        ranked = found.ranked
        meaning = "no model" if ranked.closeness is None else f"{ranked.closeness:.2f}"
        if ticket.shared_terms:
            click.echo(f"      both say: {', '.join(ticket.shared_terms)}")
        if ticket.excerpt.text:
            click.echo(f"      {''.join(f'[{text}]' if marked else text for text, marked in ticket.excerpt.pieces)}")
        scored = f"measured {ranked.score:.2f}, feedback {ranked.lift:+.2f}, order {ranked.order:+.2f}"
        click.echo(f"      meaning {meaning}, words {ranked.match:.2f}, {scored}")
