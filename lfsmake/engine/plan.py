"""What is up to date, what is to be built, what waits, and why. Reads the store; builds nothing, changes nothing."""

from collections.abc import Iterable, Mapping

from lfsmake.engine.graph import Graph
from lfsmake.engine.inputs import Inputs
from lfsmake.engine.key import check_digest, differences, key_digest, key_parts
from lfsmake.model.plan import CacheKey, Plan, PlanStep, Reason
from lfsmake.store.store import Store


class Planner:
    """Judges steps against the traces of the store, as they were when the planner was made plus what it is told."""

    def __init__(self, graph: Graph, inputs: Inputs, store: Store) -> None:
        self.graph = graph
        self.inputs = inputs
        self.store = store
        self._built = store.summaries()
        self._present = store.layer_digests()
        self._durations = store.durations()

    def plan(self, targets: Iterable[str], *, rebuild: Iterable[str] = ()) -> Plan:
        """The plan for these targets: every step they need, needs first."""
        targets = tuple(targets)
        forced = set(self.graph.expand(rebuild))
        layers: dict[str, str] = {}
        steps: list[PlanStep] = []
        for name in self.graph.closure(self.graph.expand(targets)):
            judged = self.judge(name, layers, forced=name in forced)
            if judged.state == "up-to-date":
                layers[name] = judged.layer
            steps.append(judged)
        return Plan(targets, tuple(steps))

    def judge(self, name: str, layers: Mapping[str, str], *, forced: bool = False) -> PlanStep:
        """One step, given the layers known so far (step → digest)."""
        root = self.graph.root_of(name)
        needs = self.graph.waits_for(name)
        absent = [need for need in root if need not in layers]
        if absent:
            direct = [need for need in self.graph.needs(name) if need not in layers] or absent
            reasons = tuple(Reason("needs", f"waits for {need}", step=need) for need in direct)
            return PlanStep(name, "waiting", reasons, needs, "", expected=self.expected(name))
        step = self.graph.step(name)
        key = self.inputs.key(step, [(need, layers[need]) for need in root])
        if key is None:
            reasons = tuple(
                Reason("source", f"the source {resource.filename} is not fetched yet", name=resource.filename)
                for resource in self.inputs.unknown(step)
            )
            return PlanStep(name, "build", reasons, needs, "", expected=self.expected(name))
        digest = key_digest(key)
        layer, checked = self._built.get(digest, ("", ""))
        reason = self._reason_to_build(name, layer, checked, forced=forced)
        if reason is None:
            return PlanStep(name, "up-to-date", (), needs, digest, layer, self.expected(name))
        reasons = (reason,) if reason.kind != "never-built" else self._changes(name, key)
        return PlanStep(name, "build", reasons, needs, digest, expected=self.expected(name))

    def own_changes(self, name: str) -> tuple[Reason, ...]:
        """What changed in the step itself since it was last built, whatever became of the layers below it."""
        last = self.store.last_trace(name)
        if last is None:
            return (Reason("never-built", "never built"),)
        before = last.parts.get("layers", {})
        now = [(need, before.get(need, "?")) for need in self.graph.root_of(name)]
        key = self.inputs.key(self.graph.step(name), now)
        return differences(last.parts, key_parts(key)) if key is not None else ()

    def key(self, name: str, layers: Mapping[str, str]) -> CacheKey | None:
        """The step's key over these layers; None while something in it is unknown."""
        root = self.graph.root_of(name)
        if any(need not in layers for need in root):
            return None
        return self.inputs.key(self.graph.step(name), [(need, layers[need]) for need in root])

    def built(self, key: str, layer: str, checked: str) -> None:
        """A step was built just now."""
        self._built[key] = (layer, checked)
        self._present.add(layer)

    def was_built(self, name: str) -> bool:
        """Whether a step of that name was ever built, as far as the store remembers."""
        return name in self._durations

    def expected(self, name: str) -> float | None:
        """Seconds the step should take: as it last did, else its cost times the measured SBU."""
        known = self._durations.get(name)
        if known is not None:
            return known
        cost = self.graph.step(name).cost.sbu
        return cost * self.sbu if self.sbu is not None and cost is not None else None

    @property
    def sbu(self) -> float | None:
        """Seconds of one SBU on this machine, by definition what binutils-pass1 took; None if it was never built."""
        return self._durations.get("binutils-pass1")

    def _reason_to_build(self, name: str, layer: str, checked: str, *, forced: bool) -> Reason | None:
        if forced:
            return Reason("forced", "asked for with --rebuild")
        if not layer:
            return Reason("never-built", "never built")
        if layer not in self._present:
            return Reason("layer-missing", f"its layer {layer[:12]} is not in the store", old=layer)
        wanted = check_digest(self.graph.step(name))
        if wanted and wanted != checked:
            return Reason("check-not-run", "its check has not passed yet" if not checked else "its check changed")
        return None

    def _changes(self, name: str, key: CacheKey) -> tuple[Reason, ...]:
        last = self.store.last_trace(name)
        if last is None:
            return (Reason("never-built", "never built"),)
        changes = differences(last.parts, key_parts(key))
        return changes or (Reason("never-built", "never built with this key"),)
