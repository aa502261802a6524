"""Learning in a process of its own, with low precedence: the desk neither waits for it nor shares its interpreter.

`python -m core.triage.apart` reads what `learn_apart` writes to it, and writes the packed classifiers.
"""

import asyncio
import io
import json
import os
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from core.apart import environment_apart
from core.errors import TryAgainLaterError
from core.triage.rows import Floats
from core.triage.values import Example, Taught

PRECEDENCE = 10
ERROR_SHOWN = 300


async def learn_apart(lessons: Mapping[Taught, tuple[Sequence[Example], Floats]]) -> bytes:
    """Classifiers of each field, from its examples and a row of vectors for each, as `pack_all` packs them.

    Raises:
        TryAgainLaterError: the process was ended, or could not be started.
    """
    sent = await asyncio.to_thread(_written, lessons)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "core.triage.apart"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment_apart(),
        )
    except OSError as error:
        raise TryAgainLaterError("No process could be started to learn in.") from error
    try:
        learned, said = await process.communicate(sent)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        reason = said.decode("utf-8", "replace").strip()[-ERROR_SHOWN:]
        raise TryAgainLaterError(f"Learning ended with code {process.returncode}: {reason}")
    return learned


def _written(lessons: Mapping[Taught, tuple[Sequence[Example], Floats]]) -> bytes:
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {}
    for name, (examples, rows) in lessons.items():
        texts = [(one.title, one.text, one.label, one.origin) for one in examples]
        arrays[f"texts.{name}"] = np.frombuffer(json.dumps(texts).encode(), np.uint8)
        arrays[f"rows.{name}"] = rows
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _learned(sent: bytes) -> bytes:
    from core.triage.learned import Classifier  # noqa: PLC0415 (the desk itself needs neither)
    from core.triage.packed import pack_all  # noqa: PLC0415 (as above)

    classifiers: dict[Taught, Classifier] = {}
    with np.load(io.BytesIO(sent), allow_pickle=False) as arrays:
        for name in Taught:
            if f"rows.{name}" in arrays:
                examples = [Example(*texts) for texts in json.loads(arrays[f"texts.{name}"].tobytes())]
                classifiers[name] = Classifier.learn(examples, arrays[f"rows.{name}"])
    return pack_all(classifiers)


if __name__ == "__main__":
    os.nice(PRECEDENCE)
    sys.stdout.buffer.write(_learned(sys.stdin.buffer.read()))
