"""The `tickmate` command. A command's module is imported only when that command is invoked."""

from config.cli.command import main

__all__ = ["main"]
