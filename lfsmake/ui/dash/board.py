"""The runs of a project as they are on disk, and those that somebody looks at, followed. Knows no HTTP.

Nothing is read unless somebody asks: each look of a browser reads on from the look before.
"""

import threading
import time
from collections import OrderedDict, deque

from lfsmake.engine.journal import is_live, runs_in
from lfsmake.engine.runs import RunHead, events_path, heads
from lfsmake.model.events import EVENTS_VERSION, Event, Machine, RunAdopted, RunDone, RunStarted
from lfsmake.ui.critical import critical_path
from lfsmake.ui.dash.commands import again_of, program_of
from lfsmake.ui.dash.follow import CHUNK, Tail
from lfsmake.ui.dash.layout import Layout, lay_out
from lfsmake.ui.dash.picture import DASH_VERSION, Changes, Eta, Fetching, Header, StepDetail, step_line
from lfsmake.ui.history import History
from lfsmake.ui.records import Counts, Link, MachineSample, RunRecord
from lfsmake.ui.view import RunView

_FOLLOWED = 4  # runs that are kept in memory
_FRESH = 0.2  # seconds within which several askers share one look at the file
_SAMPLES = 100  # of the machine, the newest, for pages that have all before
_LIST = 200  # notes, recoveries and so on that a page gets at once: the last ones


class _Marked(History):
    """A history that remembers at which revision each part changed last."""

    def __init__(self) -> None:
        super().__init__()
        self.revision = 0
        self.changed: dict[str, int] = {}  # step or kind of list → revision
        self.samples: deque[tuple[int, MachineSample]] = deque(maxlen=_SAMPLES)
        self.view = RunView()

    def apply(self, event: Event) -> None:
        """As History does."""
        super().apply(event)
        self.view.apply(event)
        self.revision += 1
        if isinstance(event, Machine):
            sample = MachineSample(*(getattr(event, name) for name in MachineSample.__struct_fields__))
            self.samples.append((self.revision, sample))
        step = getattr(event, "step", "")
        if step:
            self.changed[step] = self.revision
        if isinstance(event, (RunStarted, RunAdopted, RunDone)):
            self.changed.update(dict.fromkeys(self.steps, self.revision))
        self.changed[f" {type(event).__name__}"] = self.revision  # no step's name begins with a space

    def _tried_again(self, step: str) -> bool:
        """As History does: what was said of the failure changes."""
        if not super()._tried_again(step):
            return False
        self.changed[" StepFailed"] = self.revision + 1  # that of the event that is taken in now
        return True


class Followed:
    """A run that is followed. Its methods may be called from any thread."""

    def __init__(self, runs: str, run: str, store: str) -> None:
        self.run = run
        self._store = store
        self._runs = runs
        self._lock = threading.Lock()
        self._tail = Tail(events_path(runs, run))
        self._looked = -1.0
        self._live = False
        self._base = 0  # revisions of the file that was there before
        self._history = _Marked()
        self._layout: tuple[int, Layout] | None = None

    def look(self) -> None:
        """Reads what was added. The first look at a long file takes its time, and others wait for it."""
        with self._lock:
            if self._looked >= 0 and time.monotonic() - self._looked < _FRESH:
                return
            live = is_live(self._runs, self.run)
            while True:
                data = self._tail.read()
                if self._tail.restarted:
                    self._base += self._history.revision + 1
                    self._history, self._layout = _Marked(), None
                self._history.feed(data)
                if len(data) < CHUNK:
                    break
            if live != self._live:  # whatever seemed to run, was killed
                self._live = live
                history = self._history
                history.revision += 1
                history.changed.update(dict.fromkeys(history.steps, history.revision))
            self._looked = time.monotonic()

    @property
    def revision(self) -> int:
        """Rises with every change."""
        return self._base + self._history.revision

    @property
    def problem(self) -> str:
        """Why its events cannot be read now; "" if they can."""
        return self._tail.problem

    def changes(self, since: int = 0) -> Changes:
        """What changed after revision `since`; all of it for 0, and for one that is not of this file."""
        with self._lock:
            history = self._history
            after = since - self._base
            if not 0 < after <= history.revision:
                after = -1
            changed = history.changed

            def fresh(name: str) -> bool:
                return after < 0 or changed.get(f" {name}", 0) > after

            cut_off = self._cut_off()
            marked = history.steps if after < 0 else [name for name, at in changed.items() if at > after]
            names = [name for name in marked if name in history.steps]
            records = [history.steps[name].record(cut_off) for name in names]
            machine = history.machine.points()
            if after >= 0:
                machine = tuple(sample for at, sample in history.samples if at > after)
            return Changes(
                version=DASH_VERSION,
                since=0 if after < 0 else since,
                revision=self.revision,
                header=self._header(),
                steps=tuple(map(step_line, records)),
                machine=machine,
                failures=tuple(history.failures[-_LIST:]) if fresh("StepFailed") else None,
                recoveries=tuple(history.recoveries[-_LIST:]) if fresh("Recovery") else None,
                tests=tuple(history.tests[-_LIST:]) if fresh("TestsDone") else None,
                notes=tuple(history.notes[-_LIST:]) if fresh("Note") else None,
                critical=self._critical() if fresh("RunDone") else None,
            )

    def _critical(self) -> tuple[Link, ...]:
        history, cut_off = self._history, self._cut_off()
        steps = [step.record(cut_off) for step in history.steps.values()]
        fetches = [fetch.record() for fetch in history.fetches.values()]
        started = history.run.at if history.run is not None else history.last
        return critical_path(steps, fetches, started, time.time() if cut_off is None else cut_off)

    def _cut_off(self) -> float | None:
        return None if self._live and self._history.done is None else self._history.last

    def _header(self) -> Header:
        history, view, now = self._history, self._history.view, time.time()
        run, over = history.run, history.done
        live = self._live and over is None
        state = "running" if live else _ended(over)
        left = view.remaining(now) if live else None
        started = run.at if run is not None else history.last
        ended = over.at if over is not None else None if live else history.last
        return Header(
            run=self.run,
            state=state,
            targets=run.targets if run is not None else (),
            lfsmake=run.lfsmake if run is not None else "",
            jobs=run.jobs if run is not None else 0,
            started=started,
            ended=ended,
            exit_code=over.exit_code if over is not None else None,
            wall=(now if ended is None else ended) - started,
            sbu=view.sbu,
            done=len(view.finished),
            total=view.total,
            counts=self._counts(),
            eta=Eta(left.seconds, left.sure, left.least) if left is not None else None,
            fetching=tuple(Fetching(file, *sizes) for file, sizes in view.fetching.items()) if live else (),
            newer=run is not None and run.version > EVENTS_VERSION,
            damaged=history.damaged,
            unknown=history.unknown,
            problem=self._tail.problem,
            program=program_of(run, self._store),
            again=again_of(run, self._store),
            now=now,
        )

    def _counts(self) -> Counts:
        live = self._cut_off() is None
        states = {"flaky": 0}
        for step in self._history.steps.values():
            state = step.state if live or step.state != "running" else "cancelled"
            states[state.replace("-", "_")] = states.get(state.replace("-", "_"), 0) + 1
            states["flaky"] += step.flaky
        return Counts(total=len(self._history.steps), **states)

    def record(self) -> RunRecord:
        """The whole run, as `lfsmake report --json` prints it."""
        with self._lock:
            return self._history.record(live=self._live)

    def metrics(self) -> str:
        """The run in the text form of Prometheus."""
        from lfsmake.ui.prometheus import metrics_text

        with self._lock:
            return metrics_text(self._history, live=self._live)

    def layout(self) -> Layout:
        """The places of the steps in the picture of the graph."""
        with self._lock:
            steps = self._history.steps
            planned = max(self._history.changed.get(f" {kind.__name__}", 0) for kind in (RunStarted, RunAdopted))
            if self._layout is None or self._layout[0] != planned or len(self._layout[1].order) != len(steps):
                graph = {name: step.needs for name, step in steps.items()}
                self._layout = (planned, lay_out(graph if any(graph.values()) else {}, graph))
            return self._layout[1]

    def step(self, name: str) -> StepDetail | None:
        """Everything known of a step; None if the run has no such step."""
        with self._lock:
            history = self._history
            step = history.steps.get(name)
            if step is None:
                return None
            return StepDetail(
                record=step.record(self._cut_off()),
                users=tuple(other.name for other in history.steps.values() if name in other.needs),
                failures=tuple(event for event in history.failures if event.step == name),
                recoveries=tuple(event for event in history.recoveries if event.step == name),
                tests=tuple(event for event in history.tests if event.step == name),
                notes=tuple(event for event in history.notes if event.step == name),
            )

    def log_path(self, name: str) -> str:
        """The log of a step; "" if it has none. It is not to be trusted: whoever wrote the events has chosen it."""
        with self._lock:
            step = self._history.steps.get(name)
            return step.log if step is not None else ""


class Board:
    """All runs of a project. `store`: the one of a command line that names none. Used from any thread."""

    def __init__(self, runs: str, store: str = "") -> None:
        self.runs = runs
        self.store = store
        self._lock = threading.Lock()
        self._followed: OrderedDict[str, Followed] = OrderedDict()
        self._heads: dict[str, RunHead] = {}  # of runs that are over

    def newest(self) -> str:
        """The newest run that lives, else the newest; "" if there is none."""
        names = _names(self.runs)
        with self._lock:
            over = self._heads
        live = (name for name in names if name not in over and is_live(self.runs, name))
        return next(live, names[0] if names else "")

    def follow(self, name: str) -> Followed | None:
        """The run of that name, read up to now; None if there is none. `latest` is `newest()`.

        A run whose file went away stays as long as it is in memory.
        """
        run = self.newest() if name in ("", "latest") else name
        with self._lock:
            found = self._followed.get(run)
            if found is None:
                if run not in _names(self.runs):
                    return None
                found = self._followed[run] = Followed(self.runs, run, self.store)
                while len(self._followed) > _FOLLOWED:
                    self._followed.popitem(last=False)
            self._followed.move_to_end(run)
        found.look()
        return found

    def list(self) -> tuple[RunHead, ...]:
        """The runs, newest first."""
        names = _names(self.runs)
        with self._lock:
            known = {name: head for name, head in self._heads.items() if name in names}
        new = heads(self.runs, [name for name in names if name not in known])
        found = known | {head.run: head for head in new}
        with self._lock:
            self._heads = {name: head for name, head in found.items() if head.ended is not None}
        return tuple(found[name] for name in names if name in found)


def _names(runs: str) -> list[str]:
    try:
        return runs_in(runs)
    except OSError:
        return []


def _ended(done: RunDone | None) -> str:
    if done is None:
        return "killed"
    return {0: "done", 130: "interrupted"}.get(done.exit_code, "failed")
