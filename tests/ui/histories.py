"""A run that has everything, told in events, for the tests of what is made of it afterwards."""

from collections.abc import Iterable

import msgspec

from lfsmake.model.events import (
    Cost,
    Event,
    Failure,
    FetchDone,
    FetchStarted,
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

RUN = "20261122-100000-000001"
T = 1_795_000_000.0
MB = 1_000_000


def started(build, *, graph=None, at=T, maybe=(), targets=("all",), version=1, **more) -> RunStarted:
    """The first event."""
    graph = dict.fromkeys((*build, *maybe), ()) if graph is None else graph
    return RunStarted(
        at=at, run=RUN, version=version, lfsmake="0.1.0", targets=targets, jobs=4, steps=len(graph),
        build=tuple(build), maybe=tuple(maybe), expected={}, graph=graph, **more,
    )  # fmt: skip


def ended(at, code=0, **counts) -> RunDone:
    """The last event."""
    known = {"built": 0, "unchanged": 0, "up_to_date": 0, "failed": 0, "skipped": 0, **counts}
    return RunDone(at=at, run=RUN, exit_code=code, wall=at - T, **known)


def step(name, at, took, *, phases=(("build", 1.0),), outcome="built", size=MB, flaky=False, fails=None):
    """The events of one attempt. `phases`: (name, share of the time)."""
    yield StepStarted(at=at, step=name, key="k" * 64, reason="never built", log=f"/logs/{name}.log")
    begun = at
    for phase, share in phases:
        wall = took * share
        yield PhaseStarted(at=begun, step=name, phase=phase)
        yield Sample(at=begun + wall / 2, step=name, cpu=wall / 2, rss=50 * MB, processes=3, phase=phase)
        yield PhaseDone(
            at=begun + wall, step=name, phase=phase, wall=wall, cpu=wall, rss=60 * MB, read=MB, written=2 * MB
        )
        begun += wall
    if fails is not None:
        yield StepFailed(at=at + took, step=name, failure=fails[0], wall=took, retrying=fails[1])
        return
    yield StepDone(
        at=at + took, step=name, outcome=outcome, key="k" * 64, layer="ab" * 32, wall=took, cpu=took, rss=60 * MB,
        size=size, read=MB, written=2 * MB, flaky=flaky,
    )  # fmt: skip


def failure(name="app", **more) -> Failure:
    """What a compiler said."""
    known = {
        "failure_class": "step", "step": name, "phase": "build", "message": "exit status 2", "command": "make",
        "file": "/p/app.lfs", "line": 7, "status": 2, "log": f"/logs/{name}.log", "work": f"/s/failed/{name}",
        "error": LogError("gcc", "missing-header", "app.c:1:10: fatal error: x.h: No such file", 12, "app.c", 1,
                          ("gcc -c app.c", "app.c:1:10: fatal error: x.h: No such file"), "install what has it"),
        "changes": ("the phase build changed",), "tried": (), **more,
    }  # fmt: skip
    return Failure(**known)


def everything() -> list[Event]:
    """Four steps: base; lib and tool on it, tool flaky; app on lib fails; top is skipped."""
    graph = {"base": (), "lib": ("base",), "tool": ("base",), "app": ("lib",), "top": ("app",)}
    flaky = failure("tool", message="exit status 1", status=1, error=None, tail=("oops",))
    events: list[Event] = [
        started(graph, graph=graph, costs={"base": Cost(1.0, 500.0), "lib": Cost(0.5, 20.0)}, sbu=100.0),
        Note(at=T, text="an origin was chosen", level="warning"),
        FetchStarted(at=T, file="base.tar.xz", url="https://example.org/base.tar.xz", size=5 * MB),
        FetchDone(at=T + 4, file="base.tar.xz", url="https://example.org/base.tar.xz", size=5 * MB),
        *step("base", T + 4, 100, phases=(("unpack", 0.1), ("configure", 0.2), ("build", 0.7)), size=100 * MB),
        *step("tool", T + 104, 20, fails=(flaky, True)),
        Recovery(at=T + 124, step="tool", action="retry", text="trying again, as the recipe says"),
        *step("lib", T + 104, 60, phases=(("build", 0.5), ("check", 0.5)), size=10 * MB),
        *step("tool", T + 124, 30, flaky=True),
        Recovery(at=T + 154, step="tool", action="flaky", text="it failed, and passed unchanged"),
        TestsDone(
            at=T + 160, step="lib", style="automake", total=20, passed=16, skipped=1, failures=3,
            failed=("t1", "t2"), expected=("t3",), vanished=("t4",),
        ),
        *step("app", T + 164, 36, fails=(failure(), False)),
        StepSkipped(at=T + 200, step="top", because="app"),
        ended(T + 200, 1, built=3, failed=1, skipped=1),
    ]  # fmt: skip
    for at in range(0, 200, 5):
        events.append(
            Machine(
                at=T + at, cpu=0.5, memory_free=6000 * MB, memory_total=8000 * MB, disk_free=10**11, jobs=3,
                pressure_cpu=0.1,
            )
        )  # fmt: skip
    return sorted(events, key=lambda event: event.at)


def written(events: Iterable[Event]) -> bytes:
    """As events.jsonl has them."""
    return b"".join(msgspec.json.encode(event) + b"\n" for event in events)
