"""What a build should do, said as simply as possible: dictionaries, recursion, no store, no threads."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

Layer = tuple[tuple[str, str | None], ...]  # file below /out → its text, None for one taken away
REMARK = "# a remark"


@dataclass
class Small:
    """A step whose one file is made of everything it can see."""

    name: str
    build: list[str] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    removes: str = ""  # the file of a step below it
    value: int = 0
    remark: int = 0  # in the shell text: another key, the same layer
    comment: int = 0  # in the recipe: nothing
    blind: bool = False  # takes nothing from below
    option: bool = False  # says which flavour it has
    file: bool = False  # takes in the file beside the recipe
    fails: bool = False

    def body(self) -> str:
        lines = [f"{REMARK} {self.remark}", "mkdir -p $LFS/out", "cd $LFS/out", f": > {self.name}"]
        if self.fails:
            lines.append("false")
        if self.removes:
            lines.append(f"rm -f {self.removes}")
        parts = [f"echo {self.value}"]
        parts += ['echo "$flavour"'] if self.option else []
        parts += ["cat $LFS/sources/beside"] if self.file else []
        parts += [] if self.blind else [f"for f in *; do [ $f = {self.name} ] || tail -v -n +1 $f; done"]
        lines.append(f"{{ {'; '.join(parts)}; }} | sha256sum > {self.name}")
        return "\n".join(f"        {line}" for line in lines)

    def recipe(self) -> str:
        lines = [f"# comment {self.comment}", f"script {self.name} {{", "    context host"]
        lines += [f"    needs build {' '.join(self.build)}"] if self.build else []
        lines += [f"    needs run {' '.join(self.run)}"] if self.run else []
        lines += [f"    before {' '.join(self.before)}"] if self.before else []
        lines += ["    with beside"] if self.file else []
        return "\n".join([*lines, "    install:", self.body(), "}", ""])


@dataclass
class Outcome:
    """Names of steps."""

    started: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)


class Reference:
    """Steps, and what was built of them so far."""

    def __init__(self) -> None:
        self.steps: dict[str, Small] = {}
        self.traces: dict[object, Layer] = {}
        self.gone: set[Layer] = set()  # built, and lost since
        self.flavour = "plain"
        self.beside = 0

    def recipes(self) -> str:
        head = 'option flavour = plain|spicy\nresource beside {\n    source "beside"\n}\n'
        return head + "\n".join(step.recipe() for step in self.steps.values())

    def run_closure(self, name: str) -> set[str]:
        return {name}.union(*(self.run_closure(need) for need in self.steps[name].run))

    def depth(self, name: str) -> int:
        step = self.steps[name]
        return 1 + max((self.depth(need) for need in (*step.build, *step.run)), default=-1)

    def root(self, names: Iterable[str]) -> list[str]:
        members: set[str] = set().union(*(self.run_closure(name) for name in names))
        return sorted(members, key=lambda name: (self.depth(name), name))

    def below(self, name: str) -> set[str]:
        step = self.steps[name]
        return {name}.union(*(self.below(need) for need in (*step.build, *step.run)))

    def order(self, names: Iterable[str]) -> list[str]:
        """Needs, and what comes before, first."""
        wanted = set().union(*(self.below(name) for name in names))
        order: list[str] = []

        def visit(name: str) -> None:
            if name in order or name not in wanted:
                return
            first = [other.name for other in self.steps.values() if name in other.before]
            for need in (*self.steps[name].build, *self.steps[name].run, *first):
                visit(need)
            order.append(name)

        for name in sorted(wanted):
            visit(name)
        return order

    def key(self, step: Small, layers: dict[str, Layer]) -> object:
        root = tuple(layers[need] for need in self.root(step.build))
        return step.body(), step.option and self.flavour, step.file and self.beside, root

    def layer(self, step: Small, layers: dict[str, Layer]) -> Layer:
        seen = merged(layers[need] for need in self.root(step.build))
        mine: dict[str, str | None] = {}
        if step.removes and step.removes in seen:
            del seen[step.removes]
            mine[step.removes] = None
        text = f"{step.value}\n"
        text += f"{self.flavour}\n" if step.option else ""
        text += f"beside {self.beside}\n" if step.file else ""
        if not step.blind:
            # tail -v puts an empty line before every heading but the first of its own call.
            text += "".join(f"==> {file} <==\n{said}" for file, said in sorted(seen.items()))
        mine[step.name] = f"{hashlib.sha256(text.encode()).hexdigest()}  -\n"
        return tuple(sorted(mine.items()))

    def known(self, name: str, layers: dict[str, Layer]) -> Layer | None:
        """The layer of a step, if it was built before over the same layers, and is still there."""
        step = self.steps[name]
        if any(need not in layers for need in self.root(step.build)):
            return None
        layer = self.traces.get(self.key(step, layers))
        return None if layer in self.gone else layer

    def built(self, name: str, layers: dict[str, Layer]) -> Layer:
        """Remembers that the step was built just now."""
        step = self.steps[name]
        layer = self.traces[self.key(step, layers)] = self.layer(step, layers)
        self.gone.discard(layer)
        return layer

    def build(self, targets: Iterable[str]) -> tuple[Outcome, dict[str, Layer]]:
        """What a run that keeps going does. Remembers what it built."""
        outcome = Outcome()
        layers: dict[str, Layer] = {}
        for name in self.order(targets):
            step = self.steps[name]
            if any(need not in layers for need in self.root(step.build)):
                outcome.skipped.add(name)
                continue
            known = self.known(name, layers)
            if known is not None:
                layers[name] = known
                continue
            outcome.started.add(name)
            if step.fails:
                outcome.failed.add(name)
                continue
            layers[name] = self.built(name, layers)
        return outcome, layers

    def content(self, targets: Iterable[str], layers: dict[str, Layer]) -> dict[str, str]:
        return merged(layers[name] for name in self.root(targets))


def merged(layers: Iterable[Layer]) -> dict[str, str]:
    """Upper layers over lower ones."""
    seen: dict[str, str] = {}
    for layer in layers:
        for file, text in layer:
            if text is None:
                seen.pop(file, None)
            else:
                seen[file] = text
    return seen
