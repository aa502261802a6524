"""The `tickmate` command. A command's module is imported only when that command is invoked."""

import os

# numpy's own threads only fight over the cores with the thread that embeds; read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from config.cli.command import main

__all__ = ["main"]
