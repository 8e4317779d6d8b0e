"""What it costs to show, sample and write down a run: lfsmake's own CPU by what it was for. Knows no package.

`python -m tests.bench.watched FILE WORD...` runs `lfsmake WORD...` in this process and writes what it counted to FILE.
"""

import json
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import clock
from tests.bench.clock import REPO

PARTS = {"status": "rows on the terminal", "journal": "journal", "sampler": "samples of steps and machine"}
SECONDS = 60
_STEP = """
script {name} "Compiles for a minute" {{
    context     host
    needs build compiler
    install:
        end=$((SECONDS + {seconds}))
        for number in $(seq 200); do
            echo "int f$number(int x) {{ return x * $number; }}" >> /tmp/{name}.c
        done
        while [ $SECONDS -lt $end ]; do
            gcc -O2 -c /tmp/{name}.c -o /tmp/{name}.o
        done
        echo {name} > $LFS/{name}
}}
"""


def measure(folder: Path, seconds: int = SECONDS) -> dict[str, float]:
    """Two steps that run gcc again and again, at once, on a terminal. Seconds: of each of `PARTS`, `wall`, and
    `process`, all of lfsmake's own CPU. RuntimeError if the build fails."""
    env = clock.environment(LFSMAKE_CACHE=str(folder / "cache"), TERM="xterm")
    env.pop("NO_COLOR", None)
    example = (REPO / "recipes" / "example" / "hello.lfs").read_text(encoding="utf-8")
    host = example[example.index("host compiler") : example.index("package hello")]
    recipe = folder / "busy.lfs"
    steps = "".join(_STEP.format(name=name, seconds=seconds) for name in ("one", "two"))
    recipe.write_text(host + steps, encoding="utf-8")
    counted = folder / "counted.json"
    command = (sys.executable, "-m", "tests.bench.watched", str(counted), "-f", str(recipe), "-j2")
    main, other = pty.openpty()
    reader = threading.Thread(target=_drain, args=(main,), daemon=True)
    reader.start()
    done = subprocess.run(command, cwd=REPO, env=env, stdin=other, stdout=other, stderr=other, check=False)
    os.close(other)
    reader.join()
    os.close(main)
    if done.returncode:
        raise RuntimeError(f"the build ended with {done.returncode}")
    found: dict[str, float] = json.loads(counted.read_text(encoding="utf-8"))
    return found


def _drain(main: int) -> None:
    try:
        while os.read(main, 65536):
            pass
    except OSError:  # nobody writes any more
        return


def _count(spent: dict[str, float], part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with the processor time that its thread spends in it added to a part."""

    def counted(*args: Any, **named: Any) -> Any:
        began = time.thread_time()
        try:
            return function(*args, **named)
        finally:
            spent[part] += time.thread_time() - began

    return counted


def main() -> int:
    """One run of lfsmake, counted."""
    from lfsmake.cli.main import main as lfsmake
    from lfsmake.engine.journal import Journal
    from lfsmake.engine.sample import Sampler
    from lfsmake.ui.line import StatusLine

    spent = dict.fromkeys(PARTS, 0.0)
    for part, kind, name in (
        ("status", StatusLine, "__call__"),
        ("status", StatusLine, "_run"),
        ("journal", Journal, "__call__"),
        ("sampler", Sampler, "_loop"),
    ):
        setattr(kind, name, _count(spent, part, getattr(kind, name)))
    began = time.monotonic()
    code = lfsmake(sys.argv[2:])
    process = time.process_time()
    Path(sys.argv[1]).write_text(
        json.dumps({**spent, "wall": time.monotonic() - began, "process": process}), encoding="utf-8"
    )
    return code


if __name__ == "__main__":
    raise SystemExit(main())
