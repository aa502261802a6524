"""`tickmate eval history`: how today's engine would have done on the desk's own closed tickets."""

from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.cli.context import command_settings, json_option, print_json, with_desk
from config.cli.evaluate import throw_away_index
from config.cli.model import fetch_model_with_progress
from config.cli.organization import organization_option, system_of
from config.settings import Settings
from config.triage import learning_embedder
from core.desk import Desk
from core.errors import InvalidInputError
from core.people.values import Actor
from core.search.actions import ticket_text
from core.search.documents import TicketText
from core.search.evaluation import answers, measures
from core.search.judged_files import Document
from core.search.learned import LearnedSearches
from core.search.queries import answerable
from core.search.solving import solved_by_similar, what_was_said
from core.triage.replay import Closed, Spent, closed_tickets, history_measures, replay, spent_on_tickets

BAR = 30
SHOWN = 3
LAST = 2_000
"""Some ten of them a second are embedded on one core."""


@click.command()
@click.option("--last", type=click.IntRange(min=1), default=LAST, show_default=True, help="Only the newest so many.")
@organization_option
@json_option
def history(*, last: int, organization: str | None, as_json: bool) -> None:
    """Replay the closed tickets, oldest first; of each the engine knows only what earlier ones taught.

    Nothing is changed, and nothing is sent to a language model: the built-in engine is measured, beside what the
    provider has really cost.
    """
    settings = command_settings()
    fetch_model_with_progress(settings)
    found = with_desk(lambda desk: _measured(desk, settings, organization, last), settings)
    if as_json:
        print_json(found)
    else:
        _print(found)


async def _measured(desk: Desk, settings: Settings, organization: str | None, last: int) -> dict[str, Any]:
    actor = await system_of(desk, organization)
    async with desk.reading(actor) as reading:
        tickets, spent = await closed_tickets(reading, last), await spent_on_tickets(reading)
    if not tickets:
        raise InvalidInputError(
            "No ticket has been closed yet.", mend="Come back when some are, or use tickmate eval triage --test."
        )
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("replaying tickets", total=len(tickets))
        replayed = await replay(
            tickets, learning_embedder(settings, desk.search.embedder), progress=lambda count: bar.advance(task, count)
        )
    return history_measures(replayed) | {
        "similar": await _similar(desk, settings, tickets),
        "solved_by_similar": await _solved_by_similar(desk, settings, actor, tickets),
        "cost": _cost(spent),
    }


def _cost(spent: Spent) -> dict[str, Any]:
    each = spent.cost_usd / spent.tickets if spent.tickets else spent.cost_usd
    return {
        "tickets": spent.tickets,
        "calls": spent.calls,
        "usd": float(spent.cost_usd),
        "usd_per_ticket": round(float(each), 6),
    }


async def _similar(desk: Desk, settings: Settings, tickets: list[Closed]) -> dict[str, float | int]:
    """Whether the search finds the earlier ticket with which a later one was merged."""
    known = {ticket.id for ticket in tickets}
    asking = [ticket for ticket in tickets if ticket.merged_into_id in known]
    if not asking:
        return {"queries": 0}
    documents = {ticket.id: _document(ticket) for ticket in tickets}
    embedder = desk.search.embedder
    async with throw_away_index(settings, embedder) as index:
        questions = [documents[ticket.id] for ticket in asking]
        found = [one async for one in answers(embedder, index, list(documents.values()), questions)]
    relevant = {str(ticket.id): {str(ticket.merged_into_id)} for ticket in asking}
    return measures(found, relevant, list(documents.values()))


async def _solved_by_similar(
    desk: Desk, settings: Settings, actor: Actor, tickets: list[Closed]
) -> dict[str, float | int | None]:
    """How many had their answer in a similar ticket that was resolved before they came."""
    embedder = desk.search.embedder
    async with desk.reading(actor) as reading:
        said = await what_was_said(reading)
        answering = await answerable(reading, LAST)
        learned = await LearnedSearches(model=embedder.model, precision=settings.similar_ticket_precision).of(
            reading, lexical=not embedder.dimension
        )
    corpus = [
        Document(
            id=str(ticket.id),
            ticket=ticket_text(ticket),
            created=(ticket.resolved_at or ticket.updated_at).timestamp(),  # findable from then on
        )
        for ticket in answering
    ]
    least = learned.least_chance if settings.similar_ticket_min_score is None else settings.similar_ticket_min_score
    chances: dict[int, float] = {}
    async with throw_away_index(settings, embedder) as index:
        async for answer in answers(embedder, index, corpus, [_document(ticket) for ticket in tickets]):
            best = max((learned.calibration.chance(one.score) for _, one in answer.found[:SHOWN]), default=0.0)
            chances[int(answer.question.id)] = best if best >= least else 0.0
    return solved_by_similar(said, chances)


def _document(ticket: Closed) -> Document:
    text = TicketText(title=ticket.title, description=ticket.description)
    return Document(id=str(ticket.id), ticket=text, created=ticket.created_at.timestamp())


def _print(found: dict[str, Any]) -> None:
    click.echo(f"{found['tickets']} closed tickets, {found['by_own_tickets']} of them sorted as earlier ones taught.")
    click.echo(f"Category: {_per_cent(found['accuracy'])} right where it spoke, on {_per_cent(found['coverage'])}.")
    if found["priorities_chosen"]:
        click.echo(
            f"Priority: {_per_cent(found['priority_accuracy'])} as people chose it, of {found['priorities_chosen']}."
        )
    click.echo("\nHow sure it was, and how often that was right:")
    for step in found["calibration"]:
        bar = "█" * round(step["right"] * BAR)
        click.echo(f"  from {step['from']:>4.0%}  {bar:<{BAR}} {step['right']:>4.0%} of {step['answers']}")
    click.echo("\nWhat it was, and what was advised:")
    for wanted, said in found["confusion"].items():
        advised = ", ".join(f"{name} {count}" for name, count in sorted(said.items(), key=lambda pair: -pair[1]))
        click.echo(f"  {wanted:<16} {advised}")
    similar = found["similar"]
    if similar["queries"]:
        click.echo(f"\nSimilar tickets: of {similar['queries']} merged ones {_per_cent(similar['hit@3'])} among three.")
    _print_solved(found["solved_by_similar"])
    cost = found["cost"]
    if cost["calls"]:
        click.echo(f"\nSpent: ${cost['usd']:.4f} in {cost['calls']} calls, ${cost['usd_per_ticket']:.6f} a ticket.")


def _print_solved(solved: dict[str, Any]) -> None:
    click.echo("\nSolved by a similar ticket that was resolved before:")
    if solved["judged"]:
        click.echo(
            f"  as people said    {solved['judged_solved']} of {solved['judged']} judged"
            f" ({_per_cent(solved['judged_low'])} to {_per_cent(solved['judged_high'])}, 95 % sure)"
        )
    else:
        click.echo("  as people said    nobody has judged any on these tickets yet")
    click.echo(
        f"  estimated         {solved['estimated_solved']} of {solved['unjudged']} unjudged,"
        f" something shown for {solved['unjudged_shown']}"
    )
    click.echo(
        f"  both together     {_per_cent(solved['estimated_share'])} of {solved['tickets']}"
        f" ({_per_cent(solved['estimated_low'])} to {_per_cent(solved['estimated_high'])}, 95 % sure)"
    )


def _per_cent(share: float | None) -> str:
    return "nothing" if share is None else f"{share:.0%}"
