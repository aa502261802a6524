"""A group of commands that imports a command's module only when somebody invokes it."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import click


class LazyCommand(NamedTuple):
    """Where a command is, as `module:attribute`, and the line that help lists for it."""

    target: str
    short_help: str


class LazyGroup(click.Group):
    """Lists and runs the commands of a table; those whose module is not part of this installation are not listed."""

    def __init__(self, *args: Any, lazy: dict[str, LazyCommand] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = {name: command for name, command in (lazy or {}).items() if _exists(command)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *self.lazy]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.lazy[cmd_name].target.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.lazy[cmd_name].target} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List from the table, so that help imports nothing."""
        rows = [(name, self.lazy[name].short_help) for name in self.list_commands(ctx) if name in self.lazy]
        rows += [
            (name, command.get_short_help_str(80))
            for name in super().list_commands(ctx)
            if (command := super().get_command(ctx, name))
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _exists(command: LazyCommand) -> bool:
    return find_spec(command.target.partition(":")[0]) is not None
