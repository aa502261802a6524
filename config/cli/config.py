"""`tickmate config`."""

from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from config.cli.context import json_option, print_json
from config.settings import load_settings
from config.settings_table import SettingRow, describe


@click.command()
@json_option
def config(*, as_json: bool) -> None:
    """Print every setting with its value, default and source."""
    rows = describe(load_settings())
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        _print_table(rows)


def _print_table(rows: list[SettingRow]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("SETTING", "VALUE", "DEFAULT", "SOURCE", "WHAT IT DOES"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        changed = row.source != "default"
        table.add_row(row.name, row.value, row.default, row.source, row.description, style="bold" if changed else None)
    Console(markup=False, highlight=False).print(table)
