"""Fills a database with tickets that have come by mail, so that intake is measured beside a full desk."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, update

from core.clock import Clock
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.engine import Database
from core.db.first_start import prepare
from core.intake.models import Intake
from core.intake.values import Channel, Outcome
from core.people.models import Identity, Organization, User
from core.people.values import IdentityKind, Role
from core.tickets.models import Participant, ThreadMessage, Ticket
from core.tickets.values import Priority, Status

AT_ONCE = 5_000
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


async def fill(url: str, tickets: int, *, support_address: str) -> None:
    """`tickets` tickets of as many people, with the ledger, threads and acknowledgements that belong to them."""
    database = Database(url)
    await prepare(database, Clock(), support_address=support_address)
    for start in range(1, tickets + 1, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, tickets + 1))
        async with database.writing() as connection:
            for model, rows in _rows(numbers):
                await connection.execute(insert(model), rows)
    async with database.writing() as connection:
        await connection.execute(update(Organization).values(next_ticket_number=tickets + 1))
    await database.close()


def _rows(numbers: range) -> Iterator[tuple[Table | Any, list[dict[str, Any]]]]:
    yield User.__table__, [_user(number) for number in numbers]
    yield Identity.__table__, [_identity(number) for number in numbers]
    yield Ticket.__table__, [_ticket(number) for number in numbers]
    yield (
        Participant.__table__,
        [{"ticket_id": number, "user_id": number, "added_at": LONG_AGO} for number in numbers],
    )
    yield ThreadMessage.__table__, [_thread_message(number) for number in numbers]
    yield Intake.__table__, [_arrival(number) for number in numbers]
    yield Delivery.__table__, [_acknowledgement(number) for number in numbers]


def _user(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "organization_id": 1,
        "username": f"earlier-{number}",
        "email": f"earlier{number}@customers.example",
        "role": Role.USER,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }


def _identity(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "organization_id": 1,
        "user_id": number,
        "kind": IdentityKind.EMAIL,
        "external_id": f"earlier{number}@customers.example",
        "verified": True,
        "created_at": LONG_AGO,
    }


def _ticket(number: int) -> dict[str, Any]:
    at = LONG_AGO + timedelta(minutes=number)
    return {
        "id": number,
        "organization_id": 1,
        "number": number,
        "title": f"Earlier question {number}",
        "description": "The printer on the second floor prints every page twice. " * 20,
        "priority": Priority.LOW,
        "status": Status.COMPLETED if number % 3 else Status.PENDING,
        "channel": Channel.EMAIL.value,
        "created_by_id": number,
        "created_at": at,
        "updated_at": at,
    }


def _thread_message(number: int) -> dict[str, Any]:
    return {
        "organization_id": 1,
        "ticket_id": number,
        "channel": Channel.EMAIL.value,
        "external_id": f"earlier.{number}@customers.example",
        "fingerprint": f"{number:064x}",
        "created_at": LONG_AGO,
    }


def _arrival(number: int) -> dict[str, Any]:
    return {
        "organization_id": 1,
        "channel": Channel.EMAIL,
        "external_id": f"{number:064x}",
        "recipients": ["support@localhost"],
        "received_at": LONG_AGO,
        "outcome": Outcome.TICKETED,
        "rule": "new-conversation",
        "fingerprint": f"{number:064x}",
        "ticket_id": number,
        "decided_at": LONG_AGO,
    }


def _acknowledgement(number: int) -> dict[str, Any]:
    return {
        "organization_id": 1,
        "key": f"acknowledgement:{number}",
        "kind": DeliveryKind.ACKNOWLEDGEMENT,
        "channel": Channel.EMAIL.value,
        "recipient": f"earlier{number}@customers.example",
        "ticket_id": number,
        "status": DeliveryStatus.SENT,
        "automatic": True,
        "message_id": f"acknowledgement.{number}@localhost",
        "created_at": LONG_AGO,
    }
