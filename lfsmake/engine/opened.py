"""A project opened: recipes, store and lock together, and every question they answer. Starts nothing."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lfsmake.engine.explain import Explanation, explain
from lfsmake.engine.graph import Graph
from lfsmake.engine.inputs import Inputs
from lfsmake.engine.key import all_resources
from lfsmake.engine.plan import Planner
from lfsmake.engine.status import Status, status
from lfsmake.lang.config import Config, books, find_config, load_config
from lfsmake.lang.resolved import kept_or_resolved
from lfsmake.lang.shipped import shipped
from lfsmake.model.errors import UsageError
from lfsmake.model.plan import Plan
from lfsmake.model.step import Project, Step
from lfsmake.sources.lock import LockFile
from lfsmake.store.place import cache_folder
from lfsmake.store.store import Store

if TYPE_CHECKING:
    from lfsmake.store.collect import Policy


class Request(Struct, frozen=True, kw_only=True):
    """What the command line asks for.

    `directory` is absolute. `files`: absolute recipe files or folders in place of the project's.
    """

    directory: str
    files: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    store: str | None = None


class Evidence(Struct, frozen=True):
    """What an answer depended on: files and folders as they are, and paths that must stay absent."""

    files: tuple[str, ...]
    absent: tuple[str, ...]


def newest_book() -> Path:
    """The folder of the shipped recipes of the newest book."""
    return list(books().values())[-1]


def read_configuration(request: Request) -> tuple[Config, tuple[str, ...]]:
    """(the configuration that applies, paths whose appearance would change that)."""
    if request.files:
        first = Path(request.files[0])
        below = os.path.isdir(first)  # which is no for what cannot be looked at; reading it says why
        own = first / "lfsmake.toml" if below else first.parent / "lfsmake.toml"
        if below and os.path.isfile(own):
            return replace(load_config(own), recipes=request.files), ()
        root = str(first if below else first.parent)
        return Config(root=root, path="", recipes=request.files), (str(own),) if below else ()
    start = Path(request.directory)
    found = find_config(start)
    if found is not None:
        between = [folder for folder in (start, *start.parents) if folder.is_relative_to(found.parent)]
        return load_config(found), tuple(str(folder / "lfsmake.toml") for folder in between if folder != found.parent)
    absent = tuple(str(folder / "lfsmake.toml") for folder in (start, *start.parents))
    return load_config(newest_book() / "lfsmake.toml"), absent


def load(config: Config, options: Sequence[tuple[str, str]]) -> Project:
    """The recipes of the configuration, resolved."""
    cache, given = Path(cache_folder(os.environ)), dict(options)
    return kept_or_resolved(
        config, given, cache / "projects", lambda: _resolve(config, given, cache / "nodes")
    )


def _resolve(config: Config, options: dict[str, str], cache: Path) -> Project:
    from lfsmake.lang.load import load_configured

    return load_configured(config, options, cache_dir=cache)


def _own(config: Config) -> bool:
    """Whether the configuration is a project's own, in whose folder we may write."""
    return bool(config.path) and not Path(config.path).is_relative_to(shipped("recipes"))


def lock_path(config: Config, store: Path) -> Path:
    """Where the lock file is: in the project's own folder, or, where that is not ours, in the store."""
    return Path(config.root if _own(config) else store) / "sources.lock"


def runs_folder(config: Config, store: str) -> str:
    """The folder of the runs that are kept: in the project's own folder, or, where that is not ours, in the store."""
    return f"{config.root}/.lfsmake/runs" if _own(config) else f"{store}/runs"


class Opened:
    """The opened project. Use it from one thread, close it at the end."""

    def __init__(
        self, request: Request, config: Config, project: Project, store: Store, absent: tuple[str, ...]
    ) -> None:
        self.request = request
        self.store = store
        self.admit: Callable[[Sequence[Step]], None] | None = None  # looks at steps before a run and may refuse it
        self._absent = absent
        self.lock = LockFile.load(lock_path(config, store.path))
        self.runs = runs_folder(config, str(store.path))
        self.adopt(config, project)

    def adopt(self, config: Config, project: Project) -> None:
        """Takes this configuration and these recipes in place of the ones so far."""
        self.config = config
        self.project = project
        self.graph = Graph(project)
        self.inputs = Inputs(project, self.store, self.lock, "strict")

    def reload(self) -> tuple[Config, Project]:
        """The configuration and the recipes as they are on disk now; does not adopt them. Raises RecipeErrors."""
        config, self._absent = read_configuration(self.request)
        return config, load(config, self.request.options)

    def close(self) -> None:
        """Writes what is still to be written."""
        self.store.close()

    # --- questions ----------------------------------------------------------------------------------------------

    def default_targets(self) -> tuple[str, ...]:
        """What is built when no target is named: the configuration's, else every step."""
        return self.project.default or tuple(self.project.steps)

    def targets(self, targets: Sequence[str]) -> tuple[str, ...]:
        """The targets, or the default ones; UsageError if one does not exist."""
        chosen = tuple(targets) or self.default_targets()
        if not chosen:
            raise UsageError("the recipes declare nothing to build", hint="declare a package or a script")
        self.graph.expand(chosen)
        return chosen

    def steps_of(self, targets: Sequence[str]) -> tuple[str, ...]:
        """The steps the targets stand for, groups expanded."""
        return self.graph.expand(self.targets(targets))

    def plan(self, targets: Sequence[str] = (), *, rebuild: Sequence[str] = ()) -> Plan:
        """What a build of the targets would do now."""
        wanted = tuple(dict.fromkeys((*self.targets(targets), *rebuild)))
        return Planner(self.graph, self.inputs, self.store).plan(wanted, rebuild=rebuild)

    def explain(self, target: str) -> Explanation:
        """Why the target's steps are stale."""
        planner = Planner(self.graph, self.inputs, self.store)
        return explain(self.graph, planner, target, planner.plan([target]))

    def why(self, above: str, below: str) -> tuple[tuple[str, str, str], ...]:
        """The shortest chain of (step, scope, needed step) from one step down to another; () without one."""
        chains = (
            self.graph.chain(a, b) for a in self.graph.expand([above]) for b in self.graph.expand([below]) if a != b
        )
        return min((chain for chain in chains if chain), key=len, default=())

    def status(self) -> Status:
        """The newest run, and the default targets' plan in numbers."""
        return status(self.runs, str(self.store.path), self.plan())

    def host_of(self, step: str) -> dict[str, str]:
        """What each tool of the host that the step uses says of its version; {} in a context that sees no host."""
        found = self.graph.step(step)
        return dict(self.inputs.tools.fingerprint(self.inputs.hosts(found)))

    def log_path(self, step: str) -> Path:
        """The newest log of the step."""
        (name,) = self._one_step(step)
        logs = sorted((self.store.path / "logs").glob(f"*/{name}.log"), key=lambda path: path.parent.name)
        if not logs:
            raise UsageError(f"{name} has no log", hint=f"it was never built with this store: `lfsmake {name}`")
        return logs[-1]

    def policy_within(self, quota: int) -> "Policy":
        """What a collection within so many bytes keeps: all that this project's recipes need."""
        from lfsmake.engine.keep import policy_within

        return policy_within(quota, self.graph, self.inputs, self.store, logs=self.config.log_keep)

    def _one_step(self, target: str) -> tuple[str]:
        steps = self.graph.expand([target])
        if len(steps) != 1:
            hint = f"name one of its steps: {' '.join(steps)}"
            raise UsageError(f"{target} is a group of {len(steps)} steps", expected="one step", hint=hint)
        return (steps[0],)

    def evidence(self) -> Evidence:
        """What "nothing to do" depends on, to be certified after such a run."""
        files = dict.fromkeys(self.project.files)
        if self.config.path:
            files[self.config.path] = None
        files.update(dict.fromkeys(path for path in self.config.recipes if os.path.isdir(path)))
        for step in self.project.steps.values():
            for resource in all_resources(step):
                found = self.inputs.known(resource)
                if found is not None and found.path and not found.path.startswith(f"{self.store.path}/"):
                    files[found.path] = None
        files.update(dict.fromkeys(self.inputs.tools.files(self.project.hosts.values())))
        absent = list(self._absent)
        lock = str(self.lock.path)
        if os.path.exists(lock):
            files[lock] = None
        else:
            absent.append(lock)
        store = self.store  # its database also keeps what concerns no trace: the generation's file changes for traces
        files.update(dict.fromkeys(map(str, (store.path / "VERSION", store.generation_path, store.path / "layers"))))
        return Evidence(tuple(files), tuple(absent))
