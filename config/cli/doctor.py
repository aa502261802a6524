"""`tickmate doctor`: checks this deployment."""

import sys

import click

from config.cli.context import command_settings, json_option, print_json, with_desk
from config.diagnosis import diagnose
from config.settings import Settings
from core.desk import Desk, PartState
from core.errors import DeskError


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Check settings, database, index, blob store, Slack, mail route and AI; one line each, with the mend.

    Exit 1 when something is wrong.
    """
    settings = command_settings()
    states = [PartState("settings", ok=True, detail=settings.app_env), *_examined(settings)]
    if as_json:
        print_json([state._asdict() for state in states])
    else:
        for state in states:
            click.echo(f"{'ok  ' if state.ok else 'FAIL'}  {state.part:<12}{state.detail}")
    sys.exit(0 if all(state.ok for state in states) else 1)


def _examined(settings: Settings) -> list[PartState]:
    async def work(desk: Desk) -> list[PartState]:
        return await diagnose(desk, settings)

    try:
        return with_desk(work, settings)
    except DeskError as error:
        return [PartState("database", ok=False, detail=str(error))]
