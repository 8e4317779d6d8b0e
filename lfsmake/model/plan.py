"""Keys, traces and plans: what was built, from what, and what is to be done. Data only; `engine` computes them."""

from typing import Literal

from msgspec import Struct

SCHEMA = 1  # of the cache key; raising it makes every layer stale
EXECUTOR = 1  # of the way steps are run; raise when the same key could give another layer

State = Literal["up-to-date", "build", "waiting"]


class CacheKey(Struct, frozen=True, omit_defaults=True):
    """Everything that can change a step's layer, and nothing else.

    Not here, so that they invalidate nothing: names of groups, titles, comments, layout, cost, limits, retry, `check`.
    """

    schema: int
    executor: int
    context: str
    user: str
    workdir: str
    phases: tuple[tuple[str, str], ...]  # name, text with its hooks
    env: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]  # file name (with "-> folder" for unpacks), digest of the file
    fixups: tuple[tuple[str, str], ...]  # file name, text
    patches: tuple[tuple[str, str], ...]  # file name with strip, digest
    files: tuple[tuple[str, str], ...]  # path with mode, sha256 of the text
    layers: tuple[tuple[str, str], ...]  # step name, layer digest; lowest first
    host: tuple[tuple[str, str], ...]  # tool, what it is; empty outside the host context
    sandbox: str  # policy: "strict" or "none"
    scripts: tuple[tuple[str, str], ...] = ()  # path, text of the script; path, sha256 of what it reads


class Trace(Struct, frozen=True):
    """The record of a step that was built: key → layer, and what it took. Times in seconds, sizes in bytes."""

    key: str
    step: str
    layer: str  # digest of the layer
    check: str  # digest of the check text that passed, "" if none ran
    built: float  # when it ended, seconds since the epoch
    wall: float
    cpu: float
    rss: int  # largest resident set of the step's processes together, sampled; 0 if unknown
    size: int  # of the layer
    log: str  # path of the log, relative to the store
    parts: dict[str, dict[str, str]]  # the key's fields, flattened: field → name → value
    run: str = ""  # the run that built it


class Reason(Struct, frozen=True):
    """Why a step is in its state. `kind` is a stable word: "never-built", "changed", "layer-missing", "check-not-run",
    "forced", "needs" (waits for or follows from another step), "same-key"."""

    kind: str
    text: str
    field: str = ""  # of the key, with kind "changed"
    name: str = ""
    old: str = ""
    new: str = ""
    step: str = ""  # with kind "needs"


class PlanStep(Struct, frozen=True):
    """A step's place in a plan. `key` is "" while a needed layer is unknown."""

    name: str
    state: State
    reasons: tuple[Reason, ...]
    needs: tuple[str, ...]  # direct: layers of the root and order
    key: str
    layer: str = ""
    expected: float | None = None  # seconds, from the last trace or the cost


class Plan(Struct, frozen=True):
    """Every step the targets need, in an order that can be built."""

    targets: tuple[str, ...]
    steps: tuple[PlanStep, ...]
