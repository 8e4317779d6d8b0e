"""A small run told in events, for the tests of what is shown of it."""

from lfsmake.model.events import (
    Failure,
    Machine,
    PhaseStarted,
    RunDone,
    RunStarted,
    Sample,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
)


def started(
    at=1000.0, build=("glibc", "gcc"), maybe=("app",), expected=None, targets=("all",), steps=4, jobs=2, **more
):  # fmt: skip
    return RunStarted(
        at=at, run="r", lfsmake="1", targets=targets, jobs=jobs, steps=steps, build=build, maybe=maybe,
        expected=expected or {}, **more,
    )  # fmt: skip


def step(name, at=1000.0, reason="never built", expected=0.0):
    return StepStarted(at=at, step=name, key="k", reason=reason, log="", expected=expected)


def phase(name, phase, at=1000.0):
    return PhaseStarted(at=at, step=name, phase=phase)


def sample(name, at=1000.0, cpu=0.0, rss=0, phase="build"):
    return Sample(at=at, step=name, cpu=cpu, rss=rss, processes=3, phase=phase)


def machine(at=1000.0, cpu=0.98, free=5_100_000_000, total=8_200_000_000, jobs=2):
    return Machine(at=at, cpu=cpu, memory_free=free, memory_total=total, disk_free=10**10, jobs=jobs)


def done(name, at=1271.0, outcome="built", wall=271.0, size=12_000_000):
    return StepDone(at=at, step=name, outcome=outcome, key="k", layer="3f2a91" + "0" * 58, wall=wall, size=size)


def failed(name, log="", retrying=False, delay=0.0, **more):
    failure = Failure(
        **{
            "failure_class": "step", "step": name, "phase": "build", "message": "exit status 2",
            "command": "make all", "file": "/p/a.lfs", "line": 7, "status": 2, "log": str(log), "work": "/s/failed/x",
            **more,
        }
    )
    return StepFailed(at=1300.0, step=name, failure=failure, wall=1.0, retrying=retrying, delay=delay)


def skipped(name, because):
    return StepSkipped(at=1300.0, step=name, because=because)


def over(code=0, built=0, unchanged=0, up_to_date=0, failed=0, skipped=0, wall=754.0):
    return RunDone(
        at=2000.0, run="r", exit_code=code, built=built, unchanged=unchanged, up_to_date=up_to_date,
        failed=failed, skipped=skipped, wall=wall,
    )  # fmt: skip
