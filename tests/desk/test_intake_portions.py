"""How many messages are read and decided together."""

import pytest

from core.intake import stored
from core.intake.stored import in_portions
from core.intake.values import Channel, InboundMessage
from tests.builders import CoreDesk


async def arrived(desk: CoreDesk, channel: Channel, *sizes: int) -> list[int]:
    told = [
        await desk.ledger.accept(
            InboundMessage(
                channel=channel,
                external_id=f"{channel.value}{n}",
                raw=bytes([n]) * size,
                received_at=desk.clock.now(),
                organization_id=1,
            )
        )
        for n, size in enumerate(sizes)
    ]
    return [accepted.intake_id for accepted in told]


async def portions(desk: CoreDesk, ids: list[int]) -> list[list[int]]:
    async with desk.reading() as reading:
        return await in_portions(reading, ids)


async def test_no_more_than_a_portion_is_decided_at_once(desk: CoreDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "PORTION", 3)
    ids = await arrived(desk, Channel.EMAIL, *[10] * 7)
    assert await portions(desk, ids) == [ids[:3], ids[3:6], ids[6:]]


async def test_large_messages_are_read_few_at_a_time(desk: CoreDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "PORTION_BYTES", 100)
    ids = await arrived(desk, Channel.EMAIL, 60, 40, 1, 500, 99)
    assert await portions(desk, ids) == [ids[:2], ids[2:3], ids[3:4], ids[4:]]


async def test_channels_are_read_apart(desk: CoreDesk) -> None:
    mails = await arrived(desk, Channel.EMAIL, 10, 10)
    messages = await arrived(desk, Channel.SLACK, 10, 10)
    assert await portions(desk, messages + mails) == [mails, messages]
