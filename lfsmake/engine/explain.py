"""Why steps are stale: the root causes, and what only follows from them. Knows plans and graphs; prints nothing."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from lfsmake.engine.graph import Graph
from lfsmake.model.plan import Plan, Reason

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


def explain(graph: Graph, target: str, plan: Plan) -> Explanation:
    """Separates root causes, which have a reason of their own, from steps that only wait for those."""
    causes = {step.name for step in plan.steps if step.state == "build" and not _follows(step.reasons, plan)}
    stale = {step.name for step in plan.steps if step.state != "up-to-date"}
    explained = []
    for step in plan.steps:
        role: Role = "up to date"
        because: tuple[str, ...] = ()
        if step.name in causes:
            role = "root cause"
        elif step.name in stale:
            role = "follows"
            below = _below(graph, step.name)
            because = tuple(other.name for other in plan.steps if other.name in causes and other.name in below)
        explained.append(StepExplanation(step.name, step.state, role, step.reasons, because))
    return Explanation(target, tuple(explained))


def _follows(reasons: Iterable[Reason], plan: Plan) -> bool:
    """Whether only layers changed: the step's own recipe, sources and host are as they were."""
    reasons = tuple(reasons)
    return bool(reasons) and all(reason.kind == "changed" and reason.field == "layers" for reason in reasons)


def _below(graph: Graph, name: str) -> frozenset[str]:
    return graph.below(name)
