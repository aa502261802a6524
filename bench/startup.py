"""Seconds from `tickmate run` to every part ready, first and second time, and the memory it rests with.

The floor is a bare interpreter that imports the web framework and the database layer. The first start migrates; the
model is taken from `--model-dir` (or fetched once into `.cache/model`), so that no download is measured.
Run: python bench/startup.py [--model-dir DIR]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from floors import free_port
from processes import memory_mib, process, seconds_until_ready, tickmate

from core.search.model_files import fetch_model

SETTLED_SECONDS = 5.0


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model-dir", type=Path, default=Path(".cache/model"))
    options = parser.parse_args()
    fetch_model(options.model_dir)
    with tempfile.TemporaryDirectory() as folder:
        first, _ = _start(Path(folder), options.model_dir)
        second, memory = _start(Path(folder), options.model_dir)
    floor = _imports_alone()
    told = {"first_start_s": first, "second_start_s": second, "imports_alone_s": floor, "idle_memory_mib": memory}
    print(json.dumps(told | {"second_start_to_imports": round(second / floor, 2)}))


def _start(folder: Path, model_dir: Path) -> tuple[float, dict[str, float]]:
    port = free_port()
    environment = {
        "DATA_DIR": str(folder / "data"),
        "EMBEDDING_MODEL_DIR": str(model_dir.resolve()),
        "HTTP_PORT": str(port),
        "SMTP_PORT": str(free_port()),
    }
    with process(*tickmate(), "run", environment=environment) as started:
        seconds = seconds_until_ready(port)
        time.sleep(SETTLED_SECONDS)  # until the local engines have warmed up
        return round(seconds, 2), memory_mib(started.pid)


def _imports_alone() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiohttp.web, sqlalchemy.ext.asyncio"], check=True)
    return round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    main()
