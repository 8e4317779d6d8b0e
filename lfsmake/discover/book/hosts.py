"""The page on host requirements to a host declaration. Knows what Debian calls a tool, and how it tells its version."""

import re

from lfsmake.discover.book.model import Book

# Name in the book, lower case → the tool's name, the command that says its version ("" for `NAME --version`), package.
_TOOLS = {
    "binutils": ("binutils", "ld --version", "binutils"),
    "coreutils": ("coreutils", "sort --version", "coreutils"),
    "diffutils": ("diffutils", "diff --version", "diffutils"),
    "findutils": ("findutils", "find --version", "findutils"),
    "glibc": ("glibc", "ldd --version", "libc6-dev"),
    "perl": ("perl", "perl -V:version", "perl"),
    "python": ("python", "python3 --version", "python3"),
    "python 3": ("python", "python3 --version", "python3"),
    "texinfo": ("texinfo", "texi2any --version", "texinfo"),
    "xz": ("xz", "", "xz-utils"),
    "xz utils": ("xz", "", "xz-utils"),
    "bzip2": ("bzip2", "bzip2 --help", "bzip2"),
}
_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]*")
_VERSION = re.compile(r"\d[\w.+-]*")
_LINKED = re.compile(r"/(?:usr/)?bin/(\w+) should be")
_NOT_TOOLS = ("linux kernel", "linux", "kernel")


def host_text(book: Book, title: str) -> str:
    """The text of host.lfs."""
    lines = [title, "", 'host host-tools "Host system requirements" {']
    for name, version, command, package in tools_of(book):
        wanted = f" >= {version}" if version else ""
        run = f' run "{command}"' if command else ""
        lines.append(f'tool {name}{wanted}{run} package "{package}"')
    lines += [f"alias {word} {name}" for word, name in aliases_of(book)]
    if _VERSION.fullmatch(book.kernel):
        lines.append(f"kernel {book.kernel}")
    return "\n".join([*lines, "}"]) + "\n"


def tools_of(book: Book) -> list[tuple[str, str, str, str]]:
    """Name, least version, command that says its version ("" for `NAME --version`) and package of each tool."""
    out = []
    for tool in book.hosts:
        key = tool.name.lower()
        name, command, package = _TOOLS.get(key, (key, "", key))
        if key in _NOT_TOOLS or not _NAME.fullmatch(name):
            continue
        version = tool.version if _VERSION.fullmatch(tool.version) else ""
        out.append((name, version, command, package))
        if name == "gcc" and "g++" in tool.note:
            out.append(("g++", version, "", "g++"))
    return out


def aliases_of(book: Book) -> list[tuple[str, str]]:
    """What must be which tool: `("sh", "bash")`."""
    pairs = []
    for tool in book.hosts:
        name = _TOOLS.get(tool.name.lower(), (tool.name.lower(), "", ""))[0]
        pairs += [(word, name) for word in _LINKED.findall(tool.note)]
    return pairs
