"""Random small systems, edited, broken, mended and killed at random: every run does what a simple reference says."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from lfsmake.cli.main import main

from .conftest import Sandboxed
from .reference import Layer, Reference, Small
from .watching import events_of, processes_of, runs_of, steps, wait_until

FLAVOURS = ("plain", "spicy")
WHICH = st.integers(0, 1000)
WHATS = (
    ["value"] * 3 + ["remark"] * 3 + ["fails"] * 2 + ["mend"] * 2
    + ["comment", "blind", "option", "file", "flavour", "beside", "add", "take away", "before"]
)  # fmt: skip
EDITS = st.lists(st.just(("touch", 0, 0)) | st.tuples(st.sampled_from(WHATS), WHICH, WHICH), min_size=1, max_size=3)


class Builds(RuleBasedStateMachine):
    """A project and its reference, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lfsmake-model-"))
        self.project = Sandboxed(self.folder)
        self.reference = Reference()
        self.exports = 0
        self.lost: dict[Layer, Path] = {}
        self.made = 0
        self.before = os.environ.get("LFSMAKE_CACHE")
        os.environ["LFSMAKE_CACHE"] = self.project.env["LFSMAKE_CACHE"]

    def teardown(self) -> None:
        if self.before is None:
            del os.environ["LFSMAKE_CACHE"]
        else:
            os.environ["LFSMAKE_CACHE"] = self.before
        subprocess.run(["chmod", "-R", "u+rwX", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- the system ---------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        return list(self.reference.steps)

    def pick(self, which: int) -> Small:
        names = self.names()
        return self.reference.steps[names[which % len(names)]]

    def later(self, name: str) -> list[str]:
        """Steps that `name` may come before or be needed by without a cycle: those declared after it."""
        names = self.names()
        return names[names.index(name) + 1 :]

    def add(self, data: Any) -> None:
        below = self.names()
        self.made += 1
        some = st.lists(st.sampled_from(below), max_size=3, unique=True) if below else st.just([])
        build, run = data.draw(some), data.draw(some)
        name = f"s{self.made}"
        self.reference.steps[name] = Small(
            name,
            build=build,
            run=[need for need in run if need not in build][:1],
            removes=data.draw(st.sampled_from(["", "", *build])),
            blind=data.draw(st.booleans()),
            option=data.draw(st.booleans()),
            file=data.draw(st.booleans()),
        )

    def write(self) -> None:
        (self.project.recipes / "beside").write_text(f"beside {self.reference.beside}\n")
        self.project.recipe(self.reference.recipes())

    def lfsmake(self, *words: str) -> int:
        """In this process: a tenth of the time."""
        options = ["-C", str(self.folder), "--store", str(self.project.store)]
        here = Path.cwd()
        try:
            return main([*options, "--set", f"flavour={self.reference.flavour}", *words])
        finally:
            os.chdir(here)

    # --- edits --------------------------------------------------------------------------------------------------

    @initialize(data=st.data(), count=st.integers(3, 6))
    def begin(self, data: Any, count: int) -> None:
        for _ in range(count):
            self.add(data)
        self.write()

    def apply(self, edits: list[tuple[str, int, int]], data: Any) -> None:
        """The edits, each with the step it is about, and another."""
        for what, which, other in edits:
            step = self.pick(which)
            if what in ("value", "remark", "comment"):
                setattr(step, what, getattr(step, what) + 1)
            elif what in ("blind", "option", "file", "fails"):
                setattr(step, what, not getattr(step, what))
            elif what == "mend":
                for each in self.reference.steps.values():
                    each.fails = False
            elif what == "flavour":
                self.reference.flavour = FLAVOURS[self.reference.flavour == "plain"]
            elif what == "beside":
                self.reference.beside += 1
            elif what == "add" and len(self.reference.steps) < 8:
                self.add(data)
            elif what == "take away" and len(self.reference.steps) > 3:
                self.remove(step.name)
            elif what == "before" and (later := self.later(step.name)):
                step.before = [later[other % len(later)]]
        self.write()
        for path in self.project.recipes.iterdir() if ("touch", 0, 0) in edits else ():
            os.utime(path)

    def remove(self, gone: str) -> None:
        del self.reference.steps[gone]
        for step in self.reference.steps.values():
            for needs in (step.build, step.run, step.before):
                if gone in needs:
                    needs.remove(gone)

    # --- runs ---------------------------------------------------------------------------------------------------

    def build(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        """Exit code, events; none when a certificate had the answer."""
        known = runs_of(self.folder)
        code = self.lfsmake(*words)
        return code, [event for run in runs_of(self.folder) - known for event in events_of(run)]

    def targets(self, which: int) -> list[str]:
        """Everything, or one step."""
        names = self.names()
        return [] if which % 2 else [names[which % len(names)]]

    def check_content(self, targets: list[str], layers: dict[str, Layer]) -> None:
        for target in targets or self.names():
            self.exports += 1
            tree = self.folder / f"tree-{self.exports}"
            assert self.lfsmake("export", target, str(tree)) == 0
            found = {path.name: path.read_text() for path in (tree / "out").iterdir()}
            assert found == self.reference.content([target], layers), target

    @rule(data=st.data(), edits=EDITS, which=WHICH, jobs=st.integers(1, 3))
    def run_and_keep_going(self, data: Any, edits: list[tuple[str, int, int]], which: int, jobs: int) -> None:
        self.apply(edits, data)
        targets = self.targets(which)
        outcome, layers = self.reference.build(targets or self.names())
        code, events = self.build("-k", f"-j{jobs}", *targets)
        assert steps(events, "step-started") == outcome.started
        assert steps(events, "step-failed") == outcome.failed
        assert steps(events, "step-skipped") == outcome.skipped
        assert code == (1 if outcome.failed else 0)
        if not outcome.failed:
            self.check_content(targets, layers)

    @rule(data=st.data(), edits=EDITS, which=WHICH, jobs=st.integers(1, 3))
    def run_until_failure(self, data: Any, edits: list[tuple[str, int, int]], which: int, jobs: int) -> None:
        self.apply(edits, data)
        targets = self.targets(which)
        known = dict(self.reference.traces), set(self.reference.gone)
        outcome, _ = self.reference.build(targets or self.names())
        code, events = self.build(f"-j{jobs}", *targets)
        failed = steps(events, "step-failed")
        assert steps(events, "step-started") <= outcome.started
        assert failed <= outcome.failed
        assert bool(failed) == bool(outcome.failed)
        assert code == (1 if failed else 0)
        if failed:  # which of the others were built first is chance: find out
            self.reference.traces, self.reference.gone = known
            self.learn(outcome.started, targets)

    def learn(self, possible: set[str], targets: list[str]) -> None:
        """Has the reference remember what the store has of the steps that were perhaps built."""
        states = self.project.states("--set", f"flavour={self.reference.flavour}", *targets)
        layers: dict[str, Layer] = {}
        for name in self.reference.order(targets or self.names()):
            layer = self.reference.known(name, layers)
            if layer is None and states[name] == "up-to-date":
                assert name in possible
                layer = self.reference.built(name, layers)
            if layer is not None:
                layers[name] = layer

    @rule(data=st.data(), edits=EDITS, after=st.floats(0.1, 1.5))
    def run_and_be_killed(self, data: Any, edits: list[tuple[str, int, int]], after: float) -> None:
        self.apply(edits, data)
        known = dict(self.reference.traces), set(self.reference.gone)
        outcome, _ = self.reference.build(self.names())
        process = subprocess.Popen(
            self.project.command("--set", f"flavour={self.reference.flavour}", "-k", "-j2"),
            cwd=self.folder,
            env=self.project.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        wait_until(lambda: not processes_of(self.project.store))
        self.reference.traces, self.reference.gone = known
        # A lost layer may have come back before the trace of who made it anew was written.
        self.reference.gone -= {layer for layer, path in self.lost.items() if path.exists()}
        self.learn(outcome.started, [])

    @rule(which=WHICH)
    def lose_a_layer(self, which: int) -> None:
        """Somebody takes a layer out of the store."""
        plan = self.project.plan("--set", f"flavour={self.reference.flavour}")
        layers: dict[str, Layer] = {}
        for name in self.reference.order(self.names()):
            layer = self.reference.known(name, layers)
            assert (plan[name]["state"] == "up-to-date") == (layer is not None)
            if layer is not None:
                layers[name] = layer
        if layers:
            name = list(layers)[which % len(layers)]
            path = self.lost[layers[name]] = self.project.store / "layers" / str(plan[name]["layer"])
            path.rename(self.folder / f"lost-{time.monotonic_ns()}")
            self.reference.gone.add(layers[name])


TestRandomBuilds = Builds.TestCase
TestRandomBuilds.settings = settings(
    max_examples=max(3, settings.default.max_examples // 30),
    stateful_step_count=10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # every step is a build: shrinking takes an hour
)
