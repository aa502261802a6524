"""What goes wrong while a shard is packed leaves it as it is, and answering."""

from pathlib import Path

import pytest

from core.search.engine.messages import Asked, Held
from core.search.engine.shard import CHANGES_COMPACTED, POSITION, Shard
from core.search.terms import document_terms, query_terms

TERMS, QUERY = document_terms("printer"), query_terms("printer")
ASKED = Asked(1, (), (), QUERY.indices, QUERY.weights, 5, None, None)
BEGIN, SWITCH = "when it begins", "when the copy takes over"


def held(number: int) -> Held:
    return Held(number, 1, 0.0, (1.0, 0.0), (1.0, 0.0), TERMS.indices, TERMS.weights)


def packed(shard: Shard) -> None:
    """Whatever is under way comes to its end."""
    while not shard.is_settled:
        if not shard.go_on() and shard.compaction is not None:
            shard.heed_compaction()


@pytest.mark.parametrize("moment", [BEGIN, SWITCH])
def test_a_disk_that_takes_nothing_costs_only_the_packing(tmp_path: Path, moment: str) -> None:
    shard = Shard(tmp_path, {"format": 0, "model": "test", "dimension": 2})
    shard.open()
    shard.upsert([held(number) for number in range(1, CHANGES_COMPACTED + 1)])
    if moment == SWITCH:
        shard.go_on()
    in_the_way = tmp_path / f"{POSITION}.new"
    in_the_way.mkdir()  # nobody can write there, root neither
    packed(shard)
    assert [event for event, _ in shard.notes] == ["search.index_not_compacted"]
    assert len(shard.search(ASKED)["terms"]) == 5
    in_the_way.rmdir()
    shard.upsert([held(number) for number in range(1, CHANGES_COMPACTED + 1)])
    packed(shard)
    assert [event for event, _ in shard.notes][1:] == ["search.index_compacted"]
    shard.close()
    again = Shard(tmp_path, {"format": 0, "model": "test", "dimension": 2})
    again.open()
    assert again.count(None, exact=True) == CHANGES_COMPACTED
    assert len(list(tmp_path.glob("shard-*"))) == 1
    again.close()
