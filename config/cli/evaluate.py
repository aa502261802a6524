"""`tickmate eval retrieval`: how good the search is on questions with known answers."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.cli.context import command_settings, json_option, print_json
from config.cli.model import fetch_model_with_progress
from config.settings import Settings
from config.similar import build_embedder
from core.clock import Clock
from core.search.evaluation import Answer, answers, check_answerable, measures
from core.search.judged_files import Document, read_documents, read_relevant
from core.search.ports import Embedder, VectorIndex

Lines = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--corpus", required=True, type=Lines, help="Lines {id, title, body, …, created?}.")
@click.option("--queries", required=True, type=Lines, help="Lines {id, text, …, created?}.")
@click.option("--qrels", required=True, type=Lines, help="Lines {query_id, doc_id}: the right answers.")
@json_option
def retrieval(*, corpus: Path, queries: Path, qrels: Path, as_json: bool) -> None:
    """Rank the corpus for each query with the configured engine, in a throw-away index.

    Where both have `created`, a query sees only earlier documents, and never itself.
    """
    documents, questions, relevant = read_documents(corpus), read_documents(queries), read_relevant(qrels)
    check_answerable(questions, relevant, documents)
    settings = command_settings()
    fetch_model_with_progress(settings)
    found = measures(asyncio.run(_ask(settings, documents, questions)), relevant, documents)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        click.echo(f"{name:<8} {value}")


async def _ask(settings: Settings, documents: list[Document], questions: list[Document]) -> list[Answer]:
    embedder = await build_embedder(settings, clock=Clock())
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("embedding the corpus", total=len(documents))
        async with throw_away_index(settings, embedder) as index:
            asked = answers(embedder, index, documents, questions, progress=lambda count: bar.advance(task, count))
            found = [answer async for answer in asked]
    await embedder.close()
    return found


@asynccontextmanager
async def throw_away_index(settings: Settings, embedder: Embedder) -> AsyncIterator[VectorIndex]:
    """Of the configured engine: a collection of its own on the Qdrant server, or a temporary folder."""
    if settings.qdrant_url is None:
        from core.search.edge import EdgeIndex  # noqa: PLC0415 (only where the index is embedded)

        with tempfile.TemporaryDirectory() as folder:
            embedded = EdgeIndex(Path(folder), model=embedder.model, dimension=embedder.dimension)
            await embedded.open()
            yield embedded
            await embedded.close()
        return
    from core.search.qdrant import QdrantIndex, connect  # noqa: PLC0415 (slow to import, only for a server)

    key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else ""
    remote = QdrantIndex(
        connect(settings.qdrant_url, key),
        model=embedder.model,
        dimension=embedder.dimension,
        prefix=f"tickmate-eval-{secrets.token_hex(4)}",
    )
    await remote.open()
    try:
        yield remote
    finally:
        await remote.drop()
        await remote.close()
