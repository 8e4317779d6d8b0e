"""Who needs whom: closures, depths, and the order of the layers in a root. Knows no keys and no store."""

from collections import deque
from collections.abc import Collection, Iterable, Sequence

from lfsmake.model.errors import RecipeError, UsageError
from lfsmake.model.step import Project, Step


class Graph:
    """The steps of a project as a graph without cycles (resolution has refused those).

    A step's *needs* are every step that must be there before it starts; its *root* is the steps whose layers it sees.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._needs: dict[str, tuple[str, ...]] = {}
        self._root_of: dict[str, tuple[str, ...]] = {}
        self._depth: dict[str, int] = {}
        self._run_closure: dict[str, frozenset[str]] = {}
        self._below: dict[str, frozenset[str]] = {}
        self._closures: dict[tuple[str, ...], tuple[str, ...]] = {}  # of the few sets of targets that are asked for
        self._place = {name: place for place, name in enumerate(project.steps)}

    def step(self, name: str) -> Step:
        """The step of that name."""
        return self.project.steps[name]

    def expand(self, targets: Iterable[str]) -> tuple[str, ...]:
        """Targets to steps, groups expanded, each once, in order. UsageError for a name that is neither."""
        steps: dict[str, None] = {}
        for target in targets:
            if target in self.project.steps:
                steps[target] = None
            elif target in self.project.groups:
                steps.update(dict.fromkeys(self.project.groups[target].members))
            else:
                raise self._unknown(target)
        return tuple(steps)

    def _unknown(self, target: str) -> UsageError:
        from lfsmake.lang.words import nearest

        near = nearest(target, [*self.project.steps, *self.project.groups])
        hint = f'did you mean "{near}"?' if near else "`lfsmake list` names every target"
        return UsageError(f'no target "{target}"', expected="a package, a script or a group", hint=hint)

    def needs(self, name: str) -> tuple[str, ...]:
        """Direct needs that must be built first: build needs, test needs if the check runs, and ordering."""
        known = self._needs.get(name)
        if known is None:
            step = self.project.steps[name]
            scopes = ("build", "test") if step.check else ("build",)
            known = tuple(dict.fromkeys([need.name for need in step.needs if need.scope in scopes]))
            self._needs[name] = known
        return known

    def run_needs(self, name: str) -> tuple[str, ...]:
        """Direct run needs."""
        return tuple(dict.fromkeys([n.name for n in self.project.steps[name].needs if n.scope == "run"]))

    def run_closure(self, name: str) -> frozenset[str]:
        """The step and everything it needs at run time, directly or not."""
        known = self._run_closure.get(name)
        if known is not None:
            return known
        seen = {name}
        todo = [name]
        while todo:
            for need in self.run_needs(todo.pop()):
                if need not in seen:
                    seen.add(need)
                    todo.append(need)
        self._run_closure[name] = result = frozenset(seen)
        return result

    def depth(self, name: str) -> int:
        """The longest chain of needs below the step: a topological order that unrelated steps cannot change."""
        known = self._depth.get(name)
        if known is not None:
            return known
        stack = [name]
        while stack:
            top = stack[-1]
            if top in self._depth:
                stack.pop()
                continue
            edges = {need.name for need in self.project.steps[top].needs}
            missing = [edge for edge in edges if edge not in self._depth]
            if missing:
                stack += missing
            else:
                self._depth[top] = 1 + max((self._depth[edge] for edge in edges), default=-1)
                stack.pop()
        return self._depth[name]

    def root(self, names: Iterable[str]) -> tuple[str, ...]:
        """The steps whose layers make a root for these: with the run closure of each, lowest layer first."""
        members: set[str] = set()
        for name in names:
            members |= self.run_closure(name)
        return tuple([name for _, name in sorted([(self.depth(name), name) for name in members])])

    def root_of(self, name: str) -> tuple[str, ...]:
        """The steps whose layers the step sees when it is built."""
        known = self._root_of.get(name)
        if known is None:
            known = self._root_of[name] = self.root(self.needs(name))
        return known

    def waits_for(self, name: str) -> tuple[str, ...]:
        """Every step that must be done before this one can start: its root, and order without layers."""
        root, after = self.root_of(name), self.project.steps[name].after
        return tuple(dict.fromkeys((*root, *after))) if after else root

    def closure(self, steps: Iterable[str]) -> tuple[str, ...]:
        """The steps, everything they wait for and everything they need at run time, in an order that can be built."""
        wanted = tuple(dict.fromkeys(steps))
        known = self._closures.get(wanted)
        if known is not None:
            return known
        seen = set(wanted)
        todo = deque(wanted)
        edges: dict[str, list[str]] = {}
        while todo:
            name = todo.popleft()
            step = self.project.steps[name]
            direct = [*self.needs(name), *self.run_needs(name)]
            edges[name] = direct
            for need in direct:
                if need not in seen:
                    seen.add(need)
                    todo.append(need)
            # `before` orders what is wanted anyway; it does not pull a step in.
            edges[name] = [*direct, *step.after]
        self._refuse_conflicts(seen)
        self._closures[wanted] = order = _topological(sorted(seen, key=self._place.__getitem__), edges)
        return order

    def _refuse_conflicts(self, names: Collection[str]) -> None:
        """RecipeError if one of the steps says that it cannot be together with another of them."""
        for name in names:
            for other in self.project.steps[name].conflicts:
                if other in names:
                    raise RecipeError(
                        f"{name} conflicts with {other}, and both are needed",
                        span=self.project.steps[name].span,
                        hint=f"`lfsmake why TARGET {other}` shows what needs it",
                    )

    def below(self, name: str) -> frozenset[str]:
        """Everything the step needs in any way, directly or not, without itself."""
        known = self._below.get(name)
        if known is not None:
            return known
        seen: set[str] = set()
        todo = [name]
        while todo:
            for need in self.project.steps[todo.pop()].needs:
                if need.name not in seen:
                    seen.add(need.name)
                    todo.append(need.name)
        self._below[name] = result = frozenset(seen)
        return result

    def chain(self, above: str, below: str) -> tuple[tuple[str, str, str], ...]:
        """The shortest chain of (step, scope, needed step) from `above` down to `below`; empty if there is none."""
        came: dict[str, tuple[str, str]] = {above: ("", "")}
        todo = deque([above])
        while todo:
            name = todo.popleft()
            if name == below:
                break
            for need in self.project.steps[name].needs:
                if need.name not in came:
                    came[need.name] = (name, need.scope)
                    todo.append(need.name)
        if below not in came or above == below:
            return ()
        links: list[tuple[str, str, str]] = []
        while below != above:
            parent, scope = came[below]
            links.append((parent, scope, below))
            below = parent
        return tuple(reversed(links))


def _topological(names: Sequence[str], edges: dict[str, list[str]]) -> tuple[str, ...]:
    """Depth first, without recursion: needs before the steps that need them, otherwise in the order given."""
    order: dict[str, None] = {}
    inside = set(names)
    state: set[str] = set()
    for start in names:
        stack = [start]
        while stack:
            top = stack[-1]
            if top in order:
                stack.pop()
                continue
            missing = [e for e in edges[top] if e in inside and e not in order and e not in state]
            if missing and top not in state:
                state.add(top)
                stack += reversed(missing)
            else:
                order[top] = None
                stack.pop()
    return tuple(order)
