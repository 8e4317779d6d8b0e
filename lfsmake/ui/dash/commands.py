"""Command lines about a run, from how it was asked for. Knows no settings of this process."""

import shlex

from lfsmake.model.events import RunStarted


def program_of(run: RunStarted | None, store: str) -> str:
    """How a command begins that means the run's recipes, options and store; `store` is the one without `--store`."""
    return shlex.join(_words(run, store))


def again_of(run: RunStarted | None, store: str) -> str:
    """The command that goes on with what the run was for."""
    words = _words(run, store)
    if run is not None:
        asked = run.invocation
        words += ["-k"] if asked.on_failure == "continue" else []
        words += asked.goal or run.targets
    return shlex.join(words)


def _words(run: RunStarted | None, store: str) -> list[str]:
    words = ["lfsmake"]
    if run is None:
        return words
    for file in run.invocation.files:
        words += ["-f", file]
    for name, value in run.invocation.options.items():
        words += ["--set", f"{name}={value}"]
    if run.invocation.store not in ("", store):
        words += ["--store", run.invocation.store]
    return words
