"""Starts a command in a sandbox and waits for it. Knows no mounts: the program inside (`entry`) does."""

import contextlib
import fcntl
import marshal
import os
import select
import signal
import sys
import threading

from lfsmake.model.errors import SandboxError
from lfsmake.sandbox.ids import IdMap, id_map, ids_here
from lfsmake.sandbox.spec import Exit, Spec, Ways

MOST_LOWERS = 499  # overlayfs takes 500, and one is the skeleton
_APPEND_LOWERS_SINCE = (6, 5)
_PACKAGE_PARENT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# A module imported from its compiled file, not a script compiled anew; after the standard library on the path.
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from lfsmake.sandbox import {0}; {0}.main()"


class Process:
    """A running sandbox. Every method may be called from any thread."""

    def __init__(self, monitor: int, pid: int, pid_fd: int, control: int, status: int, seen: bytes) -> None:
        self.pid = pid
        """Process 1 of the sandbox, as the host sees it; the command is its child."""
        self._monitor = monitor
        self._pid_fd = pid_fd
        self._control = control
        self._status = status
        self._seen = seen
        self._lock = threading.Lock()
        self._exit: Exit | None = None

    def fileno(self) -> int:
        """Readable when the sandbox has ended or is about to; for select and poll."""
        return self._status

    def wait(self, timeout: float | None = None) -> Exit:
        """Wait until every process of the sandbox is dead. Raises TimeoutError after `timeout` seconds."""
        if self._exit is None and not _readable(self._status, timeout):
            raise TimeoutError(f"the sandbox still runs after {timeout} s")
        return self._finish()

    def poll(self) -> Exit | None:
        """How it ended, or None while it runs."""
        if self._exit is None and not _readable(self._status, 0):
            return None
        return self._finish()

    def kill(self) -> None:
        """Kill every process of the sandbox now; nothing happens where none is left."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pid_fd, signal.SIGKILL)

    def _finish(self) -> Exit:
        with self._lock:
            if self._exit is None:
                while data := os.read(self._status, 4096):
                    self._seen += data
                os.waitpid(self._monitor, 0)
                # Were the monitor killed, its pipe would end before the kernel has ended the sandbox.
                _readable(self._pid_fd, None)
                os.close(self._control)
                self._control = -1
                self._exit = _parse_exit(self._seen)
            return self._exit

    def __del__(self) -> None:
        for number in (self._control, self._status, self._pid_fd):
            if number >= 0:
                os.close(number)


def start(
    spec: Spec,
    *,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    ways: Ways = Ways(),  # noqa: B008  # immutable
) -> Process:
    """Start `spec` and return when its command was executed.

    Without `stdin` the command reads /dev/null, or what lfsmake reads if `spec.tty`; without `stdout` or `stderr` it
    writes where lfsmake does. Raises SandboxError naming the operation that failed, its cause and the cure.
    """
    if len(spec.lowers) > MOST_LOWERS:
        raise SandboxError(
            f"a root of {len(spec.lowers)} layers cannot be mounted",
            expected=f"at most {MOST_LOWERS} layers",
            hint="let the step need fewer others, or merge small packages into one",
        )
    for number in spec.pass_fds:
        try:
            os.fstat(number)  # before anything is opened that could get a closed one's number
        except OSError as error:
            raise SandboxError(f"descriptor {number} cannot be passed to the command: {error.strerror}") from None
    ids = id_map(ways.id_ranges)
    task = _task(spec, ids, ways)
    streams = (_null() if stdin is None and not spec.tty else stdin, stdout, stderr)
    try:
        monitor, control, status = _spawn_entry(streams, spec.pass_fds, new_session=not spec.tty)
    finally:
        if stdin is None and streams[0] is not None:
            os.close(streams[0])
    try:
        send_task(control, task)
        pid, pid_fd, seen = _await_running(control, status, str(task["upper"]))
    except BaseException:
        os.close(control)
        os.close(status)
        os.waitpid(monitor, 0)
        raise
    return Process(monitor, pid, pid_fd, control, status, seen)


def send_task(control: int, task: dict[str, object]) -> None:
    """Send one task to the program inside."""
    data = marshal.dumps(task)
    data = len(data).to_bytes(8, "little") + data
    with contextlib.suppress(BrokenPipeError):  # it ended early, and the status pipe says why
        while data:
            data = data[os.write(control, data) :]


def entry_arguments(module: str, *words: str) -> list[str]:
    """The command that runs `lfsmake.sandbox.<module>` in a fresh, isolated interpreter."""
    return [sys.executable, "-I", "-S", "-c", _PROGRAM.format(module), _PACKAGE_PARENT, *words]


def entry_environment() -> dict[str, str]:
    """What that interpreter itself needs of the environment."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def map_words(ids: IdMap | None) -> dict[str, object] | None:
    """An id map as plain lists for the program inside."""
    if ids is None:
        return None
    return {"uids": list(ids.uids), "gids": list(ids.gids), "helpers": list(ids.helpers)}


def appends_lowers(ways: Ways) -> bool:
    """Whether layers are given to the kernel one by one."""
    from lfsmake.sandbox.causes import kernel_version

    return kernel_version() >= _APPEND_LOWERS_SINCE if ways.append_lowers is None else ways.append_lowers


def _task(spec: Spec, ids: IdMap | None, ways: Ways) -> dict[str, object]:
    real_folders: dict[str, str] = {}

    def real(path: str) -> str:
        # Hundreds of layers lie in few folders: resolving each whole path would be a thousand system calls.
        folder, name = os.path.split(os.path.abspath(path))
        if folder not in real_folders:
            real_folders[folder] = os.path.realpath(folder)
        found = f"{real_folders[folder].rstrip('/')}/{name}"
        return os.path.realpath(found) if os.path.islink(found) else found

    task = dict(spec._asdict())
    task.update(
        lowers=[real(lower) for lower in spec.lowers],
        upper=real(spec.upper),
        work=real(spec.work),
        mountpoints=list(spec.mountpoints),
        binds=[(real(bind.source), bind.target, bind.read_only) for bind in spec.binds],
        argv=list(spec.argv),
        links=[(path, to) for path, to in spec.links],
        env=dict(spec.env),
        pass_fds=list(spec.pass_fds),
        append_lowers=appends_lowers(ways),
        maps=map_words(ids),
        uids=ids_here() if ids is None else sum(count for _, _, count in ids.uids),
    )
    return task


def _null() -> int:
    return os.open(os.devnull, os.O_RDONLY)


def _spawn_entry(
    streams: tuple[int | None, ...], passed: tuple[int, ...], *, new_session: bool
) -> tuple[int, int, int]:
    """Start the program inside; returns its pid, and our ends of its control and status pipes."""
    ours: list[int] = []
    theirs: list[int] = []
    try:
        control_end, control = map(_above_streams, os.pipe())
        theirs.append(control_end)
        ours.append(control)
        status, status_end = map(_above_streams, os.pipe())
        theirs.append(status_end)
        ours.append(status)
        actions: list[tuple[int, int, int]] = []
        for number, stream in enumerate(streams):
            if stream is not None:
                # A stream may itself be 0, 1 or 2, and would be overwritten by another.
                copy = _above_streams(os.dup(stream))
                theirs.append(copy)
                actions.append((os.POSIX_SPAWN_DUP2, copy, number))
        # Onto itself: that is how posix_spawn keeps a descriptor open in the child under its number.
        actions += [(os.POSIX_SPAWN_DUP2, number, number) for number in (control_end, status_end, *passed)]
        arguments = entry_arguments("entry", str(control_end), str(status_end))
        monitor = os.posix_spawn(arguments[0], arguments, entry_environment(), file_actions=actions, setsid=new_session)
    except OSError as error:
        for number in ours:
            os.close(number)
        from lfsmake.sandbox.causes import explain, gather_facts

        raise explain(error.errno or 0, gather_facts("starting the sandbox program", str(error))) from None
    finally:
        for number in theirs:
            os.close(number)
    return monitor, control, status


def _above_streams(number: int) -> int:
    """The same open file under a number above 2: where lfsmake was started with streams closed, they are free."""
    if number > 2:
        return number
    moved = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(number)
    return moved


def _await_running(control: int, status: int, upper: str) -> tuple[int, int, bytes]:
    seen = b""
    pid, pid_fd, running = 0, -1, False
    try:
        while True:
            data = os.read(status, 4096)
            seen += data
            lines = seen.split(b"\n")[:-1]
            for line in lines:
                words = os.fsdecode(line).split("\t")
                if words[0] == "pid" and pid_fd < 0:
                    pid = int(words[1])
                    pid_fd = os.pidfd_open(pid)
                    os.write(control, b"a")  # from here on the monitor may reap it
                elif words[0] == "error":
                    from lfsmake.sandbox.causes import explain, gather_facts

                    raise explain(int(words[1]), gather_facts(words[2], words[3], upper))
                elif words[0] == "running":
                    running = True
            if running and pid_fd >= 0:  # the monitor writes the one, the init the other: either may come first
                return pid, pid_fd, seen
            if not data:
                raise SandboxError(
                    "the sandbox was killed while it started",
                    hint="look at the kernel's log for the killer of processes that is out of memory",
                )
    except BaseException:
        if pid_fd >= 0:
            os.close(pid_fd)
        raise


def _parse_exit(seen: bytes) -> Exit:
    for line in seen.decode(errors="replace").splitlines():
        words = line.split("\t")
        if words[0] == "exit":
            return Exit(int(words[1]), float(words[2]), float(words[3]), *map(int, words[4:7]))
    return Exit(-signal.SIGKILL, 0.0, 0.0, 0)  # the monitor itself was killed


def _readable(number: int, timeout: float | None) -> bool:
    waiting = select.poll()
    waiting.register(number, select.POLLIN)
    return bool(waiting.poll(None if timeout is None else max(0, round(timeout * 1000))))
