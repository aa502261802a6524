"""Collections of garbage, during which nothing else runs."""

import gc

COLLECTED_AFTER = (5000, 20, 50)  # objects, and younger collections: deciding a batch of messages makes many that live


def freeze_what_is_there() -> None:
    """What start-up made lives as long as the process: later collections need not look at it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
