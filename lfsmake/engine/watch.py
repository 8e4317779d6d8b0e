"""Builds whenever a watched file changes. Knows files and quiet moments; the scheduler knows what a change stops."""

import os
import queue
import threading
import time
from collections.abc import Callable, Sequence

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from lfsmake.engine.build import make_run
from lfsmake.engine.key import all_resources
from lfsmake.engine.messages import Changed, Loaded
from lfsmake.engine.opened import Opened
from lfsmake.engine.plan import Planner
from lfsmake.model.errors import EXIT_INTERRUPTED, LfsmakeError
from lfsmake.model.events import Event, Note

QUIET = 0.2  # seconds without a change before one counts: an editor writes, renames and touches in a burst


def watched(session: Opened) -> tuple[set[str], set[str]]:
    """(files whose change counts, folders in which any recipe counts), absolute and real."""
    files = {os.path.realpath(path) for path in session.project.files}
    if session.config.path:
        files.add(os.path.realpath(session.config.path))
    for step in session.project.steps.values():
        for resource in all_resources(step):
            for origin in resource.origins:
                if origin.url.startswith("/"):
                    files.add(os.path.realpath(origin.url))
    folders = {os.path.realpath(path) for path in session.config.recipes if os.path.isdir(path)}
    return files, folders


class _Burst(FileSystemEventHandler):
    """Gathers changed paths and hands them on once it has been quiet for a moment."""

    def __init__(self, deliver: Callable[[tuple[str, ...]], None]) -> None:
        self._deliver = deliver
        self._lock = threading.Lock()
        self._paths: set[str] = set()
        self._timer: threading.Timer | None = None
        self.files: set[str] = set()
        self.folders: set[str] = set()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Editors that write a new file and rename it show up as a move onto the watched name."""
        if event.event_type in ("opened", "closed_no_write"):
            return
        paths = {os.path.abspath(os.fsdecode(path)) for path in (event.src_path, event.dest_path) if path}
        counted = {path for path in paths if self._counts(path)}
        if not counted:
            return
        with self._lock:
            self._paths |= counted
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(QUIET, self._fire)
            self._timer.daemon = True
            self._timer.start()

    def _counts(self, path: str) -> bool:
        if path in self.files or os.path.dirname(path) in self.files:  # a folder counts where a pattern looks into it
            return True
        hidden = os.path.basename(path).startswith(".")
        return path.endswith(".lfs") and not hidden and os.path.dirname(path) in self.folders

    def _fire(self) -> None:
        with self._lock:
            paths, self._paths = tuple(sorted(self._paths)), set()
        if paths:
            self._deliver(paths)

    def stop(self) -> None:
        """Hands nothing on any more."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()


class Watch:
    """One `lfsmake -w`: an observer, and a run for every burst of changes."""

    def __init__(self, session: Opened, targets: Sequence[str], listeners: Sequence[Callable[[Event], None]]) -> None:
        self.session = session
        self.targets = tuple(targets)
        self.listeners = listeners
        self._changes: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
        self._deliver: Callable[[tuple[str, ...]], None] = self._changes.put
        self._burst = _Burst(self._hand_on)
        self._observer = Observer()
        self._watching: set[str] = set()

    def run(self, *, jobs: int | None, on_failure: str) -> int:
        """Until Ctrl-C."""
        self._watch_again()
        self._observer.start()
        try:
            while True:
                if self._build(jobs, on_failure) == EXIT_INTERRUPTED:
                    return EXIT_INTERRUPTED
                self._say(f"watching {len(self._burst.files)} files; Ctrl-C ends it")
                while True:
                    paths = self._changes.get()
                    self._say(f"changed: {', '.join(_short(path) for path in paths)}")
                    if self._adopt():
                        break
        except KeyboardInterrupt:
            return EXIT_INTERRUPTED
        finally:
            self._burst.stop()
            self._observer.stop()
            self._observer.join()

    def _build(self, jobs: int | None, on_failure: str) -> int:
        run = make_run(
            self.session,
            self.session.targets(self.targets),
            jobs=jobs,
            on_failure=on_failure,
            listeners=self.listeners,
            reload=self._reload,
        )
        # While it runs, a change goes to the scheduler, which stops only the steps whose key it changed.
        self._deliver = lambda paths: run.post(Changed(paths))
        try:
            return run.run()
        except LfsmakeError as error:
            for problem in error.problems:
                self._say(problem.message, level="warning")
            return error.exit_code
        finally:
            self._deliver = self._changes.put
            for message in run.unread():  # a change that came when the loop had just ended
                if isinstance(message, Changed):
                    self._changes.put(message.paths)
            self.session.lock.save()

    def _reload(self, paths: tuple[str, ...]) -> Loaded | None:
        self._say(f"changed: {', '.join(_short(path) for path in paths)}")
        if not self._adopt():
            return None
        session = self.session
        return session.graph, session.inputs, Planner(session.graph, session.inputs, session.store)

    def _adopt(self) -> bool:
        """Reads the recipes anew. While they are wrong, what was right before stays."""
        try:
            before = self.session.config, self.session.project
            self.session.adopt(*self.session.reload())
            try:
                self.session.graph.closure(self.session.steps_of(self.targets))
            except LfsmakeError:
                self.session.adopt(*before)
                raise
        except LfsmakeError as error:
            for problem in error.problems:
                place = f"{problem.span.file}:{problem.span.line}:{problem.span.column}: " if problem.span else ""
                hint = f" ({problem.hint})" if problem.hint else ""
                self._say(f"{place}error: {problem.message}{hint}", level="warning")
            return False
        self._watch_again()
        return True

    def _watch_again(self) -> None:
        """Folders are watched, not files: a file that is replaced by a rename stays watched."""
        self._burst.files, self._burst.folders = watched(self.session)
        folders = self._burst.folders | {os.path.dirname(path) for path in self._burst.files}
        for folder in sorted(folders - self._watching):
            if os.path.isdir(folder):
                self._observer.schedule(self._burst, folder, recursive=False)
                self._watching.add(folder)

    def _hand_on(self, paths: tuple[str, ...]) -> None:
        self._deliver(paths)

    def _say(self, text: str, *, level: str = "info") -> None:
        for listener in self.listeners:
            listener(Note(at=time.time(), text=text, level=level))


def _short(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def watch(
    session: Opened,
    targets: Sequence[str],
    *,
    jobs: int | None,
    on_failure: str,
    listeners: Sequence[Callable[[Event], None]],
) -> int:
    """Builds the targets now and after every change. Returns 130 when it is interrupted."""
    return Watch(session, targets, listeners).run(jobs=jobs, on_failure=on_failure)
