"""What a run says: of its plan when it begins or is read anew, of a step that is done. Knows events, no state."""

import time

from lfsmake import __version__
from lfsmake.engine.execute import Running
from lfsmake.engine.graph import Graph
from lfsmake.engine.plan import Planner
from lfsmake.model.events import Cost, Invocation, RunAdopted, RunStarted, StepDone
from lfsmake.model.plan import Plan, Trace


def started(plan: Plan, graph: Graph, planner: Planner, *, run: str, jobs: int, invocation: Invocation) -> RunStarted:
    """The first event of a run."""
    steps = [graph.step(step.name) for step in plan.steps]
    return RunStarted(
        at=time.time(),
        run=run,
        lfsmake=__version__,
        targets=plan.targets,
        jobs=jobs,
        steps=len(plan.steps),
        build=_in_state(plan, "build"),
        maybe=_in_state(plan, "waiting"),
        expected=_expected(plan),
        graph={step.name: step.needs for step in plan.steps},
        costs={
            step.name: Cost(step.cost.sbu or 0.0, step.cost.disk or 0.0)
            for step in steps
            if step.cost.sbu is not None or step.cost.disk is not None
        },
        sbu=planner.sbu or 0.0,
        invocation=invocation,
        new=_new(plan, planner),
    )


def adopted(plan: Plan, planner: Planner) -> RunAdopted:
    """The same run goes on with other recipes."""
    return RunAdopted(
        at=time.time(),
        steps=len(plan.steps),
        build=_in_state(plan, "build"),
        maybe=_in_state(plan, "waiting"),
        expected=_expected(plan),
        graph={step.name: step.needs for step in plan.steps},
        new=_new(plan, planner),
    )


def ended(name: str, trace: Trace, outcome: str, running: Running, *, flaky: bool) -> StepDone:
    """The step has its layer. What another lfsmake built cost this run nothing."""
    ours = outcome != "up-to-date"
    return StepDone(
        at=time.time(), step=name, outcome=outcome, key=trace.key, layer=trace.layer,
        wall=trace.wall if ours else 0.0, cpu=trace.cpu if ours else 0.0, rss=trace.rss if ours else 0,
        size=trace.size, read=running.read, written=running.written, flaky=flaky,
    )  # fmt: skip


def _in_state(plan: Plan, state: str) -> tuple[str, ...]:
    return tuple(step.name for step in plan.steps if step.state == state)


def _new(plan: Plan, planner: Planner) -> tuple[str, ...]:
    return tuple(name for name in _in_state(plan, "waiting") if not planner.was_built(name))


def _expected(plan: Plan) -> dict[str, float]:
    return {step.name: step.expected for step in plan.steps if step.expected is not None}
