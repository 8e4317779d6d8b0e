"""To which part of the work a script belongs, by chapter, folder and name: cross toolchain, system, boot, …"""

import re
from collections import Counter
from collections.abc import Sequence

from lfsmake.discover.model import Category, Script

# What the chapters of the book are about. Until 9.1 the temporary tools were all of chapter 5.
_NEW: dict[int, Category] = {
    5: "cross-toolchain", 6: "temporary-tools", 7: "chroot", 8: "system", 9: "configuration", 10: "boot",
    11: "configuration",
}  # fmt: skip
_OLD: dict[int, Category] = {5: "temporary-tools", 6: "system", 7: "configuration", 8: "boot", 9: "configuration"}
_CROSS = frozenset(("binutils", "gcc", "linux", "glibc", "libstdc++", "musl"))
_FOR_GCC = frozenset(("gmp", "mpfr", "mpc", "isl", "ppl", "cloog", "cloog-ppl", "eglibc"))
_OF_SYSTEM = frozenset(("man-pages", "zlib", "glibc", "gcc-libs", "readline", "shadow", "iana-etc", "e2fsprogs"))
_BOOT = frozenset(("grub", "lilo", "syslinux", "dracut", "efibootmgr", "grub2"))
_CONFIGURES = re.compile(
    r"bootscripts|network|fstab|inputrc|shells|hostname|locale|profile|udev-rules|clock|console|sysctl|the-end|"
    r"rcsite|"
    r"systemd-config|init-?config|inittab|\bconf(?:ig)?\b", re.IGNORECASE
)  # fmt: skip
_FOLDERS: tuple[tuple[Category, re.Pattern[str]], ...] = (
    ("beyond", re.compile(r"\b(?:b-?lfs|beyond|extra|contrib|xorg|x11|desktop|gnome|kde|xfce|opt|community|"
                          r"multilib|server|additional)\b", re.IGNORECASE)),
    ("cross-toolchain", re.compile(r"\b(?:cross|cross[-_ ]?tool(?:chain|s)|tool-?chain)\b", re.IGNORECASE)),
    ("temporary-tools", re.compile(r"\b(?:temp(?:orary)?|tmp[-_ ]?tools?|tools?|prepare|cross-?temp|stage-?[12]|"
                                   r"phase-?[12]|prep(?:are)?[-_]build|bootstrap)\b", re.IGNORECASE)),
    ("chroot", re.compile(r"\b(?:chroot(?:[-_ ]?(?:tools?|prep\w*))?|additional[-_ ]?tools)\b", re.IGNORECASE)),
    ("kernel", re.compile(r"\b(?:kernel)\b", re.IGNORECASE)),
    ("boot", re.compile(r"\b(?:boot|bootable|grub|bootloader)\b", re.IGNORECASE)),
    ("configuration", re.compile(r"\b(?:config\w*|bootscripts|etc|setup|post)\b", re.IGNORECASE)),
    ("system", re.compile(r"\b(?:system|base|basic|core|main|software|final|world|build|packages|pkgs?)\b", re.I)),
)  # fmt: skip
RANK: tuple[Category | None, ...] = (
    "cross-toolchain", "temporary-tools", "chroot", "system", "configuration", "kernel", "boot",
    "beyond", None, "helper",
)  # fmt: skip


def is_old(scripts: Sequence[Script]) -> bool:
    """Whether the chapters are those of a book before 10.0, where chapter 6 was the whole system."""
    chapters: Counter[str] = Counter()
    marks = 0
    for script in scripts:
        if script.chapter is not None and script.role == "build":
            chapters[script.chapter.value] += 1
            named = script.name is not None and script.name.value in _OF_SYSTEM
            marks += named and script.chapter.value == "6"
    if marks * 4 > chapters["8"]:
        return True
    return chapters["8"] < 10 and (chapters["6"] > 30 or chapters["5"] > 15)


def category_of(script: Script, old: bool, main: str = "") -> Category | None:
    """The category; None where nothing tells. `main`: the category of the driver that calls it, as it is named."""
    if script.role in ("helper", "list", "download", "stray"):
        return "helper"
    name = script.name.value if script.name is not None else ""
    label = f"{script.path} {script.part}".lower()
    if script.chapter is not None and script.chapter.value.isdigit():
        told = _by_chapter(script, int(script.chapter.value), name, old)
        if told is not None:
            return told
    if script.role not in ("build", "cleanup"):
        return None
    turn = script.turn.value if script.turn is not None else ""
    folder = script.path.rpartition("/")[0]
    for part in (*reversed(folder.split("/")), main):
        for category, pattern in _FOLDERS:
            if part and pattern.search(part.replace("_", "-")):
                if category == "configuration" and script.sources and name != "lfs-bootscripts":
                    category = "system"  # `pack.setup/acl.sh`: a package, whatever the folder is called
                return _refined(category, name, turn, label)
    return _refined(None, name, turn, label)


def _by_chapter(script: Script, chapter: int, name: str, old: bool) -> Category | None:
    told = (_OLD if old else _NEW).get(chapter)
    if told is None:
        return None
    if told == "temporary-tools" and old:
        early = script.turn is None or script.turn.value == "1"
        return "cross-toolchain" if name in _CROSS and early else told
    if (
        told in ("boot", "system", "configuration")
        and name == "linux"
        and "header" not in f"{script.path} {script.part}".lower()
    ):
        return "kernel"
    if (
        told == "boot"
        and name not in _BOOT
        and _CONFIGURES.search(script.path + script.part)
        and "grub" not in script.path
    ):
        return "configuration"
    return told


def _refined(category: Category | None, name: str, turn: str, label: str) -> Category | None:
    """The folder's category, corrected by what the package itself is."""
    if name == "linux" and "header" not in label and category not in ("cross-toolchain", "temporary-tools"):
        return "kernel"
    if category == "temporary-tools" and name in _CROSS and turn in ("", "1"):
        return "cross-toolchain"
    if category == "cross-toolchain" and (turn not in ("", "1") or (name and name not in _CROSS | _FOR_GCC)):
        return "temporary-tools"
    if category == "system" and turn:
        return "cross-toolchain" if turn == "1" and name in _CROSS else "temporary-tools"
    if category is not None:
        return category
    if turn:
        return "cross-toolchain" if turn == "1" and name in _CROSS else "temporary-tools"
    if name:
        return "system"
    return "configuration" if _CONFIGURES.search(label) else None
