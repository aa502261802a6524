"""`tickmate audit`: is the log as it was written?"""

import sys

import click

from config.cli.context import json_option, print_json, with_desk
from core.audit.seal import Verification, verify
from core.desk import Desk


@click.group()
def audit() -> None:
    """Verify that the audit log is as it was written."""


@audit.command("verify")
@json_option
def verify_command(*, as_json: bool) -> None:
    """Walk the hash chain; names the first row that was changed, removed or inserted (exit 1)."""
    found = with_desk(_verify)
    if as_json:
        print_json({name: getattr(found, name) for name in ("sealed", "unsealed", "head", "broken_at", "problem")})
    elif found.broken_at is None:
        click.echo(f"Intact: {found.sealed} rows sealed, {found.unsealed} not yet sealed. Head {found.head}")
    else:
        click.echo(f"Broken at row {found.broken_at}: {found.problem}. {found.sealed} rows before it are intact.")
    sys.exit(0 if found.broken_at is None else 1)


async def _verify(desk: Desk) -> Verification:
    return await verify(desk.surroundings.database, desk.surroundings.audit_key)
