"""`tickmate slack channels` and `tickmate slack watch`: which channels the desk listens to."""

import click

from config.cli.context import json_option, print_json, with_desk
from config.cli.organization import organization_option, system_of
from core.desk import Desk
from core.gathering.channels import list_channels, watch_channel
from core.gathering.values import ChannelMode


@click.command()
@organization_option
@json_option
def channels(*, organization: str | None, as_json: bool) -> None:
    """The Slack channels that are watched."""

    async def read(desk: Desk) -> list[dict[str, str]]:
        async with desk.reading(await system_of(desk, organization)) as reading:
            return [{"channel": row.channel_id, "mode": row.mode.value} for row in await list_channels(reading)]

    rows = with_desk(read)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['channel']:<14} {row['mode']}")
    if not rows:
        click.echo("No channel is watched. `tickmate slack watch CHANNEL auto` watches one.")


@click.command()
@click.argument("channel")
@click.argument("mode", type=click.Choice([mode.value for mode in ChannelMode]))
@organization_option
def watch(*, channel: str, mode: str, organization: str | None) -> None:
    """Let messages in CHANNEL (its id, C…) become tickets (auto), be offered to (ask), or leave them alone (off)."""

    async def act(desk: Desk) -> None:
        async with desk.unit_of_work(await system_of(desk, organization)) as uow:
            await watch_channel(uow, channel, ChannelMode(mode))
            await uow.commit()

    with_desk(act)
    click.echo(f"{channel} is {mode} now.")
