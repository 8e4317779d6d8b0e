"""Text that the recipes of other people's scripts share: comments, the host's tools, the folders all goes into."""

from collections.abc import Iterator

_TOOLS = (
    ("bash", "", "bash"),
    ("binutils", "ld --version", "binutils"),
    ("bison", "", "bison"),
    ("gawk", "", "gawk"),
    ("gcc", "", "gcc"),
    ("g++", "", "g++"),
    ("make", "", "make"),
    ("patch", "", "patch"),
    ("perl", "perl -V:version", "perl"),
    ("python", "python3 --version", "python3"),
    ("sed", "", "sed"),
    ("tar", "", "tar"),
    ("xz", "", "xz-utils"),
)
_LAYOUT = r"""
mkdir -pv $LFS/{etc,var} $LFS/usr/{bin,lib,sbin} $LFS/tools
for i in bin lib sbin; do
    ln -sv usr/$i $LFS/$i
done
case $(uname -m) in
    x86_64) mkdir -pv $LFS/lib64 ;;
esac
""".strip("\n")


def one_line(text: str) -> str:
    """Text for a comment: in one line, of signs that can be written."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def host_statements() -> Iterator[str]:
    """The statements of a host declaration: the tools that the book wants, and what stands for others."""
    for tool, command, package in _TOOLS:
        yield f"tool {tool}" + (f' run "{command}"' if command else "") + f' package "{package}"'
    yield ""
    yield from ("alias awk gawk", "alias yacc bison", "alias sh bash")


def layout(*, old: bool) -> str:
    """Shell that makes the folders of chapter 4. `old`: of a book before 10.0, where everything goes to /tools."""
    return "mkdir -pv $LFS/tools" if old else _LAYOUT
