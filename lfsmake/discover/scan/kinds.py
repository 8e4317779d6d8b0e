"""What a file is by its name, its first line and its text: shell, makefile, a packager's file, a list, a sidecar.

Knows no tree: one file at a time.
"""

import re
from typing import Literal

from lfsmake.discover.scan.walk import Entry

Kind = Literal["shell", "makefile", "package", "list", "sidecar", ""]

_MAKEFILES = frozenset(("makefile", "gnumakefile", "bsdmakefile"))
_PACKAGES = frozenset(
    ("pkgfile", "pkgbuild", "apkbuild", "spkgbuild", "template", "abuild", "lbuild", "buildfile")
)
_PACKAGE_EXTENSIONS = frozenset(("pkgfile", "pkgbuild", "apkbuild", "slackbuild", "spkgbuild"))
_SIDECARS = frozenset(("yaml", "yml", "toml", "json"))
_PROSE = frozenset(("md", "rst", "adoc", "markdown", "html", "org", "patch", "diff"))
_LISTED = re.compile(
    r"(?:^|[-_.])(?:wget|url|urls|list|lst|order|build[-_]?order|series|packages?|pkgs?|sources?|md5sums?|"
    r"sha\d+sums?|b2sums?|"
    r"checksums?|digests|depends?|versions?|manifest|index|core|base|toolchain|targets|todo|sequence|steps|"
    r"world)(?:$|[-_.\d])",
    re.IGNORECASE,
)
_SHEBANG = re.compile(rb"^#!\s*\S*?(?:/|\s)?(?:env(?:\s+-\S+)*\s+)?(?:\S*/)?(bash|sh|dash|ksh|zsh|ash|mksh)\b")
_OTHER_SHEBANG = re.compile(rb"^#!\s*\S+")
_STRONG = re.compile(
    rb"^[ \t]*(?:(?:\.|\.\.|\$\w+|\$\{\w+\})/+(?:[\w.$+{}-]+/)*[cC]onfigure\b|(?:sudo )?make(?:[ \t]+-\S+)*(?:[ "
    rb"\t]+\w*install\b|[ \t]*$|[ \t]+-j|[ \t]+check\b|"
    rb"[ \t]+mrproper)|tar[ \t]+-?-?(?:\w*x|ex)|patch[ \t]+-[A-Za-z]*p?\d|meson[ \t]+(?:setup|compile)|ninja\b|"
    rb"cmake[ \t]|"
    rb"(?:perl[ \t]+Makefile\.PL)|pip3?[ \t]+(?:install|wheel)|python3?[ \t]+setup\.py)",
    re.MULTILINE,
)
_WEAK = re.compile(
    rb"^[ \t]*(?:cd|mkdir|export|install|sed|cp|mv|ln|rm|chown|chmod|cat|source|\.|echo|for|if|case|while|mount|"
    rb"chroot|"
    rb"su|wget|curl|pushd|popd|set|bash|sh)[ \t]+\S",
    re.MULTILINE,
)
_DIGEST = re.compile(r"^[0-9a-fA-F]{32,128}\s+[* ]?\S+$|^\S+\s+[0-9a-fA-F]{32,128}$|^[0-9a-fA-F]{32,128}$|^SKIP$")
_URL = re.compile(r"^(?:[\w.+-]+\s*[=:|,;\t ]\s*)?(?:https?|ftp|git|rsync|sftp)(?:\+\w+)?://\S+")
_NAME = re.compile(r"^[\w+.@:/~-]+(?:[ \t,;|=]+[\w+.@:/~>=<*-]+){0,4}$")
_ASSIGNMENT = re.compile(r"^(?:export\s+|declare\s+(?:-\w+\s+)*|readonly\s+)?[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=")


_RECIPE = re.compile(
    rb"^(?:package|script|resource|style|group|host|option|amend)[ \t]+[^\s{]+[^\n]*\{[ \t]*$", re.MULTILINE
)  # of our own language


def kind_of(entry: Entry) -> Kind:
    """The kind of a file; "" for what is of no use here."""
    name, extension, data = entry.name.lower(), entry.extension, entry.data
    if not data:
        return "shell" if extension in ("sh", "bash") else ""
    if name in _MAKEFILES or extension in ("mk", "mak", "make") or name.startswith(("makefile.", "makefile-")):
        return "" if extension in ("in", "am") else "makefile"
    if name in _PACKAGES or extension in _PACKAGE_EXTENSIONS:
        return "package"
    if _SHEBANG.match(data):
        return "shell"
    if extension == "lfs" and _RECIPE.search(data):
        return ""
    if _OTHER_SHEBANG.match(data):
        return ""
    if extension in ("sh", "bash", "ksh", "dash"):
        return "shell"
    if extension in _SIDECARS:
        return "sidecar"
    if extension in _PROSE or name.startswith((".", "readme", "license", "copying", "changelog")):
        return ""
    if _is_list(entry) or (extension in ("csv", "tsv") and _is_table(entry)):
        return "list"
    return "shell" if extension != "txt" and _is_shell(entry) else ""


def _is_shell(entry: Entry) -> bool:
    """Text without a first line for it, but with commands that build, or assignments only."""
    data = entry.data
    strong, weak = len(_STRONG.findall(data)), len(_WEAK.findall(data))
    lines = sum(1 for line in data.splitlines() if line.strip())
    if strong >= 1 and (strong + weak) * 5 >= lines:
        return True
    said = told(entry)
    assigned = sum(1 for line in said if _ASSIGNMENT.match(line))
    return (
        bool(said)
        and assigned * 10 >= len(said) * 8
        and entry.extension not in ("ini", "desktop", "service", "config")
    )


def told(entry: Entry) -> list[str]:
    """The lines of a list that say something: no blank ones, no comments."""
    lines = (line.strip() for line in entry.data.decode("utf-8", "replace").splitlines())
    return [line for line in lines if line and not line.startswith(("#", ";", "//"))]


def _is_table(entry: Entry) -> bool:
    """Rows of which most name an archive."""
    lines = told(entry)
    return sum(2 for line in lines if ".t" in line or ".zip" in line) > len(lines)


def _is_list(entry: Entry) -> bool:
    lines = told(entry)
    if not lines:
        return False
    few = len(lines) * 8
    if (
        sum(10 for line in lines if _URL.match(line)) >= few
        or sum(10 for line in lines if _DIGEST.match(line)) >= few
    ):
        return True
    named = _LISTED.search(entry.name) or entry.folder.endswith(("list", "lists", "order"))
    return bool(named) and sum(10 for line in lines if _NAME.match(line) and not _ASSIGNMENT.match(line)) >= few
