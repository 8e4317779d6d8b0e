"""One run from end to end: its threads, its journal, its clean-up. Knows how; `schedule` decides what and when."""

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from msgspec import Struct

from lfsmake.engine.admission import disk_forecast
from lfsmake.engine.announce import started
from lfsmake.engine.ask import Ask, Asker
from lfsmake.engine.diagnosis import failure_of, failure_of_bug, failure_of_system
from lfsmake.engine.execute import Cancelled, Execution, Job, Running, StepFailure
from lfsmake.engine.graph import Graph
from lfsmake.engine.inputs import Inputs
from lfsmake.engine.jobserver import Jobserver
from lfsmake.engine.journal import Journal, forget_runs, new_run_id
from lfsmake.engine.key import key_parts
from lfsmake.engine.machine import Meter
from lfsmake.engine.messages import Ended, Fetched, Hooks, Interrupt, Loaded, Message
from lfsmake.engine.place import Work
from lfsmake.engine.plan import Planner
from lfsmake.engine.roots import check_conflicts
from lfsmake.engine.sample import Sampler
from lfsmake.engine.schedule import Scheduler
from lfsmake.engine.sweep import Sweeper
from lfsmake.model.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, LfsmakeError, SourceError
from lfsmake.model.events import Event, Failure, FetchFailed, Invocation, Note, RunDone
from lfsmake.model.plan import CacheKey, Plan, PlanStep
from lfsmake.model.step import Host, Resource, Step
from lfsmake.sandbox import Groups, delegated, remove_tree
from lfsmake.store.store import Store

DOWNLOADS = 4  # at once


class Settings(Struct, frozen=True):
    """How to run. `runs` is the folder of all runs; `epoch` is the time every file of a layer gets."""

    jobs: int
    keep_going: bool
    rebuild: tuple[str, ...]
    runs: str
    log_keep: int
    epoch: int
    log_size: int = 2_000_000_000  # bytes
    quota: int | None = None  # bytes that the store may take when it is collected
    invocation: Invocation = Invocation()


class Run:
    """Ties a scheduler to threads that execute steps and fetch sources."""

    def __init__(
        self,
        *,
        targets: Sequence[str],
        graph: Graph,
        inputs: Inputs,
        store: Store,
        settings: Settings,
        listeners: Sequence[Callable[[Event], None]],
        reload: Callable[[tuple[str, ...]], Loaded | None] | None = None,
        ask: Ask | None = None,
        admit: Callable[[Sequence[Step]], None] | None = None,
    ) -> None:
        self.id = new_run_id()
        self.targets = tuple(targets)
        self.graph = graph
        self.inputs = inputs
        self.store = store
        self.settings = settings
        self.listeners = list(listeners)
        self.reload = reload
        self.ask = ask
        self.admit = admit
        self.scheduler: Scheduler | None = None
        self.messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._cancelled = False
        self._interrupted = False
        self._fetchers = ThreadPoolExecutor(max_workers=DOWNLOADS, thread_name_prefix="fetch")
        self._sweeper = Sweeper(store)
        self._groups: Groups | None = None
        self._steps: list[threading.Thread] = []

    def run(self) -> int:
        """Builds what is stale. Returns the exit code; the last event says the same."""
        began = time.monotonic()
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.store.use())
            folder = self.store.new_work(".run")
            stack.callback(self._forget, folder)
            jobserver = stack.enter_context(Jobserver(f"{folder}/jobs", self.settings.jobs))
            asker = Asker(self.ask, self.messages.put)
            hooks = Hooks(
                self._launch, self._fetch, self._emit, self._log_path, lambda: self._sweeper.busy, self._collect,
                self._reload, asker.put if self.ask is not None else None,
            )
            scheduler = self.scheduler = Scheduler(
                targets=self.targets,
                graph=self.graph,
                inputs=self.inputs,
                planner=Planner(self.graph, self.inputs, self.store),
                store=self.store,
                jobserver=jobserver,
                messages=self.messages,
                hooks=hooks,
                keep_going=self.settings.keep_going,
                rebuild=self.settings.rebuild,
            )
            self.inputs.tools.check(self._hosts())
            if self.admit is not None:
                self.admit([self.graph.step(name) for name in scheduler.unfinished()])
            self.listeners.append(stack.enter_context(Journal(self.settings.runs, self.id)))
            plan = scheduler.start()
            jobs, invocation = self.settings.jobs, self.settings.invocation
            self._emit(started(plan, self.graph, scheduler.planner, run=self.id, jobs=jobs, invocation=invocation))
            self._forecast(plan)
            stack.enter_context(_on_signals(self._interrupt))
            self._sweeper.remove_dead()
            self._groups = delegated(f"lfsmake-{self.id}")
            if self._groups is not None:
                stack.callback(self._groups.close)
            meter = Meter(str(self.store.path), jobserver.used)
            stack.enter_context(Sampler(lambda: dict(scheduler.running()), self.messages.put, meter))
            stack.enter_context(asker)
            code = EXIT_INTERNAL
            try:
                code = scheduler.run()
            except LfsmakeError as error:  # the store's own: the disk is full, say
                code = error.exit_code
                raise
            finally:
                self._cancelled = True
                asker.close()  # before the last event: a question holds back what is shown
                for running in scheduler.running().values():  # left only by a bug or a listener that failed
                    running.cancel()
                self._fetchers.shutdown(wait=True, cancel_futures=True)
                for thread in self._steps:
                    thread.join()
                for warning in self._sweeper.close(lambda: self._interrupted):
                    self._emit(Note(at=time.time(), text=warning, level="warning"))
                if self._sweeper.busy:
                    left = "what the stopped steps have left in the store's work folder is removed by the next run"
                    self._emit(Note(at=time.time(), text=left))
                if self._interrupted:  # perhaps too late for the loop: whoever waits for its end wants to know
                    code = EXIT_INTERRUPTED
                totals = scheduler.totals
                self._emit(
                    RunDone(
                        at=time.time(), run=self.id, exit_code=code, built=totals.built,
                        unchanged=totals.unchanged, up_to_date=totals.up_to_date, failed=totals.failed,
                        skipped=totals.skipped, wall=time.monotonic() - began,
                    )
                )  # fmt: skip
                if self._steps:
                    self.store.mark_used(scheduler.layers.values())
        forget_runs(self.settings.runs, self.settings.log_keep)
        self._rotate_logs()
        return code

    def _rotate_logs(self) -> None:
        """Keeps logs within their bounds, if this run wrote any and no other one is writing some."""
        if not self._steps:
            return
        from lfsmake.store.logs import rotate

        with contextlib.suppress(LfsmakeError), self.store.exclusive():
            kept = {log for _, _, _, log in self.store.trace_index()}
            bounds = self.settings
            rotate(str(self.store.path), runs=bounds.log_keep, size=bounds.log_size, newest=self.id, kept=kept)

    def _interrupt(self) -> None:
        """A signal came: the loop reads of it where nothing is half done. May interrupt any line of the main thread."""
        self._interrupted = True
        self.messages.put(Interrupt())

    def post(self, message: Message) -> None:
        """Tells the loop something, from any thread; what comes too late for it is in `unread`."""
        self.messages.put(message)

    def unread(self) -> Iterator[Message]:
        """What was posted after the loop ended."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self.messages.get_nowait()

    def _hosts(self) -> tuple[Host, ...]:
        """The host declarations of every step that may be built."""
        assert self.scheduler is not None  # noqa: S101 - set before this is called
        names: dict[str, None] = {}
        for name in self.scheduler.unfinished():
            step = self.scheduler.graph.step(name)
            if step.context == "host":
                names.update(dict.fromkeys(step.hosts))
        return tuple(self.graph.project.hosts[name] for name in names)

    def _emit(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)

    def _log_path(self, step: str) -> str:
        return str(self.store.log_path(self.id, step))

    def _reload(self, paths: tuple[str, ...]) -> Loaded | None:
        return self.reload(paths) if self.reload is not None else None

    # --- sources ------------------------------------------------------------------------------------------------

    def _fetch(self, resource: Resource) -> None:
        self._fetchers.submit(self._fetch_one, resource)

    def _fetch_one(self, resource: Resource) -> None:
        from lfsmake.sources.fetch import ensure  # what speaks to servers: most runs have every source

        assert self.scheduler is not None  # noqa: S101 - the scheduler asked for it
        post = self.messages.put
        inputs = self.scheduler.inputs
        try:
            found = ensure(
                resource,
                self.store,
                inputs.lock,
                inputs.policy,
                emit=post,
                cancelled=lambda: self._cancelled,
            )
        except Exception as error:
            if not self._cancelled:
                post(FetchFailed(at=time.time(), file=resource.filename))
            known = isinstance(error, LfsmakeError)
            failure = failure_of(error, "", "", "") if known else failure_of_bug("", error)  # type: ignore[arg-type]
            post(Fetched(resource, failure=failure))
        else:
            post(Fetched(resource, known=found))

    # --- steps --------------------------------------------------------------------------------------------------

    def _collect(self, keys: Sequence[str]) -> int:
        """Removes what neither these keys nor any recipe's newest build needs, then, down to the quota, what no
        recipe of the project needs. Returns the bytes that this freed."""
        from lfsmake.engine.keep import policy_within
        from lfsmake.store.collect import Policy, collect

        assert self.scheduler is not None  # noqa: S101 - it asked for this
        bounds = self.settings
        freed = 0
        with contextlib.suppress(LfsmakeError):  # another lfsmake uses the store
            freed += collect(self.store, Policy(roots=tuple(keys), logs=bounds.log_keep), remove_tree).size
            if bounds.quota is not None:
                graph, inputs = self.scheduler.graph, self.scheduler.inputs
                policy = policy_within(bounds.quota, graph, inputs, self.store, roots=keys, logs=bounds.log_keep)
                freed += collect(self.store, policy, remove_tree).size
        return freed

    def _forecast(self, plan: Plan) -> None:
        """Warns of a disk that is too small before the first step starts."""
        steps = [self.graph.step(step.name) for step in plan.steps if step.state != "up-to-date"]
        warning = disk_forecast(steps, self.store.layer_sizes(), str(self.store.path), self.settings.jobs)
        if warning:
            self._emit(Note(at=time.time(), text=warning, level="warning"))

    def _forget(self, folder: Path) -> None:
        """Removes a work folder of ours now."""
        remove_tree(folder)
        self.store.release_work(folder)

    def _launch(
        self, name: str, judged: PlanStep, key: CacheKey, layers: Mapping[str, str], running: Running, log: str
    ) -> None:
        assert self.scheduler is not None  # noqa: S101 - the scheduler asked for it
        job = self._job(name, judged, key, layers, log)
        thread = threading.Thread(target=self._step, args=(job, running), name=f"step {name}")
        self._steps = [other for other in self._steps if other.is_alive()]
        self._steps.append(thread)
        thread.start()

    def _job(self, name: str, judged: PlanStep, key: CacheKey, layers: Mapping[str, str], log: str) -> Job:
        assert self.scheduler is not None  # noqa: S101 - the scheduler asked for it
        graph, inputs = self.scheduler.graph, self.scheduler.inputs
        step = graph.step(name)
        archives = inputs.archives(step)
        return Job(
            step=step,
            key=judged.key,
            parts=key_parts(key),
            root=tuple((need, layers[need]) for need in graph.root_of(name)),
            archives=archives,
            fixups=dict(inputs.fixups(step)),
            covers=inputs.tools.binds(inputs.hosts(step)),
            run=self.id,
            log=log,
            epoch=self.settings.epoch,
            forced=any(reason.kind == "forced" for reason in judged.reasons),
        )

    def _step(self, job: Job, running: Running) -> None:
        """A step's thread: whatever happens in here, one Ended message leaves it."""
        assert self.scheduler is not None  # noqa: S101 - the scheduler asked for it
        name = job.step.name
        post = self.messages.put
        ended = Ended(name, running)
        try:
            ended = self._execute(job, running, post)
        except Cancelled:
            pass
        except StepFailure as stop:
            ended = Ended(name, running, failure=stop.failure)
        except LfsmakeError as error:
            ended = Ended(name, running, failure=failure_of(error, name, job.log, ""))
        except OSError as error:
            ended = Ended(name, running, failure=failure_of_system(name, error, job.log))
        except Exception as error:
            ended = Ended(name, running, failure=failure_of_bug(name, error))
        finally:
            post(ended)

    def _execute(self, job: Job, running: Running, post: Callable[[Event], None]) -> Ended:
        assert self.scheduler is not None  # noqa: S101 - the scheduler asked for it
        name = job.step.name

        def waits() -> None:
            text = f"{name} is being built elsewhere: waiting for it"
            post(Note(at=time.time(), text=text, step=name))

        with self.store.lock_step(job.key, on_wait=waits, cancelled=lambda: running.cancelled):
            if running.cancelled:
                raise Cancelled
            if not job.forced:
                found = self.store.traces([job.key]).get(job.key)
                wanted = found is not None and (not job.check or found.check == job.check)
                if found is not None and wanted and self.store.layer_path(found.layer).is_dir():
                    return Ended(name, running, trace=found, outcome="up-to-date")
            check_conflicts(self.scheduler.graph, self.store, name, job.root)
            self._check_sources(job)
            folder = self.store.new_work(name)
            work = Work(str(folder))
            try:
                trace = Execution(
                    job, self.store, work, self.scheduler.jobserver, running, post, self._groups
                ).execute()
                before = self.store.last_trace(name)
                # Under the lock: who waits for it must find the trace. With no room for it the step has failed.
                self.store.record(trace)
            except StepFailure as stop:
                if not stop.failure.work:  # it filled the disk: the next step must find room
                    self._forget(folder)
                    raise
                raise StepFailure(self._keep(folder, name, stop.failure)) from None
            except BaseException:
                self._sweeper.remove(folder)
                raise
            same = before is not None and before.layer == trace.layer
            self._sweeper.remove(folder)
            return Ended(name, running, trace=trace, outcome="unchanged" if same else "built")

    def _check_sources(self, job: Job) -> None:
        """Sources in the store are called by their digest: what became damaged there is not used."""
        sources = self.store.path / "sources"
        for path, name in job.archives:
            if Path(path).parent == sources and self.store.file_sha256(Path(path)) != Path(path).name:
                raise SourceError(
                    f"{name} is damaged in the store: {path}",
                    span=job.step.span,
                    hint=f"remove it, it is fetched again: rm {path}",
                )

    def _keep(self, folder: Path, name: str, failure: Failure) -> Failure:
        """A failed step's folders stay, in place of those of its last failure."""
        from msgspec.structs import replace

        kept = self.store.keep_failed(folder, name)
        if kept.old is not None:
            self._sweeper.remove(kept.old)
        return replace(failure, work=str(kept.path))


@contextlib.contextmanager
def _on_signals(act: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C, a polite kill and a terminal that goes away do `act`, as often as they come; unless they are ignored,
    as under nohup."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        act()

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    heard = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])
