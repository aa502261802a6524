"""Processes of our own beside the desk, for what would hold its interpreter up."""

import os
import sys

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_ONE_CORE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def environment_apart() -> dict[str, str]:
    """What such a process needs, and none of the desk's secrets: it reads what strangers wrote."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    return {**kept, **_ONE_CORE, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
