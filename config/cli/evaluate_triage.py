"""`tickmate eval triage`: how well triage learns from labelled tickets."""

import asyncio
import sys
from pathlib import Path

import click

from config.cli.context import command_settings, json_option, print_json
from config.settings import Settings
from config.similar import build_embedder
from core.clock import Clock
from core.triage.evaluation import Measured, evaluate, evaluate_first_day, read_examples
from core.triage.values import Example

MEANINGS = {
    "accuracy": "right, never abstaining",
    "macro_f1": "mean of the labels' F1, never abstaining",
    "selective_accuracy": "right, where it did not abstain",
    "coverage": "where it did not abstain",
    "ece": "how far its confidence is from the truth",
    "foreign": "unlike what it learned from",
    "ms_per_ticket": "milliseconds for one ticket",
    "seconds_to_learn": "seconds, without the sentence vectors",
}
LABELLED = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--train", type=LABELLED, help="Lines {id, title, body, label, repo?} to learn from.")
@click.option("--test", required=True, type=LABELLED, help="Lines of the same form to be measured on.")
@json_option
def triage(*, train: Path | None, test: Path, as_json: bool) -> None:
    """Learn categories from one labelled file and measure on another; the desk's own data is not touched.

    Without --train, or where that file is empty, it is measured how a desk sorts that has no tickets yet.
    """
    examples, unseen = read_examples(train, may_be_empty=True) if train else [], read_examples(test)
    measured = asyncio.run(_measure(command_settings(), examples, unseen)).measures()
    if as_json:
        print_json(measured)
        return
    for name, value in measured.items():
        meaning = MEANINGS[name.removesuffix("_without_repo")]
        click.echo(f"{name:<33}{value:>9}  {meaning}")


async def _measure(settings: Settings, train: list[Example], test: list[Example]) -> Measured:
    embedder = await build_embedder(settings, clock=Clock())
    if not embedder.dimension:
        click.echo("No embedding model at hand: words alone are compared.", err=True)
    try:
        if not train:
            return await evaluate_first_day(test, embedder)
        length, hidden = len(train) + len(test), not sys.stderr.isatty()
        with click.progressbar(length=length, label="tickets", file=sys.stderr, hidden=hidden) as bar:
            return await evaluate(train, test, embedder, progress=bar.update)
    finally:
        await embedder.close()
