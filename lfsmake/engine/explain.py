"""Why steps are stale: the root causes, and what only follows from them. Knows plans and graphs; prints nothing."""

from typing import Literal

from msgspec import Struct

from lfsmake.engine.graph import Graph
from lfsmake.engine.plan import Planner
from lfsmake.model.plan import Plan, PlanStep, Reason

Role = Literal["root cause", "follows", "up to date"]


class StepExplanation(Struct, frozen=True):
    """One step of the plan. `because`: for a step that follows, the root causes below it."""

    step: str
    state: str
    role: Role
    reasons: tuple[Reason, ...]
    because: tuple[str, ...] = ()


class Explanation(Struct, frozen=True):
    """The target's steps, those it needs first."""

    target: str
    steps: tuple[StepExplanation, ...]


def explain(graph: Graph, planner: Planner, target: str, plan: Plan) -> Explanation:
    """Separates root causes, which changed in themselves, from steps that are stale only through a layer below."""
    own = {step.name: _own(planner, step) for step in plan.steps if step.state != "up-to-date"}
    explained = []
    for step in plan.steps:
        if step.state == "up-to-date":
            explained.append(StepExplanation(step.name, step.state, "up to date", ()))
        elif own[step.name]:
            explained.append(StepExplanation(step.name, step.state, "root cause", own[step.name]))
        else:
            below = graph.below(step.name)
            because = tuple(name for name, reasons in own.items() if reasons and name in below)
            explained.append(StepExplanation(step.name, step.state, "follows", step.reasons, because))
    return Explanation(target, tuple(explained))


def _own(planner: Planner, step: PlanStep) -> tuple[Reason, ...]:
    """The reasons that lie in the step itself. Another digest of a layer below does not; a layer more or less does."""
    if step.state == "waiting":
        return planner.own_changes(step.name)
    return tuple(
        reason
        for reason in step.reasons
        if not (reason.kind == "changed" and reason.field == "layers" and reason.old and reason.new)
    )
