"""What of a store a project needs, for its collection. Removes nothing."""

from collections.abc import Sequence

from lfsmake.engine.graph import Graph
from lfsmake.engine.inputs import Inputs
from lfsmake.engine.key import all_resources
from lfsmake.engine.plan import Planner
from lfsmake.sources.digests import declared_sha256
from lfsmake.store.collect import Policy
from lfsmake.store.store import Store


def policy_within(
    quota: int, graph: Graph, inputs: Inputs, store: Store, *, roots: Sequence[str] = (), logs: int
) -> Policy:
    """What a collection within `quota` bytes keeps: what `roots` (keys) and the plan of every step need, the newest
    build of each (what is stale may come out the same), every file a recipe names; the logs of so many runs."""
    steps = tuple(graph.project.steps)
    plan = Planner(graph, inputs, store).plan(steps)
    sources: dict[str, None] = {}
    for step in graph.project.steps.values():
        for resource in all_resources(step):
            known = inputs.known(resource)
            if known is not None:
                sources[known.sha256] = None
            sources.update(dict.fromkeys(filter(None, map(declared_sha256, resource.origins))))
    return Policy(
        roots=(*roots, *(step.key for step in plan.steps if step.key)),
        steps=steps,
        sources=tuple(sources),
        logs=logs,
        quota=quota,
    )
