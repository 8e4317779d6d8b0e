"""The program that becomes a sandbox: run as a fresh, isolated interpreter. Knows only its task, not what it is for.

Three processes, because only a child enters a new pid namespace, and its first process must stay to reap the others:

    monitor   on the host's side; starts the init, kills it when lfsmake is gone, and ends after it
    init      process 1 inside; builds the root, starts the command, reaps everything, reports, ends
    command   process 2 inside; becomes the command

The monitor's control pipe ends with lfsmake, however lfsmake ends; the kernel ends the init with the monitor; and with
process 1 of a pid namespace the kernel ends all others. On the status pipe go lines of words split by tabs:

    pid NUMBER                          the init, as the host sees it
    running                             the command was executed
    error ERRNO OPERATION DETAIL        it was not, because of this
    exit STATUS USER SYSTEM RSS READ WRITTEN
                                        it ended; seconds and bytes; all processes are dead when the pipe ends
"""

import _signal  # type: ignore[import-not-found]  # signal itself would import enum: 4 ms of every start
import marshal
import os
import resource
import select
import sys

from lfsmake.sandbox import kernel
from lfsmake.sandbox.root import build_root

TYPE_CHECKING = False  # see root.py
if TYPE_CHECKING:
    from lfsmake.sandbox.wire import Extent, Maps, Task

OOM_SCORE_RISE = 200  # the kernel, short of memory, should choose a compiler rather than lfsmake

# What a command may still do as root inside. Without the others no mount can be changed, no device made, no module
# loaded, no clock set, and root on a host is no more than a user in his namespace, so layers come out the same.
KEPT_CAPABILITIES = frozenset(
    (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 29, 31)
    # chown, dac_override, fowner, fsetid, kill, setgid, setuid,
    # setpcap, net_bind_service, net_raw, sys_chroot, audit_write, setfcap
)


class Operation:
    """What is being tried at this moment, for the report if it fails."""

    def __init__(self) -> None:
        self.name = "starting"

    def __call__(self, name: str) -> None:
        self.name = name


def main() -> None:
    """Run the task read from the control pipe; `sys.argv` ends in the numbers of the control and status pipes."""
    control, status = int(sys.argv[-2]), int(sys.argv[-1])
    doing = Operation()
    try:
        _run_monitor(control, status, doing)
    except BaseException as error:  # it must reach lfsmake as words, whatever it is
        report_error(status, doing, error)
    os._exit(0)


def read_task(control: int) -> "Task":
    """Read one task: eight bytes of length, then the marshalled dictionary.

    marshal, not JSON: both ends are the same interpreter, and importing json takes longer than building the root.
    """
    size = int.from_bytes(_read_exactly(control, 8), "little")
    task: Task = marshal.loads(_read_exactly(control, size))  # noqa: S302
    return task


def _read_exactly(source: int, size: int) -> bytes:
    parts = []
    while size:
        data = os.read(source, size)
        if not data:
            os._exit(0)  # lfsmake is gone, and nobody waits for a report
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _report(status: int, *words: object) -> None:
    line = "\t".join(str(word).replace("\t", " ").replace("\n", " ") for word in words) + "\n"
    try:
        os.write(status, os.fsencode(line))
    except BrokenPipeError:
        pass  # lfsmake is gone; the monitor ends everything


def report_error(status: int, doing: Operation, error: BaseException) -> None:
    """Write the `error` line for what `doing` was trying."""
    if isinstance(error, OSError):
        if isinstance(error, kernel.RefusedError):
            detail = error.strerror or ""
        else:
            detail = os.fsdecode(error.filename or "").removeprefix("/old")  # where root.py keeps the host
            if detail in doing.name:
                detail = ""
        _report(status, "error", error.errno or 0, doing.name, detail)
    else:
        _report(status, "error", 0, doing.name, f"{type(error).__name__}: {error}")


def _run_monitor(control: int, status: int, doing: Operation) -> None:
    for number in (_signal.SIGINT, _signal.SIGQUIT, _signal.SIGTTOU, _signal.SIGTSTP):
        _signal.signal(number, _signal.SIG_IGN)  # the terminal's keys are for the command
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    os.umask(0)
    os.chdir("/")
    os.set_inheritable(control, False)
    os.set_inheritable(status, False)
    task = read_task(control)
    close_others((0, 1, 2, control, status, *task["pass_fds"]))
    if task["cgroup"]:
        doing("entering the control group")
        with open(f"{task['cgroup']}/cgroup.procs", "wb", buffering=0) as group:  # as the user that made it
            group.write(b"0")
    if task["maps"] is not None:
        enter_user_namespace(task["maps"], doing)
    doing("making a pid namespace")
    kernel.unshare(kernel.CLONE_NEWPID)
    alive, alive_end = os.pipe()
    doing("starting the first process")
    init = os.fork()
    if init == 0:
        os.close(control)
        os.close(alive_end)
        _run_init(task, alive, status, doing)
    os.close(alive)
    _report(status, "pid", init)
    _let_go((*task["pass_fds"],), keep_input=task["tty"])
    _watch(init, control, status)
    if task["tty"]:
        _take_terminal_back()


def _watch(init: int, control: int, status: int) -> None:
    """Wait for the init's end, bringing it about when lfsmake goes. The init is reaped only after lfsmake has a
    descriptor of it, so that its number cannot have become another process's meanwhile.
    """
    init_fd = os.pidfd_open(init)
    waiting = select.poll()
    waiting.register(init_fd, select.POLLIN)
    waiting.register(control, select.POLLIN)
    acknowledged = ended = False
    while not (acknowledged and ended):
        for number, _ in waiting.poll():
            if number == init_fd:
                ended = True
                waiting.unregister(init_fd)
            elif os.read(control, 1):
                acknowledged = True
            else:
                waiting.unregister(control)
                os.kill(init, _signal.SIGKILL)
                acknowledged = True
    _, result, usage = os.wait4(init, 0)
    if os.WIFSIGNALED(result):  # killed before it could report: what it had reaped until then is all that is known
        _report_exit(status, -os.WTERMSIG(result), usage)


def _report_exit(status: int, code: int, spent: resource.struct_rusage) -> None:
    blocks = (spent.ru_inblock * 512, spent.ru_oublock * 512)  # the kernel's unit, whatever the disk's is
    _report(status, "exit", code, f"{spent.ru_utime:.6f}", f"{spent.ru_stime:.6f}", spent.ru_maxrss * 1024, *blocks)


def _take_terminal_back() -> None:
    try:
        os.tcsetpgrp(0, os.getpgrp())
    except OSError:
        pass  # no terminal, or it went away: nothing to take


def _run_init(task: "Task", alive: int, status: int, doing: Operation) -> None:
    """Be process 1 of the new pid namespace; never returns."""
    try:
        # The monitor may have ended before the kernel was told: then its end of the pipe is closed by now.
        kernel.prctl(kernel.PR_SET_PDEATHSIG, _signal.SIGKILL)
        poll = select.poll()
        poll.register(alive, select.POLLIN)
        if poll.poll(0):
            os._exit(0)
        doing("making namespaces")
        flags = kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | kernel.CLONE_NEWCGROUP
        kernel.unshare(flags)
        if not task["network"]:
            doing("making a network namespace")
            kernel.unshare(kernel.CLONE_NEWNET)
            doing("bringing up the loopback interface")
            kernel.raise_loopback()
        doing("setting the host name")
        kernel.set_hostname(task["hostname"])
        build_root(task, doing)
        doing("starting the command")
        executed, executed_end = os.pipe()
        command = os.fork()
        if command == 0:
            os.close(executed)
            _become_command(task, status, executed_end, doing)
        os.close(executed_end)
        _let_go((*task["pass_fds"],), keep_input=False)
        if os.read(executed, 1):
            os._exit(0)  # the command reported its own error
        os.close(executed)
        _report(status, "running")
        _reap_all(command, status)
    except BaseException as error:
        report_error(status, doing, error)
    os._exit(0)


def _reap_all(command: int, status: int) -> None:
    while True:
        pid, result = os.waitpid(-1, 0)
        if pid == command:
            break
    try:
        os.kill(-1, _signal.SIGKILL)  # everyone in this namespace but this process
    except ProcessLookupError:
        pass
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = os.waitstatus_to_exitcode(result)
    _report_exit(status, code, spent)


def _become_command(task: "Task", status: int, executed: int, doing: Operation) -> None:
    """Become the task's command; never returns.

    `executed` closes by itself when that worked and gets a byte when not. Nothing may be imported from here on:
    the interpreter's own files are out of sight.
    """
    try:
        for number in range(1, _signal.NSIG):
            if number not in (_signal.SIGKILL, _signal.SIGSTOP) and not 32 <= number <= 33:  # the C library's own
                _signal.signal(number, _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        _raise_oom_score()
        if not task["tty"]:
            os.setsid()
        if task["uids"] != 1:
            os.setgroups(())
        if task["user"]:
            doing(f"becoming user {task['user']}")
            kernel.unshare(kernel.CLONE_NEWUSER)
            write_own_map(0, 0, task["user"])
        _drop_capabilities(frozenset() if task["user"] else KEPT_CAPABILITIES)
        os.umask(task["umask"])
        doing(f"entering {task['cwd']}")
        os.chdir(task["cwd"])
        doing(f"executing {task['argv'][0]}")
        _execute(task["argv"], task["env"])
    except BaseException as error:
        report_error(status, doing, error)
    os.write(executed, b"x")
    os._exit(127)


def _execute(argv: "list[str]", env: "dict[str, str]") -> None:
    # os.execvpe would import a module here.
    if "/" in argv[0]:
        os.execve(argv[0], argv, env)  # noqa: S606
    failure = FileNotFoundError(2, os.strerror(2))
    for folder in env.get("PATH", "/usr/bin:/bin").split(":"):
        try:
            os.execve(f"{folder or '.'}/{argv[0]}", argv, env)  # noqa: S606
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:  # found, but not to be executed: go on, as execvp does, and tell this in the end
            failure = error  # type: ignore[assignment]
    raise failure


def _raise_oom_score() -> None:
    file = os.open("/proc/self/oom_score_adj", os.O_RDWR)
    score = min(1000, int(os.read(file, 16)) + OOM_SCORE_RISE)
    os.write(file, b"%d" % score)
    os.close(file)


def _drop_capabilities(kept: frozenset[int]) -> None:
    for number in range(64):
        if number not in kept:
            try:
                kernel.prctl(kernel.PR_CAPBSET_DROP, number)
            except OSError:  # EINVAL: past the last one this kernel knows
                break


def close_others(kept: tuple[int, ...]) -> None:
    """Close every descriptor but those of `kept`."""
    low = 0
    for number in sorted(set(kept)):
        if low < number:  # closerange(0, 0) closes everything in CPython 3.11
            os.closerange(low, number)
        low = number + 1
    os.closerange(low, 1 << 20)


def _let_go(passed: tuple[int, ...], keep_input: bool) -> None:
    """Drop what belongs to the command: a pipe it closes must be closed, and a log must end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        if number or not keep_input:
            os.dup2(nothing, number)
    os.close(nothing)
    for number in passed:
        if number > 2:
            os.close(number)


def enter_user_namespace(maps: "Maps", doing: Operation) -> None:
    """Put this process into a new user namespace with these id maps, as its root."""
    if not maps["helpers"]:
        uid, gid = os.geteuid(), os.getegid()  # of the host: unmapped after the next line
        doing("making a user namespace")
        kernel.unshare(kernel.CLONE_NEWUSER)
        doing("writing the id maps")
        write_own_map(uid, gid, 0)
        return
    # newuidmap must run outside, while this process is inside already: a helper waits for the go.
    go, go_end = os.pipe()
    words, words_end = os.pipe()
    target = os.getpid()
    helper = os.fork()
    if helper == 0:
        os.close(go_end)
        if not os.read(go, 1):
            os._exit(1)
        os.dup2(words_end, 2)
        for program, extents in zip(maps["helpers"], (maps["uids"], maps["gids"]), strict=True):
            if _run_mapper(program, target, extents) != 0:
                os._exit(1)
        os._exit(0)
    os.close(words_end)
    os.close(go)
    doing("making a user namespace")
    kernel.unshare(kernel.CLONE_NEWUSER)
    doing("writing the id maps with newuidmap")
    os.write(go_end, b"g")
    os.close(go_end)
    said = b""
    while data := os.read(words, 4096):
        said += data
    os.close(words)
    if os.waitpid(helper, 0)[1] != 0:
        raise kernel.RefusedError(1, said.decode(errors="replace").strip())
    os.setgroups(())


def _run_mapper(program: str, target: int, extents: "list[Extent]") -> int:
    numbers = [str(number) for extent in extents for number in extent]
    child = os.fork()
    if child == 0:
        try:
            os.execve(program, [program, str(target), *numbers], {})  # noqa: S606
        finally:
            os._exit(127)
    return os.waitpid(child, 0)[1]


def write_own_map(uid: int, gid: int, inside: int) -> None:
    """Map the single id `inside` to `uid` and `gid` of the namespace around this process's."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside} {uid} 1"),
        ("gid_map", f"{inside} {gid} 1"),
    ):
        # Closed, not left to the collector: the write happens at the close, and an error there must be seen here.
        file = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(file, text.encode("ascii"))
        finally:
            os.close(file)
