"""`tickmate import`: tickets of another desk."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from config.cli.context import command_settings, json_option, print_json, with_desk
from config.cli.organization import organization_option, system_of
from config.imports.csv_rows import read_csv
from config.imports.files import Export
from config.imports.own_lines import read_jsonl
from config.imports.run import Report, run_import
from config.imports.zammad import read_zammad
from config.imports.zendesk import read_zendesk
from core.desk import Desk
from core.imports.actions import Origin
from core.imports.values import ImportedTicket, Skipped

SOURCES = ("zendesk", "zammad", "csv", "jsonl")


@click.command("import")
@click.argument("source", type=click.Choice(SOURCES))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--public", is_flag=True, help="Let anybody read the resolved ones, so that they are found as similar.")
@organization_option
@json_option
def import_(*, source: str, path: Path, public: bool, organization: str | None, as_json: bool) -> None:
    """Take over tickets with comments, people and dates from the export at PATH, a file or a folder.

    Each ticket is taken over once: run it again after an interruption, or with a later export, and it goes on with
    what is new. Nobody is told, and nobody gains a role by it. The report says what was left out, and why.
    """
    export = Export(path)
    origin = Origin(source, public=public)

    async def work(desk: Desk) -> Report:
        actor = await system_of(desk, organization)
        items = _items(source, export, desk.surroundings.clock.now())
        with _bar() as bar:
            task = bar.add_task("importing", total=None)

            def show() -> None:
                bar.update(task, total=export.progress.total or None, completed=export.progress.done)

            return await run_import(desk.unit_of_work, actor, origin, items, progress=show)

    report = with_desk(work, command_settings())
    _tell(report, as_json=as_json)


def _items(source: str, export: Export, now: datetime) -> Iterator[ImportedTicket | Skipped]:
    match source:
        case "zendesk":
            return read_zendesk(export)
        case "zammad":
            return read_zammad(export)
        case "csv":
            return read_csv(export, now=now)
    return read_jsonl(export, now=now)


def _bar() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        skipped = [
            {"reason": reason, "count": report.counts[reason], "places": places}
            for reason, places in report.skipped.items()
        ]
        found = {"imported": report.imported, "already_here": report.already_here, "skipped": skipped}
        print_json(found | {"remarks": dict(report.remarks)})
        return
    click.echo(f"{report.imported} tickets imported, {report.already_here} were here already.")
    for reason, places in report.skipped.items():
        count = report.counts[reason]
        named = ", ".join(places) + (" …" if count > len(places) else "")
        click.echo(f"{count} left out, as {reason}: {named}")
    for remark, count in report.remarks.items():
        click.echo(f"{count} imported, but {remark}.")
