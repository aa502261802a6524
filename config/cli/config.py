"""`tickmate config`."""

from dataclasses import asdict

import click

from config.cli.context import json_option, print_json
from config.settings import load_settings
from config.settings_table import describe


@click.command()
@json_option
def config(*, as_json: bool) -> None:
    """Print every setting with its value, default and source."""
    rows = describe(load_settings())
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    for row in rows:
        default = f"; default {row.default}" if row.source != "default" and row.default else ""
        click.echo(f"{click.style(f'{row.name}={row.value}', bold=row.source != 'default')}  ({row.source}{default})")
        click.echo(click.style(f"    {row.description}", dim=True))
