"""Runs one step: unpack, phases, capture, check. Knows one step and its folders; nothing of the others or the plan.

execute():
    lay out the work folder
    unpack and patch the sources
    for each phase: run it in the sandbox
    capture the upper folder as a layer
    run the check, if any, in a copy of the root
"""

import contextlib
import os
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from lfsmake.engine.capture import capture, verify
from lfsmake.engine.diagnosis import NOTHING_INSTALLED, PhaseEnd, failed_phase, nothing_installed, timed_out, went_on
from lfsmake.engine.joblog import Log
from lfsmake.engine.jobserver import Jobserver, makeflags
from lfsmake.engine.key import Parts, all_resources, check_digest, facts_used
from lfsmake.engine.phase import Stop, failed_commands, read_cwd, write_phase
from lfsmake.engine.place import CONTROL, VOLATILE, Work, sources_of, step_spec
from lfsmake.engine.roots import lowers_of
from lfsmake.engine.spent import PhaseAccount, Spent
from lfsmake.engine.unpack import folder_of, is_archive, unpack_bodies
from lfsmake.engine.went_on import WENT_ON, broken_by
from lfsmake.model.events import Event, Failure, Note, PhaseDone, PhaseStarted
from lfsmake.model.plan import Trace
from lfsmake.model.step import LFS, Body, File, ScriptFile, Step
from lfsmake.sandbox import Exit, Groups, Process, remove_tree, start
from lfsmake.store.store import Store


class Job(Struct, frozen=True):
    """One step, ready to run.

    `root`: (step, layer digest), lowest first. `archives`: (file, name in the sources folder). `fixups`: file name →
    fix-up of the origin used. `covers`: (host file, host file it is shown in place of). `log`: absolute.
    """

    step: Step
    key: str
    parts: Parts
    root: tuple[tuple[str, str], ...]
    archives: tuple[tuple[str, str], ...]
    fixups: dict[str, Body]
    covers: tuple[tuple[str, str], ...]
    run: str
    log: str
    epoch: int
    forced: bool

    @property
    def check(self) -> str:
        """The digest of the check that must have passed, "" for none."""
        return check_digest(self.step)


class Cancelled(Exception):  # noqa: N818 - not an error: somebody asked for it
    """The step was stopped from outside."""


class StepFailure(Exception):  # noqa: N818 - carries a Failure; the scheduler decides what becomes of it
    """The step failed; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Running:
    """A step while it runs: what there is to stop it by and to sample it by. Shared with the scheduler's thread."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs  # at most, of the jobserver's
        self.group = ""  # the control group of the phase that runs, if it has one
        self.cancelled = False
        self.process: Process | None = None
        self.phase = ""
        self.rss = 0  # largest sum over the processes, seen by the sampler
        self.phase_rss = 0  # the same, of the phase that runs
        self.read = 0  # bytes from and to disks, of the phases that ended
        self.written = 0

    def begins(self, phase: str, group: str) -> None:
        """A phase begins, in a control group or in none."""
        self.phase, self.phase_rss, self.group = phase, 0, group

    def saw(self, rss: int) -> None:
        """This much memory was in use at some moment."""
        self.rss = max(self.rss, rss)
        self.phase_rss = max(self.phase_rss, rss)

    def cancel(self) -> None:
        """Stops the step: its processes die, `execute` raises Cancelled."""
        self.cancelled = True
        process = self.process
        if process is not None:
            process.kill()

    @contextlib.contextmanager
    def holds(self, process: Process) -> Iterator[None]:
        """The process is what the step now consists of."""
        self.process = process
        if self.cancelled:
            process.kill()
        try:
            yield
        finally:
            self.process = None


class Execution:
    """One step being executed, from an empty work folder to a trace."""

    def __init__(
        self,
        job: Job,
        store: Store,
        work: Work,
        jobserver: Jobserver,
        running: Running,
        emit: Callable[[Event], None],
        groups: Groups | None = None,
    ) -> None:
        self.job = job
        self.step = job.step
        self.store = store
        self.work = work
        self.jobserver = jobserver
        self.groups = groups
        self.running = running
        self.emit = emit
        self.cpu = 0.0
        self.wall = time.monotonic()
        self.lowers = lowers_of(store, [layer for _, layer in job.root])
        self.archives = job.archives
        self.facts = facts_used(job.step, [body.text for body in job.fixups.values()])

    def execute(self) -> Trace:
        """The whole step. Raises StepFailure, Cancelled, or an LfsmakeError of the machine."""
        self.work.make(name for _, name in self.job.archives)
        os.makedirs(os.path.dirname(self.job.log), exist_ok=True)
        with Log(self.job.log) as log:
            top = self._unpack(log)
            self._phases(top, log)
            layer, size = self._capture()
            checked = self._check(top, layer, log)
        return Trace(
            key=self.job.key,
            step=self.step.name,
            layer=layer,
            check=checked,
            built=time.time(),
            wall=time.monotonic() - self.wall,
            cpu=self.cpu,
            rss=self.running.rss,
            size=size,
            log=os.path.relpath(self.job.log, self.store.path),
            parts=self.job.parts,
            run=self.job.run,
        )

    def _unpack(self, log: Log) -> str:
        """Makes the build folder; returns its path inside the sandbox."""
        sources = sources_of(self.step.context)
        if self.step.script is not None:
            return self._script(self.step.script, sources, log)
        folder = folder_of(self.step)
        if self.step.source is None and not self.step.unpacks and not self.step.patches:
            os.makedirs(f"{self.work.sources}/{folder}", exist_ok=True)  # a sandbox for that would take 40 ms
            return f"{sources}/{folder}"
        bodies = unpack_bodies(self.step, folder, self.job.fixups)
        self._run("unpack", bodies, sources, log, upper=self.work.scratch("unpack"))
        return f"{sources}/{folder}"

    def _script(self, script: ScriptFile, sources: str, log: Log) -> str:
        """Lays out what the step's script finds, which unpacks its sources itself; returns where it starts."""
        from lfsmake.engine.scripts import place_scripts, repacked, script_bodies, take_repacked

        place_scripts(script, self.work, self.step.span)
        names = repacked(self.step, self.job.fixups)
        bodies = script_bodies(self.step, self.job.fixups)
        if bodies:
            self._run("unpack", bodies, sources, log, upper=self.work.scratch("unpack"))
            take_repacked(self.step, self.job.fixups, self.work)
            self.archives = tuple(pair for pair in self.archives if pair[1] not in names)
        return sources

    def _phases(self, top: str, log: Log) -> None:
        cwd = top
        at_top = True
        for phase in self.step.phases:
            if phase.name == "check":
                continue
            if at_top and phase.name != "prepare":
                cwd = self._enter_workdir(top, cwd)
                at_top = False
            bodies = phase.bodies
            if phase.name == "install" and self.step.files:
                bodies = (*self._files(), *bodies)
            cwd = self._run(phase.name, bodies, cwd, log)
        if self.step.files and not any(phase.name == "install" for phase in self.step.phases):
            self._run("install", self._files(), cwd, log)

    def _enter_workdir(self, top: str, cwd: str) -> str:
        """Prepare runs at the top of the build folder; from then on the phases start in the workdir."""
        return os.path.normpath(os.path.join(top, self.step.workdir)) if self.step.workdir else cwd

    def _files(self) -> tuple[Body, ...]:
        """The declared files, as shell that puts them in place: only in there do paths lead where they should."""
        lines = [self._install_line(number, file) for number, file in enumerate(self.step.files)]
        span = self.step.files[0].span
        return (Body("\n".join(lines), msgspec.structs.replace(span, column=0)),)

    def _install_line(self, number: int, file: File) -> str:
        prefix = LFS if self.step.context == "host" else ""
        return f"install -D -m {file.mode} {CONTROL}/file-{number} {shlex.quote(prefix + file.path)}"

    def _run(
        self,
        phase: str,
        bodies: Sequence[Body],
        cwd: str,
        log: Log,
        *,
        upper: Work | None = None,
        lowers: Sequence[str] | None = None,
    ) -> str:
        """One phase in one sandbox; returns the working directory it ended in."""
        if self.running.cancelled:
            raise Cancelled
        spending = PhaseAccount(self.groups, f"{self.step.name}.{phase}", self.step.limits.memory)
        self.running.begins(phase, spending.group)
        self.emit(PhaseStarted(at=time.time(), step=self.step.name, phase=phase))
        log.write(f"==> {self.step.name}: {phase}")
        control = self.work.new_control()
        facts = facts_used(self.step, check=True) if phase == "check" else self.facts
        argv = write_phase(control, self.step, bodies, cwd=cwd, facts=facts, files=self.step.files)
        with contextlib.closing(spending), self._jobs() as (flags, descriptors):
            spec = step_spec(
                self.step,
                self.work,
                control=control,
                lowers=self.lowers if lowers is None else lowers,
                argv=argv,
                cwd="/",
                env=(*self.step.env, ("MAKEFLAGS", flags)),
                archives=self.archives,
                covers=self.job.covers,
                upper=upper,
                pass_fds=descriptors,
            )._replace(cgroup=spending.group)
            with log.pipe() as pipe:
                process = start(spec, stdout=pipe.descriptor, stderr=pipe.descriptor)
                pipe.close()
                with self.running.holds(process):
                    done = self._wait(process, phase)
            spent = spending.spent(done, self.running.phase_rss)
        self._tell(phase, spent)
        if self.running.cancelled:
            raise Cancelled
        ended = PhaseEnd(phase, tuple(bodies), control, done, spent.oom_kills, self._most_jobs())
        if done.status != 0:
            raise StepFailure(failed_phase(self.step, ended, log=self.job.log, work=self.work.path))
        if phase == "install" and self.step.script is not None:
            stops = failed_commands(control, self.step.script)
            self._tell_ignored(stops, log)
            broken = broken_by(stops, self.step.script)
            if broken is not None and not self._allows(WENT_ON):
                raise StepFailure(went_on(self.step, ended, broken, log=self.job.log, work=self.work.path))
        return read_cwd(control, cwd)

    def _tell_ignored(self, stops: Sequence[Stop], log: Log) -> None:
        """Says which commands of the step's script failed without ending it: its exit status did not."""
        if not stops:
            return
        for stop in stops:
            log.write(f"lfsmake: failed, and the script went on: {stop.file}:{stop.line}: {stop.command}")
        more = f" (and {len(stops) - 1} more)" if len(stops) > 1 else ""
        first = f"{os.path.basename(stops[0].file)}:{stops[0].line}: {stops[0].command}"
        text = f"{self.step.name}: its script went on after a command failed: {first}{more}"
        self.emit(Note(at=time.time(), text=text, level="warning", step=self.step.name))

    def _tell(self, phase: str, spent: Spent) -> None:
        """Adds what a phase took, and tells it."""
        self.running.saw(spent.rss)  # a short phase ends before anybody looks at it
        self.cpu += spent.cpu
        self.running.read += spent.read
        self.running.written += spent.written
        self.emit(
            PhaseDone(
                at=time.time(), step=self.step.name, phase=phase, wall=spent.wall, cpu=spent.cpu, rss=spent.rss,
                read=spent.read, written=spent.written,
            )
        )  # fmt: skip

    @contextlib.contextmanager
    def _jobs(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """(MAKEFLAGS, descriptors to pass): the shared jobserver, or the step's own bound where it has one.

        A bound step has a make of its own, whose jobs are tokens taken before it starts: what is free now, up to the
        bound.
        """
        own = self._most_jobs()
        if own < self.jobserver.jobs:
            taken = 0
            try:
                while taken < own - 1 and self.jobserver.take():
                    taken += 1
                yield makeflags(1 + taken, None), ()
            finally:
                for _ in range(taken):
                    self.jobserver.give()
            return
        descriptors = self.jobserver.open_for_step()
        try:
            yield makeflags(self.jobserver.jobs, descriptors), descriptors
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _most_jobs(self) -> int:
        """How many jobs the step's make may run."""
        return min(self.step.limits.jobs or self.running.jobs, self.running.jobs)

    def _wait(self, process: Process, phase: str) -> Exit:
        limit = self.step.limits.time
        if limit is None:
            return process.wait()
        left = limit - (time.monotonic() - self.wall)
        try:
            return process.wait(timeout=max(left, 0.1))
        except TimeoutError:
            process.kill()
            process.wait()
            raise StepFailure(timed_out(self.step, phase, limit, log=self.job.log, work=self.work.path)) from None

    def _capture(self) -> tuple[str, int]:
        """The upper folder becomes a layer in the store; (digest, bytes)."""
        self.emit(PhaseStarted(at=time.time(), step=self.step.name, phase="capture"))
        began = time.monotonic()
        upper, manifest = Path(self.work.upper), Path(self.work.path, "manifest.jsonl")
        captured = capture(upper, manifest, self.job.epoch, VOLATILE, [Path(lower) for lower in self.lowers])
        if captured.files == 0 and self._should_install():
            raise StepFailure(nothing_installed(self.step, log=self.job.log, work=self.work.path))
        if self.job.forced:
            self._replace_damaged(captured.digest)
        self.store.add_layer(upper, captured)
        wall = time.monotonic() - began
        self.emit(PhaseDone(at=time.time(), step=self.step.name, phase="capture", wall=wall, cpu=0.0))
        return captured.digest, captured.size

    def _should_install(self) -> bool:
        """Whether an empty layer means that the step's script failed without saying so: it had sources to build."""
        return (
            self.step.script is not None
            and any(is_archive(resource.filename) for resource in all_resources(self.step))
            and not self._allows(NOTHING_INSTALLED)
        )

    def _allows(self, finding: str) -> bool:
        return any(meant.what == finding for meant in self.step.allows)

    def _replace_damaged(self, digest: str) -> None:
        """A layer of the store that is not what its name says makes room for the one just built."""
        layer = self.store.layer_path(digest)
        if layer.is_dir() and verify(layer, self.store.manifest_path(digest)).digest != digest:
            work = self.store.discard_layer(digest)
            remove_tree(work)
            self.store.release_work(work)

    def _check(self, top: str, layer: str, log: Log) -> str:
        """The check phase, in a copy of the root so that it cannot change the layer. Returns the text's digest."""
        if not self.step.check:
            return ""
        names = [phase.name for phase in self.step.phases]
        after_install = "install" in names and names.index("check") > names.index("install")
        layers = [digest for _, digest in self.job.root]
        lowers = lowers_of(self.store, [*layers, layer] if after_install else layers)
        bodies = next(phase.bodies for phase in self.step.phases if phase.name == "check")
        cwd = self._enter_workdir(top, top)
        failure, start = None, log.position
        try:
            self._run("check", bodies, cwd, log, upper=self.work.scratch("check"), lowers=lowers)
        except StepFailure as stop:
            failure = stop.failure
        from lfsmake.engine.checks import judge_check  # only a check imports how tests are read

        outcome = judge_check(self.step, bodies, failure, log=self.job.log, start=start, work=self.work.path)
        for event in outcome.events:
            self.emit(event)
        if outcome.failure is not None:
            raise StepFailure(outcome.failure)
        return check_digest(self.step)
