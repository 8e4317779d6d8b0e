"""The run with nothing to do, answered from a certificate. Knows no recipes: it compares what stat says.

After a run that found nothing stale, the engine leaves a certificate: every file that the answer depended
on, with its size, times and inode, and every path that must still be absent. The same command line in the
same folder and environment then needs only those stats. Only modules that Python itself has already loaded
may be imported here: typing alone would take longer than the whole answer.
"""
# pathlib would double the time of the fast path:
# ruff: noqa: PTH103, PTH105, PTH108, PTH109, PTH116, PTH118, PTH120, PTH123

import _imp
import os
import sys
from _collections_abc import Mapping, Sequence  # loaded already; collections.abc would cost 4 ms

from lfsmake import __version__
from lfsmake.store.place import cache_folder

_HEADER = b"lfsmake-certificate 1 " + __version__.encode()
_FLAGS = frozenset(("-k", "--keep-going", "-q", "--quiet"))
_VALUES = frozenset(("-C", "--directory", "-f", "--file", "-j", "--jobs", "--on-failure", "--set", "--store"))
_JOINED = ("-C", "-f", "-j", "--directory=", "--file=", "--jobs=", "--on-failure=", "--set=", "--store=")
TICK = 20_000_000  # nanoseconds: twice the coarsest tick in which a kernel may stamp two writes alike


def qualifies(argv: Sequence[str]) -> bool:
    """Whether a certificate may answer this command line: a plain build, whose only output is one line."""
    words = iter(argv)
    for word in words:
        if not word.startswith("-") or word in _FLAGS:
            continue
        if word in _VALUES:
            if next(words, None) is None:
                return False
        elif not word.startswith(_JOINED):
            return False
    return True


def identity(argv: Sequence[str], environ: Mapping[str, str], cwd: str) -> bytes:
    """Everything outside the files that can change what a command line means, in one line."""
    told = [
        f"{name}={environ[name]}"
        for name in sorted(environ)
        if name in ("PATH", "HOME") or name.startswith(("LFSMAKE_", "XDG_"))
    ]
    places = [os.path.realpath(os.path.join(cwd, value)) for value in _directories(argv)]  # a link may lead elsewhere
    return os.fsencode(repr((os.geteuid(), sys.version_info[:3], cwd, list(argv), places, told)))


def _directories(argv: Sequence[str]) -> list[str]:
    """The values of -C, in any of its forms."""
    found: list[str] = []
    for place, word in enumerate(argv):
        if word in ("-C", "--directory"):
            found += argv[place + 1 : place + 2]
        elif word.startswith("--directory="):
            found.append(word[12:])
        elif word.startswith("-C"):
            found.append(word[2:])
    return found


def certificate_path(argv: Sequence[str], environ: Mapping[str, str], cwd: str) -> str:
    """Where the certificate of this command line lies, whether or not there is one."""
    # importlib's hash needs no import; a collision is only a miss: the certificate repeats the identity.
    name = _imp.source_hash(1, identity(argv, environ, cwd)).hex()
    return f"{cache_folder(environ)}/certificates/{name}"


def stat_line(path: str, read: int) -> str:
    """The line that certifies the file as it is now; "" if it may have changed since `read`.

    `read`: when reading it began at the earliest, in nanoseconds since the epoch. Only the time that the
    kernel sets counts; two changes within one tick of it look alike. Raises OSError if the file is not there.
    """
    seen = os.stat(path)
    if seen.st_ctime_ns > read - TICK:
        return ""
    return f"stat {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns} {seen.st_ino} {path}"


def write(
    argv: Sequence[str],
    environ: Mapping[str, str],
    cwd: str,
    *,
    stats: Sequence[str],
    absent: Sequence[str],
    say: str,
) -> bool:
    """Leave a certificate: `stats` are `stat_line`s, `absent` paths, `say` one line. False if none is left.

    It is a convenience: a folder that cannot be written or a path with a newline costs only the short cut.
    """
    lines = [*stats, *(f"absent {path}" for path in absent), f"say {say}"]
    if "" in stats or any("\n" in line for line in lines) or not qualifies(argv):
        return False
    path = certificate_path(argv, environ, cwd)
    temporary = f"{path}.{os.getpid()}"
    head = [_HEADER, b"for " + identity(argv, environ, cwd)]
    data = b"\n".join([*head, *map(os.fsencode, lines), b""])
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            with open(handle, "wb") as stream:
                stream.write(data)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
    except OSError:
        return False
    return True


def holds(path: str, who: bytes) -> str | None:
    """What the certificate says, if it is the user's own and every line of it is still true; else None."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with open(handle, "rb") as stream:
            owner = os.fstat(handle)
            if owner.st_uid != os.geteuid() or owner.st_mode & 0o022:
                return None
            lines = stream.read().split(b"\n")
        if len(lines) < 4 or lines[0] != _HEADER or lines[1] != b"for " + who or lines[-1]:
            return None
        if not lines[-2].startswith(b"say "):
            return None
        for line in lines[2:-2]:
            if line.startswith(b"stat "):
                name = line.split(b" ", 5)[5]
                seen = os.stat(name)
                if line != b"stat %d %d %d %d %b" % (
                    seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino, name,
                ):
                    return None
            elif not line.startswith(b"absent ") or _there(line[7:]):
                return None
    except (OSError, IndexError):
        return None
    return os.fsdecode(lines[-2][4:])


def _there(path: bytes) -> bool:
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    return True


def try_fast(argv: Sequence[str]) -> int | None:
    """The exit code of a run with nothing to do, its line printed; None if the long way must be taken."""
    if "_LFSMAKE_COMPLETE" in os.environ or not qualifies(argv):
        return None
    try:
        cwd = os.getcwd()
    except OSError:
        return None
    environ = os.environ
    say = holds(certificate_path(argv, environ, cwd), identity(argv, environ, cwd))
    if say is None:
        return None
    if "-q" not in argv and "--quiet" not in argv:
        try:
            os.write(1, os.fsencode(say + "\n"))
        except BrokenPipeError:
            return 0
        except OSError:
            return None  # the long way tells what is wrong with standard output
    return 0
