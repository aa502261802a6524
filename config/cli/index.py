"""`tickmate index`: the search index, which can always be made anew from the database."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.cli.context import command_settings, json_option, print_json, with_desk
from config.cli.model import fetch_model_with_progress
from core.desk import Desk
from core.people.organizations import first_organization_id
from core.people.values import system_actor
from core.search.embedding_progress import embedding_progress
from core.search.queries import count_vectors, models_stored, table_position
from core.search.upkeep import Upkeep
from core.search.values import REBUILD, IndexCopy
from core.triage.actions import record_calls


@click.group()
def index() -> None:
    """Rebuild the search index, or show its state."""


@index.command()
@json_option
def rebuild(*, as_json: bool) -> None:
    """Write vectors that are missing or out of date, then make every index anew from the database.

    Running services notice within seconds and rebuild their own; where none runs, it is made here.
    """
    settings = command_settings()
    fetch_model_with_progress(settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        state = with_desk(lambda desk: _rebuild(desk, bar), settings)
    _show(state, as_json=as_json)


@index.command()
@json_option
def status(*, as_json: bool) -> None:
    """How many tickets can be found, by which model, and whether the index is up to date. It only looks.

    A running service brings what it has followed to the disk, from where this is read, within a minute.
    """
    _show(with_desk(_state), as_json=as_json)


async def _rebuild(desk: Desk, bar: Progress) -> dict[str, Any]:
    upkeep = Upkeep(desk.unit_of_work, desk.reading, desk.search.embedder, record_calls)
    async with desk.reading(system_actor(0)) as reading:
        stored = await count_vectors(reading, model=desk.search.embedder.model)
    vectors = bar.add_task("vectors", total=stored.missing)
    after_id = 0
    while stale := await upkeep.next_stale(after_id=after_id):
        for organization_id, ticket_ids in stale.items():
            bar.advance(vectors, await upkeep.bring_up_to_date(organization_id, ticket_ids))
        after_id = max(max(ticket_ids) for ticket_ids in stale.values())
    async with desk.reading(system_actor(0)) as reading:
        organization_id = await first_organization_id(reading)
    await upkeep.request_rebuild(organization_id)
    if not any(copy.is_in_use for copy in await desk.search.index.look()):
        bar.add_task("index", total=None)
        await desk.search.catch_up()
        await desk.search.index.close()
    return await _state(desk)


async def _state(desk: Desk) -> dict[str, Any]:
    model = desk.search.embedder.model
    copies = await desk.search.index.look()
    async with desk.reading(system_actor(0)) as reading:
        progress = await embedding_progress(reading, model=model)
        stored = progress.stored
        earlier = (await models_stored(reading))[:1] if not stored.is_complete else []
        followed_to = await table_position(reading)
    own = next((copy for copy in copies if copy.model == model), None)
    tickets = own.tickets if own else 0
    is_whole = own is not None and own.position == followed_to and tickets == stored.present == stored.findable
    return {
        "model": model,
        "answering": next((copy.model for copy in copies if copy.is_in_use and [copy.model] == earlier), model),
        "tickets": tickets,
        "revision": own.position % REBUILD if own else 0,
        "revision_stored": followed_to % REBUILD,
        "findable": stored.findable,
        "stored": stored.present,
        "other_model": stored.other_model,
        "missing": stored.missing,
        "seconds_left": progress.seconds_left,
        "up_to_date": is_whole and not stored.other_model,
        "indexes": [_as_json(copy) for copy in copies],
    }


def _as_json(copy: IndexCopy) -> dict[str, Any]:
    told = asdict(copy)
    told["revision"] = told.pop("position") % REBUILD
    return told


def _time_left(state: Mapping[str, Any]) -> str:
    if state["seconds_left"] is None:
        return "and none was in the last minutes: is `tickmate run` running? See `tickmate jobs list`"
    return f"about {max(round(state['seconds_left'] / 60), 1)} min left at the present rate"


def _show(state: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(state)
        return
    click.echo(f"model        {state['model']}")
    click.echo(f"tickets      {state['tickets']} in the index, of {state['findable']} that may be found")
    if state["missing"]:
        click.echo(f"missing      {state['missing']} not yet embedded by {state['model']}, {_time_left(state)}")
    if state["answering"] != state["model"]:
        click.echo(f"answering    {state['answering']}, until all are embedded by {state['model']}")
    click.echo(f"revision     {state['revision']} of {state['revision_stored']}")
    for copy in state["indexes"]:
        click.echo(f"an index     of {copy['tickets']} tickets by {copy['model']}{_whereabouts(copy)}")
    click.echo(f"up to date   {'yes' if state['up_to_date'] else _mend(state)}")


def _whereabouts(copy: Mapping[str, Any]) -> str:
    size = "" if copy["megabytes"] is None else f", {copy['megabytes']:.1f} MB"
    return f"{size}{', in use' if copy['is_in_use'] else ''}"


def _mend(state: Mapping[str, Any]) -> str:
    if any(copy["is_in_use"] for copy in state["indexes"]):
        return "no: the running service catches up within a minute, or `tickmate index rebuild`"
    return "no: `tickmate run` catches up when it starts, or `tickmate index rebuild`"
