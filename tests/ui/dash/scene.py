"""A made-up run of a whole system, told in events, as slowly or as quickly as a test wants it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from lfsmake.model.events import (
    Cost,
    Event,
    Failure,
    LogError,
    Machine,
    Note,
    PhaseDone,
    PhaseStarted,
    Recovery,
    RunDone,
    RunStarted,
    Sample,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
    TestsDone,
)

RUN = "20261122-101500-042137"
GRAPH: dict[str, tuple[str, ...]] = {
    "layout": (),
    "binutils-pass1": ("layout",),
    "gcc-pass1": ("binutils-pass1",),
    "linux-headers": ("layout",),
    "glibc": ("gcc-pass1", "linux-headers"),
    "libstdcxx": ("glibc",),
    "m4": ("libstdcxx",),
    "ncurses": ("libstdcxx",),
    "bash": ("ncurses",),
    "coreutils": ("libstdcxx",),
    "make": ("libstdcxx",),
    "binutils-pass2": ("libstdcxx", "make"),
    "gcc-pass2": ("binutils-pass2",),
    "system": ("m4", "bash", "coreutils", "gcc-pass2"),
}
SECONDS = {
    "layout": 1, "binutils-pass1": 62, "gcc-pass1": 310, "linux-headers": 9, "glibc": 140, "libstdcxx": 28, "m4": 16,
    "ncurses": 31, "bash": 25, "coreutils": 40, "make": 12, "binutils-pass2": 75, "gcc-pass2": 390, "system": 2,
}  # fmt: skip
PHASES = (("unpack", 0.1), ("configure", 0.2), ("build", 0.6), ("install", 0.1))


def line(event: Event) -> bytes:
    """As it stands in events.jsonl."""
    return msgspec.json.encode(event) + b"\n"


def started(at: float, graph: dict[str, tuple[str, ...]] | None = None, run: str = RUN) -> RunStarted:
    graph = GRAPH if graph is None else graph
    return RunStarted(
        at=at, run=run, lfsmake="0.1.0", targets=("system",), jobs=4, steps=len(graph), build=tuple(graph), maybe=(),
        expected={name: float(SECONDS.get(name, 10)) for name in graph}, graph=graph, sbu=62.0,
        costs={name: Cost(sbu=SECONDS.get(name, 10) / 62, disk=300.0) for name in graph},
    )  # fmt: skip


def begun(step: str, at: float, log: str = "") -> StepStarted:
    return StepStarted(at=at, step=step, key="c0ffee" * 8, reason="never built", log=log,
                       expected=float(SECONDS.get(step, 10)))  # fmt: skip


def built(step: str, at: float, wall: float) -> StepDone:
    return StepDone(at=at, step=step, outcome="built", key="c0ffee" * 8, layer="5eed" * 16, wall=wall, cpu=wall * 1.7,
                    rss=412_000_000, size=90_000_000, read=40_000_000, written=300_000_000)  # fmt: skip


def failed(step: str, at: float, log: str = "", *, retrying: bool = False) -> StepFailed:
    error = LogError(
        tool="gcc", kind="missing-header", text="rtl.h:25:10: fatal error: gmp.h: No such file or directory",
        log_line=4711, file="rtl.h", line=25, advice="the library's headers are missing: need the package that has it",
        context=("In file included from ../../gcc/final.cc:51:",
                 "rtl.h:25:10: fatal error: gmp.h: No such file or directory", "   25 | #include <gmp.h>",
                 "      |          ^~~~~~~", "compilation terminated."),
    )  # fmt: skip
    return StepFailed(
        at=at, step=step, wall=33.0, retrying=retrying, delay=2.0 if retrying else 0.0,
        failure=Failure(
            failure_class="step", step=step, phase="build", message="exit status 2", command="make",
            file="recipes/chapter06.lfs", line=142, status=2, log=log, work=f"/srv/lfs/store/work/failed/{step}",
            tail=("make[2]: *** [Makefile:1198: final.o] Error 1", "make[1]: *** [Makefile:4718: all-gcc] Error 2",
                  "make: *** [Makefile:1038: all] Error 2"),
            hint="look at the first error, not at make's", cause="missing-header", error=error,
            changes=("the configure phase: --with-gmp=/tools → nothing", "patch gcc-15.1.patch: added"),
            tried=("once more with one job, for a suspected race",),
        ),
    )  # fmt: skip


def whole_run(
    began: float,
    logs: Path | None = None,
    *,
    fails: str = "",
    until: float = 1e9,
    graph: dict[str, tuple[str, ...]] | None = None,
) -> Iterator[Event]:
    """The events of a run with three lanes, in order, up to `until` seconds after its start; one step may fail."""
    graph = GRAPH if graph is None else graph
    events: list[tuple[float, int, Event]] = []

    def tell(at: float, make: object) -> None:
        events.append((at, len(events), make))  # type: ignore[arg-type]

    ends: dict[str, float] = {}
    lanes = [0.0, 0.0, 0.0]
    dead: set[str] = set()
    for step, needs in graph.items():
        if dead & set(needs):
            dead.add(step)
            tell(max(ends.values()) + 1, StepSkipped(at=began + max(ends.values()) + 1, step=step, because=fails))
            continue
        lane = min(range(3), key=lanes.__getitem__)
        at = max(lanes[lane], *(ends[need] for need in needs), 0.2) + 0.05
        wall = float(SECONDS.get(step, 10))
        log = f"{logs}/{step}.log" if logs is not None else ""
        tell(at, begun(step, began + at, log))
        place = at
        for phase, share in PHASES:
            tell(place, PhaseStarted(at=began + place, step=step, phase=phase))
            for tick in range(1, int(wall * share // 4) + 1):
                cpu = tick * 4 * (1.9 if phase == "build" else 0.9)
                at = began + place + tick * 4
                tell(at - began, Sample(at=at, step=step, cpu=cpu, phase=phase,
                                        rss=180_000_000 + tick % 7 * 60_000_000, processes=4 + tick % 5))  # fmt: skip
            place += wall * share
            if step == fails and phase == "build":
                tell(place, failed(step, began + place, log, retrying=True))
                tell(place, Recovery(at=began + place, step=step, action="serial", delay=2.0,
                                     text=f"{step} is tried again with one job, for a suspected race"))  # fmt: skip
                tell(place + 2, begun(step, began + place + 2, log))
                tell(place + 2, PhaseStarted(at=began + place + 2, step=step, phase="build"))
                tell(place + 35, failed(step, began + place + 35, log))
                place += 35
                dead.add(step)
                break
            tell(place, PhaseDone(at=began + place, step=step, phase=phase, wall=wall * share, cpu=wall * share * 1.7,
                                  rss=412_000_000))  # fmt: skip
        else:
            tell(place, built(step, began + place, wall))
        ends[step] = lanes[lane] = place
    last = max(ends.values()) + 2
    for tick in range(int(min(last, until) // 4)):
        at = tick * 4.0
        busy = sum(any(e[0] <= at < e[0] + 40 for e in events if isinstance(e[2], StepStarted)) for _ in range(1))
        tell(at, Machine(at=began + at, cpu=0.55 + 0.4 * ((tick * 7919) % 100) / 100 * busy, jobs=1 + (tick * 31) % 4,
                         memory_free=6_100_000_000 - (tick * 7919 % 40) * 50_000_000, memory_total=8_300_000_000,
                         disk_free=41_000_000_000 - tick * 9_000_000, pressure_cpu=0.2 + (tick % 9) / 30))  # fmt: skip
    tell(0.1, Note(at=began + 0.1, text="sources come from upstream: the probe of ftp.gnu.org took 0.2 s"))
    if "glibc" in ends:
        tell(ends["glibc"], TestsDone(at=began + ends["glibc"], step="glibc", style="glibc", total=5210, passed=5101,
                                      skipped=98, failures=3, failed=("io/tst-lchmod", "nptl/tst-mutex10"),
                                      expected=("misc/tst-preadvwritev2",)))  # fmt: skip
    events.sort(key=lambda entry: (entry[0], entry[1]))
    yield started(began, graph)
    for at, _, event in events:
        if at <= until:
            yield event
    if last <= until:
        ok = len(ends) - bool(fails)
        yield RunDone(at=began + last, run=RUN, exit_code=1 if fails else 0, built=ok, unchanged=0, up_to_date=0,
                      failed=int(bool(fails)), skipped=len(dead) - 1 if fails else 0, wall=last)  # fmt: skip
