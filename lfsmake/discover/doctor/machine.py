"""Processors, memory, the kernel's features, the sandbox as it really starts, the clock. Knows no file system."""

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lfsmake.discover.doctor.files import existing
from lfsmake.discover.doctor.model import Result
from lfsmake.discover.doctor.packages import packages_of
from lfsmake.engine.machine import pressure
from lfsmake.model.errors import SandboxError
from lfsmake.model.step import EPOCH

if TYPE_CHECKING:
    from lfsmake.sandbox.causes import Facts

_GIB = 1 << 30
CORES, MEMORY = 4, 8 * _GIB  # what the book recommends, chapter 2.2
LEAST_MEMORY = 2 * _GIB  # one job of gcc's own build peaks near it
_YEARS = 366 * 86400.0


def machine() -> Iterator[Result]:
    """Processors and memory."""
    import psutil

    cores = len(os.sched_getaffinity(0))
    few = cores < CORES
    yield Result(
        id="machine.cores",
        area="machine",
        title="processors",
        state="note" if few else "ok",
        found=str(cores),
        needed=f"{CORES} recommended by the book",
        why="it works, and takes longer" if few else "",
        mend="plan for it: `lfsmake plan` says how long" if few else "",
    )
    memory = psutil.virtual_memory()
    least, little = memory.total < LEAST_MEMORY, memory.total < MEMORY * 0.95
    yield Result(
        id="machine.memory",
        area="machine",
        title="memory",
        state="warning" if least else "note" if little else "ok",
        found=f"{memory.total / _GIB:.1f} GB, {memory.available / _GIB:.1f} GB of it free",
        needed=f"{MEMORY // _GIB} GB recommended by the book",
        why="gcc's own build wants about 2 GB a job" if least or little else "",
        mend="build with fewer jobs (-j), or add swap" if least or little else "",
    )
    stalled = pressure("memory")
    if stalled > 0.1:
        yield Result(
            id="machine.pressure",
            area="machine",
            title="memory pressure",
            state="warning",
            found=f"programs wait for memory {stalled:.0%} of the time",
            needed="next to none",
            why="steps wait for it to pass before they start",
            mend="end what uses the memory",
        )


def kernel(pts: str = "/dev/pts", ptmx: str = "/dev/ptmx") -> Iterator[Result]:
    """Pseudo terminals, as the book asks for."""
    there = os.path.exists(ptmx) and os.path.ismount(pts)
    yield Result(
        id="kernel.pty",
        area="kernel",
        title="UNIX 98 pseudo terminals",
        state="ok" if there else "error",
        found="there" if there else f"{ptmx} or {pts} is missing",
        needed=f"{pts} mounted, {ptmx}",
        why="" if there else "tests of expect, gcc and binutils want them",
        mend="" if there else "mount -t devpts devpts /dev/pts, or a kernel with CONFIG_UNIX98_PTYS",
    )


def sandbox(store: str) -> Iterator[Result]:
    """A sandbox is started on the store's file system, and writes to its root. `store`: its folder, or one above."""
    from lfsmake.sandbox.causes import gather_facts
    from lfsmake.sandbox.trial import probe

    place = existing(store)
    facts = gather_facts("")
    yield user_namespaces(facts)
    yield overlay(facts)
    try:
        able = probe(place if os.access(place, os.W_OK) else None)
    except SandboxError as error:
        yield Result(
            id="sandbox",
            area="sandbox",
            title="a sandbox",
            state="error",
            found=str(error),
            needed="namespaces and overlayfs on the store's file system",
            why="no step runs without",
            mend=error.hint,
        )
        return
    yield Result(
        id="sandbox",
        area="sandbox",
        title="a sandbox",
        state="ok",
        found="starts and writes " + ("as root" if able.as_root else "in a user namespace"),
        needed="namespaces and overlayfs on the store's file system",
    )
    if not able.as_root:
        single = not able.id_ranges
        yield Result(
            id="sandbox.ids",
            area="sandbox",
            title="user and group ids",
            state="warning" if single else "ok",
            found=able.single_id_cost if single else "a range of them",
            needed="a range of subordinate ids, newuidmap and newgidmap",
            why="steps that give files away fail, as chapter 7 and 8 do" if single else "",
            mend=_ids_mend() if single else "",
            packages=packages_of("newuidmap") if single else {},
        )


def user_namespaces(facts: "Facts") -> Result:
    """Whether the kernel lets this user make them. root needs them, too: for steps of the user lfs."""
    limit = facts.max_user_namespaces
    refusals = (
        (limit is None, "not in this kernel", "boot a kernel with CONFIG_USER_NS=y"),
        (limit == 0, "switched off", "as root: sysctl -w user.max_user_namespaces=15000"),
        (
            not facts.root and facts.userns_clone == 0,
            "not for ordinary users",
            "as root: sysctl -w kernel.unprivileged_userns_clone=1, or run lfsmake as root",
        ),
        (
            not facts.root and bool(facts.apparmor_restricts),
            "restricted by AppArmor",
            "as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run lfsmake as root",
        ),
    )
    found, mend = next(((what, how) for refused, what, how in refusals if refused), ("", ""))
    return Result(
        id="sandbox.userns",
        area="sandbox",
        title="user namespaces",
        state="error" if mend else "ok",
        found=found or f"allowed, up to {limit:,}",
        needed="allowed",
        why="a step of the user lfs runs in one, and all of an ordinary user's do" if mend else "",
        mend=mend,
    )


def overlay(facts: "Facts") -> Result:
    """Whether the kernel knows overlayfs; whether it works on the store's file system is what the sandbox tells."""
    there = facts.overlay_known
    return Result(
        id="sandbox.overlayfs",
        area="sandbox",
        title="overlayfs",
        state="ok" if there else "note",
        found="in the kernel" if there else "not loaded",
        needed="in the kernel, or a module that it loads",
        why="" if there else "a module is loaded when the sandbox asks for it, where that is allowed",
        mend="" if there else "where the sandbox does not start, as root: modprobe overlay",
    )


def _ids_mend() -> str:
    from lfsmake.sandbox.ids import missing_for_ranges

    return missing_for_ranges()


def accounting() -> Iterator[Result]:
    """Control groups and pressure: without them less is known, nothing fails."""
    from lfsmake.sandbox.cgroup import own_group

    group = own_group()
    writable = bool(group) and os.access(group, os.W_OK)
    yield Result(
        id="kernel.groups",
        area="kernel",
        title="control groups, version 2",
        state="ok" if writable else "note",
        found="delegated" if writable else "not delegated" if group else "not mounted",
        needed="a group of one's own, to know exactly what each step uses",
        why="" if writable else "CPU time and memory of steps are sampled instead",
        mend="" if writable else "start lfsmake with: systemd-run --user --scope -p Delegate=yes lfsmake",
    )
    told = pressure("memory") >= 0
    yield Result(
        id="kernel.pressure",
        area="kernel",
        title="pressure (PSI)",
        state="ok" if told else "note",
        found="told" if told else "not told",
        needed="/proc/pressure, to start no step into a machine out of memory",
        why="" if told else "admission goes by free memory alone",
        mend="" if told else "start the kernel with psi=1",
    )


def clock(now: float | None = None, touched: float | None = None) -> Iterator[Result]:
    """The clock against the day the newest known book came out; `touched` is the time a file got that was just made."""
    now = time.time() if now is None else now
    skew = 0.0 if touched is None else touched - now
    early, late = now < EPOCH, now > EPOCH + 20 * _YEARS
    wrong = early or late or abs(skew) > 2
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(now))
    yield Result(
        id="machine.clock",
        area="machine",
        title="clock",
        state="error" if early or late else "warning" if wrong else "ok",
        found=f"{day}, files are stamped {skew:+.0f} s from it" if abs(skew) > 2 else day,
        needed=f"later than {time.strftime('%Y-%m-%d', time.gmtime(EPOCH))}, and files stamped with the same clock",
        why="make compares times: with a wrong clock it builds too much or too little" if wrong else "",
        mend="set the clock (timedatectl set-ntp true), also of the file server" if wrong else "",
    )
