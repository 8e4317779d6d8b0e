"""What a script is for, and the sentence that says why. Knows its text, its name, who calls it; no order."""

import re
from collections.abc import Sequence

from msgspec import Struct

from lfsmake.discover.model import Role
from lfsmake.discover.scan.names import LAST, file_number, folder_number, stem
from lfsmake.discover.shell.nodes import Command, Shell, Word

_MAKERS = frozenset(("make", "gmake", "ninja", "meson", "cmake", "cargo", "scons", "waf", "bmake", "samu"))
_FETCHERS = frozenset(("wget", "curl", "aria2c", "axel", "lftp", "rsync"))
_DISKS = re.compile(r"^(?:mkfs(?:\.\w+)?|mke2fs|fdisk|sfdisk|gdisk|sgdisk|cfdisk|parted|mkswap|swapon|losetup|"
                    r"cryptsetup|pvcreate|vgcreate|lvcreate|"
                    r"qemu\S*|dd|qemu-img|kpartx|partprobe|virt-install|VBoxManage|docker|podman|debootstrap|"
                    r"genisoimage|xorriso|mkisofs|"
                    r"apt|apt-get|yum|dnf|pacman|zypper)$")  # fmt: skip
_MOUNTS = frozenset(("mount", "umount", "chroot", "unmount", "arch-chroot", "mountpoint"))
_USERS = frozenset(
    ("useradd", "groupadd", "adduser", "addgroup", "passwd", "chpasswd", "usermod", "userdel", "groupdel", "su")
)
_SETS_UP = frozenset(("install", "cp", "ln", "mkdir", "sed", "mv", "localedef", "useradd", "groupadd", "pwconv",
                      "grpconv", "udevadm",
                      "systemctl", "mknod", "touch", "grub-install", "grub-mkconfig", "chmod", "chown", "tee",
                      "cat", "update-grub",
                      "pip3", "pip", "systemd-machine-id-setup", "locale-gen", "chgrp", "patch", "ldconfig",
                      "lilo"))  # fmt: skip
_DELETES = frozenset(("rm", "strip", "find", "objcopy", "umount", "userdel", "rmdir"))
_IDLE = frozenset(("echo", "printf", "set", "cd", "exit", "export", "pushd", "popd", "read", "[", "test", "[[",
                   ":", "true", "unset", "umask",
                   "return", "local", "declare", "source", ".", "clear", "time", "shift", "sleep", "trap",
                   "readonly", "date"))  # fmt: skip
_SYSTEM = re.compile(r"""["']?(?:\$\{?LFS\}?)?/(?:etc|usr|boot|lib|lib64|var|sbin|root|opt)\b""")
_WRAPPERS = frozenset(("time", "sudo", "exec", "nice", "nohup", "command", "builtin", "!", "doas", "env"))
_TOOLS = frozenset(
    ("tar", "patch", "install", "cp", "mv", "ln", "sed", "mkdir", "rm", "wget", "curl", "chown", "chmod")
)
_KNOWN = (
    _MAKERS
    | _FETCHERS
    | _MOUNTS
    | _USERS
    | _SETS_UP
    | _DELETES
    | _IDLE
    | {"su", "xargs", "for", "which", "type", "man", "tar", "grep"}
)
_STRAY = re.compile(r"(?: copy(?: ?\d+)?|\(\d+\)|[-_. ](?:bak|orig|copie|kopie|rej|swp|unused|disabled|"
                    r"deprecated))$|~$|^(?:copy of |\.#)",
                    re.IGNORECASE)  # fmt: skip
LATER = re.compile(
    r"[-_. ](?:backup|old|save|saved|copy|tmp|new|test)\d*$", re.IGNORECASE
)  # a copy, if the plain name exists too
_STRAY_FOLDER = re.compile(
    r"(?:^|/)(?:old|unused|deprecated|attic|archive[ds]?|obsolete|backups?|trash|misc[-_]?old|disabled)(?:/|$)",
    re.IGNORECASE,
)
_PREPARES = "its name says that it prepares or checks the machine"
_NAMES: tuple[tuple[Role, re.Pattern[str], str], ...] = (
    ("host", re.compile(r"(?:version|host|library|lib|self|requirements?|prereq\w*|sanity|environment|env|"
                        r"system)[-_]?(?:check|reqs?)|check[-_](?:host|version|req|tools)"
                        r"|(?:^|[-_.\d])(?:partition\w*|mkfs|format|disk|mount\w*|umount\w*|enter[-_]chroot|"
                        r"chroot[-_]?(?:in|enter|prep\w*|post|setup)|vkfs|qemu|vm|kvm|docker|"
                        r"backup|restore|add[-_]?user|user|users)(?:$|[-_.\d])", re.IGNORECASE), _PREPARES),
    ("download", re.compile(r"(?:^|[-_.\d])(?:download\w*|fetch\w*|wget|get[-_]?\w*|getsources?|mirror)(?:$|"
                            r"[-_.\d])", re.IGNORECASE), "its name says that it fetches sources"),
    ("cleanup", re.compile(r"(?:^|[-_.\d])(?:clean\w*|strip\w*|remove\w*|purge|uninstall|tear[-_]?down|reset|"
                           r"umount\w*)(?:$|[-_.\d])", re.IGNORECASE), "its name says that it removes"),
)  # fmt: skip


class Signs(Struct, frozen=True):
    """What the commands of a script, or of a part, do: how many of each sort."""

    configures: int = 0
    makes: int = 0
    unpacks: int = 0
    fetches: int = 0
    disks: int = 0
    mounts: int = 0
    users: int = 0
    sets_up: int = 0
    deletes: int = 0
    others: int = 0  # commands that do something else
    idle: int = 0  # those that only say, check or move about
    inside: int = 0  # how many of all stand in functions
    all: int = 0
    system: int = 0  # commands that name places of the system: /etc, $LFS/usr
    lfs_user: int = 0  # commands that make or become the user lfs
    writes: int = 0  # redirections into files

    @property
    def builds(self) -> int:
        """Commands that make software."""
        return self.configures + self.makes


def signs(commands: Sequence[Command]) -> Signs:
    """The commands counted by what they do."""
    count = dict.fromkeys(Signs.__struct_fields__, 0)
    for command in commands:
        words = unwrapped(command.words)
        name = (words[0].value or "").rpartition("/")[2] if words else ""
        text = words[0].text.strip("\"'") if words else ""
        count["all"] += 1
        count["inside"] += bool(command.function)
        count["system"] += any(_SYSTEM.match(word.text) for word in words[1:]) or any(
            redirect.target is not None and _SYSTEM.match(redirect.target.text) for redirect in command.redirects
        )
        count["writes"] += any(
            redirect.operator.startswith(">") and redirect.target is not None and _is_file(redirect.target.text)
            for redirect in command.redirects
        )
        rest = [word.value or word.text for word in words[1:4]]
        if (
            text.endswith(("/configure", "/Configure", "/config", "/bootstrap"))
            or "Configure" in rest[:1]
            or "configure" in rest[:1]
        ):
            count["configures"] += 1
        elif (name in _MAKERS and not any(word in ("--version", "-v", "--help") for word in rest)) or (
            name in ("python", "python3", "perl", "pip", "pip3")
            and any(word in ("setup.py", "Makefile.PL", "install", "wheel", "build", "Build.PL") for word in rest)
        ):
            count["makes"] += 1
        elif name in ("tar", "bsdtar", "unzip") and _extracts(name, rest):
            count["unpacks"] += 1
        elif name in _FETCHERS or (name == "git" and "clone" in rest):
            count["fetches"] += 1
        elif _DISKS.match(name):
            count["disks"] += 1
        elif name in _MOUNTS:
            count["mounts"] += 1
        elif name in _USERS:
            count["users"] += 1
            count["lfs_user"] += any(word.value == "lfs" for word in words[1:])
        elif name in _DELETES:
            count["deletes"] += 1
        elif name in _SETS_UP:
            count["sets_up"] += 1
        elif name in _IDLE or not name:
            count["idle"] += 1
        else:
            count["others"] += 1
    return Signs(**count)


def unwrapped(words: Sequence[Word]) -> Sequence[Word]:
    """The words of the command that a wrapper runs: `try make install`, `time ./configure`, `run_cmd "make"`."""
    for _ in range(2):
        if len(words) < 2:
            return words
        name = words[0].value or ""
        then = words[1].text.strip("\"'")
        wraps = name in _WRAPPERS or (
            name.isidentifier()
            and name not in _KNOWN
            and (then in _MAKERS or then.endswith(("/configure", "/Configure")) or then in _TOOLS)
        )
        if not wraps or then.startswith("-"):
            return words
        words = words[1:]
    return words


def _is_file(target: str) -> bool:
    return not target.strip("\"'").startswith(("/dev/", "&")) and "log" not in target.lower()


def _extracts(name: str, words: Sequence[str]) -> bool:
    return name == "unzip" or any(
        word in ("--extract", "--get") or (re.fullmatch(r"-?[A-Za-z]+", word) and "x" in word)
        for word in words[:2]
    )


def is_library(count: Signs, shell: Shell) -> bool:
    """It defines what others use, and does nothing when it is read in: functions, variables, checks."""
    own = {function.name for function in shell.functions}
    if own and any(not command.function and command.name in own for command in shell.commands):
        return False
    top = count.all - count.inside
    works = count.configures + count.makes + count.unpacks
    return (top <= max(2, count.inside // 20) and not (works and not count.inside)) or (
        not works and not count.sets_up + count.deletes + count.writes + count.fetches + count.others
    )


class Known(Struct, frozen=True):
    """What else is known of a script when its role is asked for."""

    calls: int = 0  # other scripts it calls, switched-off calls among them
    lists: int = 0  # other scripts it names in lists
    parts: int = 0  # parts it has itself
    sourced_by: tuple[str, ...] = ()
    driven: bool = False  # a driver sources it, in turn with others
    called_by: tuple[str, ...] = ()
    twin: str = ""  # a script with the same text whose name is the plainer one
    builder: str = ""  # a script it reads in, as others do too, that builds
    plainer: str = ""  # a script whose name is this one's without "-old" or the like


def role_of(path: str, shell: Shell | None, count: Signs, known: Known) -> tuple[Role, str]:
    """The role and why, one sentence without a full stop."""
    name = path.rpartition("/")[2]
    bare = stem(name)
    if _STRAY.search(bare) or _STRAY.search(name):
        like = f"; {known.twin} has the same text" if known.twin else ""
        return "stray", f"its name is that of a copy or a leftover{like}"
    if known.plainer and not known.called_by and not known.sourced_by:
        return "stray", f"its name is that of {known.plainer}, put aside"
    if _STRAY_FOLDER.search(path.rpartition("/")[0]) and not known.called_by:
        return "stray", "it lies in a folder of leftovers"
    if shell is not None and not count.all:
        return ("helper", "it only sets variables") if shell.assignments else ("stray", "it holds no command")
    number = file_number(name)
    named = next(((role, why) for role, pattern, why in _NAMES if pattern.search(bare)), None)
    others = known.calls + known.lists
    works = count.builds + count.unpacks
    if known.parts:
        return "driver", f"it holds {known.parts} parts that build"
    if others < 2 and named and named[0] == "host" and not works:
        return named
    if known.builder and not known.parts and others < 3:
        return "build", f"{known.builder}, which it reads in, builds for it"
    setting_up = count.sets_up + count.writes > 4
    if (others >= 2 and (others > works or not count.builds)) or (known.calls and not works and not setting_up):
        return "driver", f"it calls {others} other script{'s' * (others > 1)} in turn"
    if number and LAST in number[1:] and others:
        return "driver", f"it calls {others} other scripts of chapter {number[0]}"
    if (
        known.driven
        and not count.builds
        and (count.unpacks or count.sets_up or count.writes)
        and not (shell and shell.functions)
    ):
        return "build", f"{_some(known.sourced_by)} comes to it in turn, and it sets up a part of the system"
    if len(known.sourced_by) > 2 and not known.driven and not count.unpacks:
        return "helper", f"it is read in by {_some(known.sourced_by)}"
    if known.sourced_by and not known.driven and not _stands_alone(count):
        return "helper", f"it is read in by {_some(known.sourced_by)} and builds nothing itself"
    if shell is not None and shell.functions and is_library(count, shell) and count.inside:
        does = works or count.sets_up or count.writes
        if does and not known.sourced_by and (runner := _runner(shell)):
            return "build", f"it defines how to build, and what it reads in does so at `{runner}`"
        return "helper", "it only defines functions"
    if (
        shell is not None
        and shell.assignments
        and count.idle == count.all
        and not count.inside
        and not count.writes
    ):
        return "helper", "it only sets variables"
    if (
        count.fetches > count.mounts
        and not count.configures
        and count.makes < count.fetches
        and (not count.unpacks or (named and named[0] == "download"))
    ):
        return (
            "download",
            f"it fetches files with {count.fetches} command{'s' * (count.fetches > 1)} and builds nothing",
        )
    if count.disks and not count.builds and count.disks + count.mounts >= count.sets_up + count.writes:
        return "host", "it works on disks, images or packages of the machine"
    chapters = [found[0] for folder in path.split("/")[:-1] if (found := folder_number(folder)) and found[1]]
    chapter = chapters[-1] if chapters else number[0] if len(number) > 1 else 0
    early = chapter in (2, 3, 4)
    late = len(number) > 1 and number[0] >= 5
    if (
        named
        and not count.configures
        and count.makes == 0
        and not (late and named[0] == "host" and count.sets_up + count.writes)
    ):
        return named
    if early and not count.builds:
        return "host", f"chapter {chapter} of the book prepares the machine"
    if count.lfs_user and not count.builds and not count.unpacks and not (number and number[0] > 4):
        return "host", "it makes or becomes the user lfs"
    if count.mounts and not count.builds and not count.unpacks and count.mounts * 2 >= count.sets_up:
        return "host", "it mounts file systems or enters the chroot, and builds nothing"
    if count.users and not count.builds and count.users >= count.sets_up + count.writes and not number:
        return "host", "it makes users of the machine"
    if count.builds:
        return "build", _how_it_builds(count)
    if count.deletes and not count.unpacks and count.deletes >= count.sets_up + count.others + count.writes:
        return "cleanup", "all it does is remove or strip"
    if count.unpacks:
        return "build", "it unpacks an archive and installs what is in it"
    if number and (number[0] >= 5 or len(number) == 1):
        return (
            "build",
            f"its number, {name[: len(bare)].split('-')[0]}, makes it a step, and it sets up a part of the system",
        )
    if known.called_by and (count.sets_up or count.writes or count.users):
        return "build", f"it sets up a part of the system for {_some(known.called_by)}"
    if folder_number(path.split("/")[-2]) if "/" in path else None:
        return "build", "it is one of a numbered folder and sets up a part of the system"
    if count.sets_up + count.writes >= 3 and count.system >= 2 and not known.sourced_by:
        return "build", "it sets up files of the system"
    return "helper", "it builds nothing, and nothing tells what it is for"


def _runner(shell: Shell) -> str:
    """The command by which a file that reads another in hands its functions over to it; "" without one."""
    own = {function.name for function in shell.functions}
    top = [command for command in shell.commands if not command.function]
    reads = [command.span.line for command in top if command.name in (".", "source")]
    if not reads:
        return ""
    calls = [
        command.name for command in top
        if command.name.replace("-", "_").isidentifier() and command.span.line > reads[0]
        and command.name not in _KNOWN and command.name not in own and len(command.words) < 3
    ]  # fmt: skip
    return calls[-1] if calls else ""


def _stands_alone(count: Signs) -> bool:
    """It would do something when run by itself."""
    outside = count.all - count.inside
    return bool(count.configures and outside > count.inside) or (count.makes > 0 and outside > 2 * count.inside)


def _how_it_builds(count: Signs) -> str:
    does = [
        *(["unpacks an archive"] if count.unpacks else []),
        *(["configures"] if count.configures else []),
        *(["makes"] if count.makes else []),
    ]
    return "it " + (" and ".join(does) if len(does) < 3 else ", ".join(does[:-1]) + " and " + does[-1])


def _some(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
