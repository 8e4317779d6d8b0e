"""Who runs a script, and where: on the host, as user lfs, as root, in the chroot. Weighs what it says and does."""

import re

from lfsmake.discover.facts.lines import Lines
from lfsmake.discover.model import Fact, ScriptContext, Surroundings
from lfsmake.discover.shell.nodes import Command

_PATHS: tuple[tuple[str, ScriptContext], ...] = (
    (r"chroot|final|system|software|basic", "chroot"),
    (r"(?:cross|toolchain|lfs|temp|tmp|prepare|tools?)", "lfs"),
    (r"host", "host"),
    (r"root", "root"),
)
_PROJECT = re.compile(r"[bcm]?lfs[-_]")  # `lfs_root`, `lfs-build`: whose scripts these are, not who runs them
_TEXTS: tuple[tuple[str, ScriptContext], ...] = (
    (
        r"(?:in(?:side)?|within|under|enter\w*) (?:the |a )?chroot|chroot environment|as [\"'\\]*chroot|\bin chroot\b",
        "chroot",
    ),
    (r"as (?:the )?(?:user )?[\"'\\]*lfs\b|\blfs user\b|user lfs\b", "lfs"),
    (r"as (?:the )?(?:user )?[\"'\\]*root\b|root user\b|must be root", "root"),
    (r"on (?:the |your )?host\b|host system", "host"),
)
_ROOTS = frozenset(
    (
        "mount",
        "umount",
        "useradd",
        "groupadd",
        "mkfs",
        "mkfs.ext4",
        "mkswap",
        "swapon",
        "fdisk",
        "parted",
        "losetup",
        "mknod",
    )
)


_CROSS = re.compile(
    r"--(?:host|target)=[\"']?\$\{?\w*(?:TGT|TARGET|CROSS)|(?:DESTDIR|--prefix)=[\"']?(?:\$\{?LFS(?:\b|_ROOT)|/mnt/lfs)"
    r"|--prefix=[\"']?(?:\$\{?LFS\}?)?/tools"
    r"|(?:prefix|PREFIX|DESTDIR|HDR_PATH|ROOT)=/tools\b"  # not LD_LIBRARY_PATH=/tools/lib, which the chroot has too
)
_HINT = re.compile(r"root|lfs|host", re.IGNORECASE)


def context_of(lines: Lines, chapter: Fact | None, around: Surroundings) -> Fact | None:
    """The context; None if nothing tells it."""
    for decide in (_asked, _said):
        fact = decide(lines)
        if fact is not None:
            return fact
    done = _done(lines)
    if done is not None and done.sure == "sure":
        return done
    placed = _placed(lines, chapter, around.book)
    return placed or done


def _asked(lines: Lines) -> Fact | None:
    """Tests of the user that end the script: `[ $(id -u) = 0 ]`, `is_user lfs`."""
    for line in lines.lines[:400]:
        command = line.command
        name = command.name
        if "user" in name or "chroot" in name:
            fact = _called(command, name)
            if fact is not None:
                return fact
        if name not in ("[", "[[", "test"):
            continue
        text = " ".join(word.text for word in command.words)
        if re.search(r"whoami|id -un?|\$\{?(?:EUID|UID|USER|LOGNAME)\b", text):
            if re.search(r"\blfs\b", text):
                return Fact("lfs", "its test of the user", "likely", command.span)
            if re.search(r"\broot\b|(?:-ne|-eq|!=|==?)\s*[\"']?0\b", text):
                return Fact("root", "its test of the user", "likely", command.span)
    return None


def _called(command: Command, name: str) -> Fact | None:
    """`is_user lfs`, `check_chroot`, `chroot $LFS …`."""
    if name == "chroot":
        return Fact("root", "the chroot line", "sure", command.span) if len(command.words) > 1 else None
    if re.fullmatch(r"\w*(?:is|check|require|in)_?chroot\w*", name):
        return Fact("chroot", f"the {name} line", "sure", command.span)
    if re.fullmatch(r"\w*(?:is|check|require|must)\w*user\w*", name) and len(command.words) > 1:
        who = command.words[1].value
        return Fact("lfs", f"the {name} line", "sure", command.span) if who == "lfs" else None
    return None


def _said(lines: Lines) -> Fact | None:
    for number, text in lines.texts()[:40]:
        if not _HINT.search(text):
            continue
        for pattern, context in _TEXTS:
            if re.search(pattern, text, re.IGNORECASE):
                return Fact(context, f"the text in line {number}", "likely")
    return None


def _done(lines: Lines) -> Fact | None:
    """From its commands: what it configures for, and what only root can do."""
    uses_lfs = 0
    for line in lines.lines[:600]:
        command = line.command
        text = " ".join(word.text for word in command.words)
        uses_lfs += bool(("LFS" in text or "/mnt/lfs" in text) and re.search(r"\$\{?LFS(?:_TGT)?\b|/mnt/lfs\b", text))
        name = command.name
        if name in _ROOTS or (name == "chown" and re.search(r"\$\{?LFS\b|/mnt/lfs", text)):
            return Fact("root", f"the {name} line", "likely", command.span)
        if (name.lower() == "configure" or name in ("make", "cmake", "meson")) and _CROSS.search(text):
            return Fact("lfs", f"the {name} line", "sure", command.span)
    builds = [
        line for line in lines.lines if line.command.name.lower() in ("configure", "make", "ninja", "meson", "cmake")
    ]
    if builds and not uses_lfs:
        return Fact("chroot", "its commands, which do not name $LFS", "guess", builds[0].command.span)
    return Fact("lfs", "its use of $LFS", "guess") if uses_lfs else None


def _placed(lines: Lines, chapter: Fact | None, book: str) -> Fact | None:
    if chapter is not None and chapter.value.isdigit():
        number = int(chapter.value)
        old = book != "" and float(book) < 10  # chapter 6 is the system's there, and the temporary tools' since
        if number >= 7 or (number == 6 and old):
            return Fact("chroot", f"chapter {number}", chapter.sure)
        if number == 5:
            return Fact("lfs", f"chapter {number}", chapter.sure)
        if number in (2, 3, 4):
            return Fact("root" if number == 2 else "host", f"chapter {number}", "likely")
    path = lines.script.path.lower()
    parts = path.split("/")
    if any("chroot" in part for part in parts[:-1]):
        return Fact("chroot", "the path", "likely")
    for place, part in enumerate(reversed(parts)):
        words = re.split(r"[-_. \d]+", part.removesuffix(".sh")) if place == 0 else [part]
        if place == 0 and not part[:1].isdigit():
            words = [word for word in words if word not in ("lfs", "tools", "tool", "system")]
        for word in words:
            for pattern, context in _PATHS:
                inside = place and not _PROJECT.match(word)
                if re.fullmatch(pattern, word) or (inside and re.search(rf"(?:^|[-_\d]){pattern}(?:$|[-_\d])", word)):
                    return Fact(context, "the path", "likely")
    return None
