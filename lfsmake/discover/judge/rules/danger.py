"""What can destroy, open or give away something: deletions, devices, downloads that are run, rights, secrets."""

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile

from lfsmake.discover.judge.findings import Edit, Finding, Rule
from lfsmake.discover.judge.piece import Piece, has_text, operands, options, values
from lfsmake.discover.shell.nodes import Command, Word
from lfsmake.model.errors import Span

UNSAFE_RM = Rule(
    "unsafe-rm",
    "error",
    "a deletion whose path begins with a variable that may be empty",
    "where the variable is not set, the path begins at / and what is removed is the host's",
    'write "${NAME:?}/…": the shell stops where it is empty',
    'rm -rf "$BUILD/tmp"',
    'rm -rf "${BUILD:?}/tmp"',
)
RM_ROOT = Rule(
    "rm-root",
    "error",
    "a deletion of a folder of the system",
    "nothing of the machine is left afterwards",
    "name the folder that is meant",
    "rm -rf /usr",
    'rm -rf "$LFS/usr"',
)
PIPED_DOWNLOAD = Rule(
    "piped-download",
    "error",
    "a download that is run as it comes",
    "whoever answers for that address runs what he likes here, and half a download is run, too",
    "declare it as a source with its digest, and run the file",
    "curl https://example.org/x.sh | sh",
    'source "https://example.org/x.sh"',
)
DOWNLOAD = Rule(
    "download",
    "warning",
    "a download inside a build",
    "a step has no network; elsewhere the build depends on what a server says that day",
    "declare the file as a source with its digest",
    "wget https://example.org/a.tar.xz",
    'source "https://example.org/a.tar.xz"',
)
OPEN_RIGHTS = Rule(
    "open-rights",
    "warning",
    "files that everybody may write",
    "every user of the machine can change what others run",
    "use 755 for folders and programs, 644 for files, 1777 for a common temporary folder",
    "chmod -R 777 $LFS",
    "chmod 755 $LFS",
)
SETUID = Rule(
    "setuid",
    "note",
    "a program gets its owner's rights",
    "a mistake in it is a way to become root",
    "allow it with the reason it has, or leave it out",
    "chmod u+s /usr/bin/x",
    "chmod 755 /usr/bin/x",
)
SUDO = Rule(
    "sudo",
    "warning",
    "another user's rights are asked for",
    "a step runs as the user that it declares; sudo and su wait for a password that nobody types",
    'declare the user: user "lfs" or user "root"',
    "sudo make install",
    "make install",
)
DEVICE = Rule(
    "device",
    "error",
    "a disk of the machine is written to",
    "the disk it names may be another one on the next machine",
    "leave disks to the user; build an image file and write that",
    "mkfs.ext4 /dev/sda2",
    "mkfs.ext4 lfs.img",
)
SECRET = Rule(
    "secret",
    "error",
    "a secret stands in the text",
    "recipes, scripts, logs and keys are read by others and kept for years",
    "take it out, and make it invalid: it has been seen",
)
RULES = (UNSAFE_RM, RM_ROOT, PIPED_DOWNLOAD, DOWNLOAD, OPEN_RIGHTS, SETUID, SUDO, DEVICE, SECRET)

_LEADING = re.compile(r'^"?\$(?:\{(\w+)\}|(\w+))"?(/|\*|$|")')
_SYSTEM = frozenset(
    ("/", "/*", "/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/var", "/home", "/root", "/boot", "/opt", "/dev")
)
_FETCHERS = frozenset(("curl", "wget", "aria2c", "axel", "lynx", "lftp"))
_TOOLS = frozenset(("git", "svn", "hg", "rsync", "pip", "pip3", "cargo", "go", "npm"))
_SHELLS = frozenset(("sh", "bash", "dash", "ksh", "zsh", "python", "python3", "perl"))
_BEFORE = frozenset(("sudo", "doas", "env", "nice", "nohup"))  # they run what follows
_DEVICE = re.compile(r"/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|mapper/|disk/|md)[\w/.-]*")
_MAKES_DISKS = re.compile(
    r"mkfs(\.\w+)?|mke2fs|mkswap|fdisk|cfdisk|sfdisk|gdisk|sgdisk|parted|wipefs|grub-install|lilo"
)
_FOR_ALL = re.compile(r"(?:^|,)[ug]*[oa][ugoa]*[+=][rxXs]*w(?!\w*t)")  # of a mode in letters
_AS_OWNER = re.compile(r"(?:^|,)[ugoa]*[+=][rwxXt]*s")
_SECRETS = (
    (re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"), "a token"),
    (re.compile(r"\bAKIA[0-9A-Z]{16}\b"), "an access key"),
    (re.compile(r"\bglpat-[A-Za-z0-9_-]{20}\b"), "a token"),
    (re.compile(r"\bxox[baprs]-[A-Za-z0-9-]{10,}"), "a token"),
    (re.compile(r"https?://[^\s/:@\"'$]+:[^\s/:@\"'$]{3,}@"), "a password in an address"),
)
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASS|SECRET|SECRET_KEY|SECRET_ACCESS_KEY|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY)$",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(r"^[~./]|^(?:none|true|false|yes|no|null|empty|default|prompt|ask|first|second|third)$", re.I)


def findings(piece: Piece) -> Iterator[Finding]:
    """All findings of these rules."""
    for command in piece.shell.commands:
        name = command.name
        if name == "rm" and options(command) & {"r", "R", "recursive"}:
            yield from _deletion(piece, command)
        elif name in ("chmod", "install"):
            yield from _rights(piece, command)
        elif name in ("sudo", "su", "doas", "runuser") and piece.role == "build":
            yield from _other_user(piece, command)
        elif name == "find" and {"delete", "rm"} & {word.strip("-") for word in values(command)}:
            yield from _deletion(piece, command)
        elif name in ("dd", "tee", "cp", "shred") or _MAKES_DISKS.fullmatch(name):
            yield from _disk(piece, command)
        yield from _download(piece, command)
        for redirect in command.redirects:
            target = redirect.target
            if target is not None and ">" in redirect.operator and _DEVICE.fullmatch(target.value or ""):
                yield piece.finding(DEVICE, f"{target.value} is written to", redirect.span)
    yield from _secrets(piece)


def _deletion(piece: Piece, command: Command) -> Iterator[Finding]:
    words = command.words[1:]
    if command.name == "find":  # it searches what stands before its first option
        words = tuple(takewhile(lambda word: not word.text.startswith(("-", "(", "\\(", "!")), words))
    for word in words:
        value = word.value
        if value is not None:
            plain = value.rstrip("/*") or "/"
            if plain in _SYSTEM and value.startswith("/") and piece.context in ("", "host", "lfs", "root"):
                yield piece.finding(RM_ROOT, f"{value} is removed", word.span)
            continue
        match = _LEADING.match(word.text)
        if match is None or (match[3] in ("", '"') and not word.text.endswith("*") and "/" not in word.text):
            continue  # the variable alone: where it is empty, nothing is removed
        name = match[1] or match[2]
        if piece.nounset or name in piece.known or _filled(piece, name, command):
            continue
        yield piece.finding(
            UNSAFE_RM,
            f"where ${name} is empty, this removes {_emptied(word, name)}",
            word.span,
            edits=_guarded(word, name),
        )


def _emptied(word: Word, name: str) -> str:
    """What the word stands for where the variable is empty."""
    return re.sub(_variable(name), "", word.text).replace('"', "") or "/"


def _variable(name: str) -> str:
    """The pattern of `$name` and `${name}`."""
    return rf"\$(?:\{{{name}\}}|{name}\b)"


def _guarded(word: Word, name: str) -> tuple[Edit, ...]:
    return (Edit(word.span, re.sub(_variable(name), f"${{{name}:?}}", word.text, count=1)),)


def _filled(piece: Piece, name: str, command: Command) -> bool:
    """Whether the variable has surely got a text before the command, in the script itself."""
    if any(loop.variable == name and loop.words for loop in piece.shell.loops):
        return True
    for given in piece.shell.assignments:
        before = given.start <= command.start if given.start >= 0 else given.span.line <= command.span.line
        if given.name == name and before and has_text(given):
            return True
    checked = f"${{{name}:?"
    return any(
        checked in word.text for other in piece.shell.commands for word in other.words if other.start < command.start
    )


def _rights(piece: Piece, command: Command) -> Iterator[Finding]:
    mode = ""
    words = values(command)
    if command.name == "chmod":
        mode = next((word for word in words if not word.startswith("-") or re.fullmatch(r"-[rwxst]+", word)), "")
    else:
        for at, word in enumerate(words):
            if word.startswith(("-m", "--mode")):
                mode = word.partition("=")[2] or word[2:] or (words[at + 1] if at + 1 < len(words) else "")
    number = int(mode, 8) if re.fullmatch(r"[0-7]{3,5}", mode) else 0
    if (number & 0o002 and not number & 0o1000) or _FOR_ALL.search(mode):
        yield piece.finding(OPEN_RIGHTS, f"mode {mode} lets everybody write", command.span)
    if number & 0o6000 or _AS_OWNER.search(mode):
        yield piece.finding(SETUID, f"mode {mode} gives who runs it the rights of its owner or group", command.span)


def _other_user(piece: Piece, command: Command) -> Iterator[Finding]:
    lesser = _becomes(command) not in ("", "root")
    if command.name in ("su", "runuser") and lesser and piece.context not in ("host", "lfs"):
        return  # root becomes another without being asked
    yield piece.finding(SUDO, f"{command.name} asks for another user's rights", command.words[0].span)


def _becomes(command: Command) -> str:
    """The user that su changes to, "" where it names none."""
    words = iter(values(command))
    for word in words:
        if word in ("-c", "-s", "-g", "-G", "-w", "--command", "--shell", "--group"):
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _disk(piece: Piece, command: Command) -> Iterator[Finding]:
    written = operands(command)
    for word in written[-1:] if command.name == "cp" else written:
        match = _DEVICE.search(word)
        if match and (command.name != "dd" or word.startswith("of=")):
            yield piece.finding(DEVICE, f"{command.name} writes to {match[0]}", command.span)
            return


def _download(piece: Piece, command: Command) -> Iterator[Finding]:
    name = command.name
    if name in _FETCHERS and operands(command):
        run = _run_by(piece, command)
        if run:
            yield piece.finding(PIPED_DOWNLOAD, f"what {name} gets is run by {run}", command.span)
        elif piece.role == "build":
            yield piece.finding(DOWNLOAD, f"{name} downloads while it builds", command.words[0].span)
    elif piece.role == "build" and name in _TOOLS and _fetches(name, values(command)):
        yield piece.finding(DOWNLOAD, f"{name} {values(command)[0]} downloads while it builds", command.span)


def _fetches(name: str, words: list[str]) -> bool:
    first = next((word for word in words if not word.startswith("-")), "")
    if name in ("git", "svn", "hg"):
        return first in ("clone", "checkout", "co", "pull", "fetch") and any(
            "://" in word or "@" in word for word in words
        )
    if name == "rsync":
        return any("::" in word or word.startswith("rsync://") for word in words)
    if name in ("pip", "pip3"):
        return first in ("install", "download", "wheel") and not {"--no-index", "--no-build-isolation"} & set(words)
    return first in ("fetch", "get", "install", "ci") and "--offline" not in words


def _run_by(piece: Piece, command: Command) -> str:
    """The shell that a download goes to; "" if none."""
    commands = piece.shell.commands
    at = commands.index(command)
    if command.pipeline and command.piped:
        for other in commands[at + 1 :]:
            shell = other.name if other.name not in _BEFORE else next(iter(operands(other)), "")
            if other.pipeline == command.pipeline and shell in _SHELLS:
                return shell
    for other in commands[: at + 1]:
        inside = any(at in word.commands for word in other.words)
        if inside and (other.name in _SHELLS or other.name in ("eval", "source", ".")):
            return other.name
    return ""


def _secrets(piece: Piece) -> Iterator[Finding]:
    lines = set()
    for number, line in enumerate(piece.shell.text.split("\n"), 1):
        if len(line) > 4096:
            continue
        for pattern, what in _SECRETS:
            match = pattern.search(line)
            if match:
                lines.add(number)
                place = Span(piece.shell.path, number, match.start() + 1, number, match.end() + 1)
                yield piece.finding(SECRET, f"{what} stands here", place)
    for given in piece.shell.assignments:
        if given.value is not None and given.span.line not in lines and secret(given.name, given.value.value or ""):
            yield piece.finding(SECRET, f"{given.name} is given in the open", given.value.span)
    for command in piece.shell.commands:
        if command.name in ("curl", "wget"):
            for before, word in pairwise(command.words):
                if before.text in ("-u", "--user", "--password") and re.fullmatch(
                    r"[^$:]*:?[^$:]{3,}", word.value or ""
                ):
                    yield piece.finding(SECRET, f"a password for {command.name} stands here", word.span)


def secret(name: str, value: str) -> bool:
    """Whether a variable with that name and that text gives a secret away."""
    if _SECRET_NAME.search(name) is None or len(value) < 4 or _NO_SECRET.search(value):
        return False
    return re.search(r"[\s$<>]", value) is None
