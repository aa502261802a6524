"""`tickmate triage`: what the engine would advise, applied to nothing."""

import sys
from typing import Any

import click

from config.cli.context import json_option, print_json, with_desk
from config.cli.organization import organization_option, system_of
from core.desk import Desk
from core.errors import InvalidInputError
from core.tickets.queries import find_ticket
from core.tickets.values import TEXT_LENGTH, category_label, title_from
from core.triage.actions import record_calls
from core.triage.queries import known_skills
from core.triage.values import AiCall, Suggestion, TriageFailedError, TriageRequest, TriageResult, percent_sure

STANDARD_INPUT = "-"


@click.command()
@click.argument("text", required=False)
@click.option("--ticket", "number", type=click.IntRange(min=1), metavar="N", help="The ticket of this number instead.")
@organization_option
@json_option
def triage(*, text: str | None, number: int | None, organization: str | None, as_json: bool) -> None:
    """Show how TEXT would be sorted; - reads it from standard input. Nothing is applied; what it cost is recorded."""
    if (text is None) == (number is None):
        raise click.UsageError("Give either TEXT or --ticket N.")
    if text == STANDARD_INPUT:
        text = sys.stdin.buffer.read(TEXT_LENGTH).decode("utf-8", "replace")
    if text is not None and not text.strip():
        raise InvalidInputError("The text is empty.", mend="Say in a few words what the ticket is about.")

    async def ask(desk: Desk) -> TriageResult:
        return await _suggest(desk, text or "", number, organization)

    result = with_desk(ask)
    if as_json:
        print_json(_as_json(result))
    else:
        _print(result)


async def _suggest(desk: Desk, text: str, number: int | None, organization: str | None) -> TriageResult:
    actor = await system_of(desk, organization)
    async with desk.reading(actor) as reading:
        ticket = await find_ticket(reading, number) if number is not None else None
        skills = await known_skills(reading)
    title, description = (ticket.title, ticket.description) if ticket else (title_from("", text), text)
    calls: tuple[AiCall, ...] = ()
    try:
        request = TriageRequest(
            title=title, description=description, known_skills=skills, organization_id=actor.organization_id
        )
        result = await desk.triage.suggest(request)
        calls = result.calls
    except TriageFailedError as error:
        calls = error.calls
        raise
    finally:
        if calls:
            async with desk.unit_of_work(actor) as uow:
                record_calls(uow, ticket.id if ticket else None, calls)
                await uow.commit()
    return result


def _as_json(result: TriageResult) -> dict[str, Any]:
    suggestion = result.suggestion
    return {
        "category": suggestion.category,
        "priority": suggestion.priority,
        "complexity": suggestion.complexity,
        "confidence": suggestion.confidence,
        "related_skills": suggestion.related_skills,
        "reasoning": suggestion.reasoning,
        "notes": suggestion.notes,
        "model": suggestion.model,
        "fallback_reason": suggestion.fallback_reason,
        "calls": [
            {
                "model": call.model,
                "outcome": call.outcome,
                "input_tokens": call.input_tokens,
                "cached_tokens": call.cached_tokens,
                "output_tokens": call.output_tokens,
                "cost_usd": None if call.cost_usd is None else float(call.cost_usd),
                "duration_ms": call.duration_ms,
            }
            for call in result.calls
        ],
    }


def _print(result: TriageResult) -> None:
    for name, value in _lines(result.suggestion, result.calls):
        if value:
            click.echo(f"{name:<12} {value}")


def _lines(suggestion: Suggestion, calls: tuple[AiCall, ...]) -> list[tuple[str, str]]:
    engine = suggestion.model
    if suggestion.fallback_reason:
        engine += f" (instead of the configured model: {suggestion.fallback_reason})"
    spent = [call.cost_usd for call in calls if call.cost_usd is not None]
    return [
        ("category", f"{category_label(suggestion.category)} ({percent_sure(suggestion.confidence)} % sure)"),
        ("priority", suggestion.priority.value if suggestion.priority else "no opinion"),
        ("complexity", suggestion.complexity.value if suggestion.complexity else ""),
        ("skills", ", ".join(suggestion.related_skills)),
        ("why", suggestion.reasoning),
        ("next step", suggestion.notes),
        ("engine", engine),
        ("cost", f"${sum(spent):.6f}" if spent else ""),
    ]
