"""Carrying an import through: some tickets a transaction, what fails alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from core.db.unit_of_work import UnitOfWork
from core.errors import DeskError, TryAgainLaterError
from core.imports.actions import Origin, import_ticket
from core.imports.values import Imported, ImportedTicket, Skipped
from core.people.values import Actor

Begin = Callable[[Actor], UnitOfWork]

PORTION = 50  # tickets a transaction; what has committed is not read again after an interruption
MOST_NAMED = 20  # skipped tickets whose place is told, per reason


@dataclass(slots=True)
class Report:
    """What an import did. `skipped` gives the places of those left out by reason, `counts` how many there were."""

    imported: int = 0
    already_here: int = 0
    skipped: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)

    def skip(self, one: Skipped) -> None:
        self.counts[one.reason] += 1
        places = self.skipped.setdefault(one.reason, [])
        if len(places) < MOST_NAMED:
            places.append(one.place)

    def take(self, one: Imported) -> None:
        self.imported += one.is_new
        self.already_here += not one.is_new
        self.remarks.update(one.remarks)


async def run_import(
    begin: Begin,
    actor: Actor,
    origin: Origin,
    items: Iterable[ImportedTicket | Skipped],
    *,
    progress: Callable[[], None] = lambda: None,
) -> Report:
    """Import each item, in units of work that `begin` opens.

    Whatever goes wrong with one is told in the report and does not touch the others.

    Raises:
        TryAgainLaterError: the database cannot be reached.
    """
    report = Report()
    for portion in _portions(items):
        tickets = []
        for one in portion:
            if isinstance(one, Skipped):
                report.skip(one)
            else:
                tickets.append(one)
        await _import_portion(begin, actor, origin, tickets, report)
        progress()
    return report


def _portions(items: Iterable[ImportedTicket | Skipped]) -> Iterator[list[ImportedTicket | Skipped]]:
    source = iter(items)
    while portion := list(islice(source, PORTION)):
        yield portion


async def _import_portion(
    begin: Begin, actor: Actor, origin: Origin, tickets: list[ImportedTicket], report: Report
) -> None:
    try:
        found = await _import(begin, actor, origin, tickets)
    except TryAgainLaterError:
        raise
    except DeskError:
        found = []
        for one in tickets:
            try:
                found += await _import(begin, actor, origin, [one])
            except DeskError as error:
                report.skip(Skipped(f"ticket {one.key}", str(error)))
    for each in found:
        report.take(each)


async def _import(begin: Begin, actor: Actor, origin: Origin, tickets: list[ImportedTicket]) -> list[Imported]:
    async with begin(actor) as uow:
        found = [await import_ticket(uow, one, origin) for one in tickets]
        await uow.commit()
    return found
