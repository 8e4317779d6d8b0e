"""Where the new system's folder is not what a script takes it for: something is mounted below, or nothing names it."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.piece import Piece, operands, options
from lfsmake.discover.shell.nodes import Command, Word

RM_MOUNTED = Rule(
    "rm-mounted",
    "error",
    "a deletion of a folder in which something is mounted",
    "rm goes through a mount as through a folder: what it finds in $LFS/dev is the host's own",
    "unmount it first: umount -R $LFS; and rm --one-file-system",
    "export LFS=/mnt/lfs\nmount --bind /dev $LFS/dev\nrm -rf $LFS",
    "export LFS=/mnt/lfs\nmount --bind /dev $LFS/dev\numount $LFS/dev\nrm -rf $LFS",
)
UNSET_LFS = Rule(
    "unset-lfs",
    "note",
    "LFS is used, and nothing sets it",
    "where it is empty, $LFS/usr is the host's /usr, and make DESTDIR=$LFS installs into the host",
    'begin with: : "${LFS:?}"',
    "make DESTDIR=$LFS install",
    ': "${LFS:?}"\nmake DESTDIR=$LFS install',
)
RULES = (RM_MOUNTED, UNSET_LFS)

_WRITING = frozenset(
    ("make", "gmake", "ninja", "mkdir", "cp", "mv", "ln", "install", "chown", "chmod", "tar", "touch", "sed", "cat")
)  # fmt: skip
_LOOKS = frozenset(("umount", "mountpoint", "findmnt"))


def findings(piece: Piece) -> Iterator[Finding]:
    """All findings of these rules that the text alone tells."""
    yield from _mounts(piece)
    if piece.kind == "script":
        yield from _unset(piece)


def mounted_now(pieces: Iterable[Piece], points: Iterable[str]) -> Iterator[Finding]:
    """Deletions of folders below which something is mounted at this moment. `points`: where, absolute."""
    points = [point for point in points if point != "/"]
    for piece in pieces:
        given = _given(piece)
        for _, word, path in _deleted(piece, given):
            below = next((point for point in points if path != "/" and _within(point, path)), "")
            if below:
                yield piece.finding(RM_MOUNTED, f"{below} is mounted, and {path} is removed", word.span)


def _mounts(piece: Piece) -> Iterator[Finding]:
    commands = piece.shell.commands
    given = _given(piece)
    mounted = [
        (at, _path(words[-1], given))
        for at, command in enumerate(commands)
        if command.name == "mount" and len(words := [w for w in command.words[1:] if not w.text.startswith("-")]) > 1
    ]
    released = [at for at, command in enumerate(commands) if command.name in _LOOKS]
    for at, word, path in _deleted(piece, given):
        before = [(when, point) for when, point in mounted if when < at and point and _within(point, path)]
        if before and not any(before[-1][0] < when < at for when in released):
            line = commands[before[-1][0]].span.line + piece.line
            message = f"{before[-1][1]} was mounted in line {line}, and {path} is removed"
            yield piece.finding(RM_MOUNTED, message, word.span)
        elif not before and path == _whole(given) and not any(when < at for when in released):
            message = f"whatever is mounted below {path} is removed with it"
            yield piece.finding(RM_MOUNTED, message, word.span, severity="warning")


def _whole(given: Mapping[str, str]) -> str:
    return given.get("LFS", "$LFS").rstrip("/") or "$LFS"


def _within(point: str, path: str) -> bool:
    return point == path or point.startswith(path + "/")


def _deleted(piece: Piece, given: Mapping[str, str]) -> Iterator[tuple[int, Word, str]]:
    """Each folder that is removed as a whole: the command's place, the word, the path."""
    for at, command in enumerate(piece.shell.commands):
        words = command.words[1:]
        set_options = options(command)
        if command.name == "find" and any(word.text in ("-delete", "rm") for word in words):
            if any(word.text in ("-xdev", "-mount", "-maxdepth", "-name", "-type") for word in words):
                continue
            words = tuple(takewhile(lambda word: not word.text.startswith("-"), words))
        elif command.name != "rm" or not set_options & {"r", "R", "recursive"} or "one-file-system" in set_options:
            continue
        for word in words:
            path = _path(word, given)
            if path.startswith(("/", "$LFS")):
                yield at, word, path


def _given(piece: Piece) -> Mapping[str, str]:
    """Variables with the last text that the script gives them, where that is plain."""
    return {each.name: each.value.value for each in piece.shell.assignments if each.value and each.value.value}


def _path(word: Word, given: Mapping[str, str]) -> str:
    """The path that a word names, as far as it can be told, without the `*` at its end; "" for none."""
    text = word.value if word.value is not None else word.text.replace('"', "").replace("'", "")
    text = re.sub(
        r"\$(?:\{(\w+)(?::\?[^}]*)?\}|(\w+))",
        lambda match: given.get(match[1] or match[2]) or f"${match[1] or match[2]}",
        text,
    )
    if text.startswith("-") or not text:
        return ""
    return posixpath.normpath(re.sub(r"/\*$", "", text) or "/")


def _unset(piece: Piece) -> Iterator[Finding]:
    """Once a script, at the first command that would write elsewhere."""
    shell = piece.shell
    if "LFS" in piece.known or piece.nounset or shell.sourced or "LFS" not in shell.text:
        return
    if any(each.name == "LFS" for each in shell.assignments) or any(_asks(command) for command in shell.commands):
        return
    for command in shell.commands:
        word = next((each for each in command.words[1:] if "LFS" in each.names), None)
        if word is not None and command.name in _WRITING and operands(command):
            yield piece.finding(UNSET_LFS, f"where LFS is not set, {command.name} writes to the host's /", word.span)
            return


def _asks(command: Command) -> bool:
    """Whether the command ends or judges a LFS that is not set."""
    if command.name in ("[", "[[", "test") and any("LFS" in word.names for word in command.words):
        return True
    return any(re.search(r"\$\{LFS:?[?=+-]", word.text) for word in command.words)
