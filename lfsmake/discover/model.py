"""What is told of a tree of scripts: each script's role and facts, with where they are from. Data, no behaviour."""

from typing import Literal

from msgspec import Struct

from lfsmake.model.errors import Span

Sure = Literal["sure", "likely", "guess"]
Role = Literal[
    "build",  # builds or sets up a part of the system: these become steps
    "driver",  # calls others in turn
    "helper",  # is sourced by others
    "host",  # prepares or checks the machine
    "download",  # fetches sources
    "cleanup",  # removes, strips, unmounts
    "list",  # names packages, versions, URLs or an order
    "stray",  # a copy, a leftover, nothing of use
]
Category = Literal[
    "cross-toolchain", "temporary-tools", "chroot", "system", "configuration", "kernel", "boot", "beyond", "helper"
]
ScriptContext = Literal["host", "lfs", "chroot", "root"]  # who runs it where: the host's user, user lfs, in the chroot


class Fact(Struct, frozen=True):
    """One value, and why it is believed. `source` completes "from …": "the tar line", "the file's name"."""

    value: str
    source: str
    sure: Sure = "sure"
    span: Span | None = None


class ScriptPhase(Struct, frozen=True):
    """A run of lines of one phase, recognised in the commands. Lines count from 1, `last` included."""

    name: Literal["prepare", "configure", "build", "check", "install"]
    first: int
    last: int


class Script(Struct, frozen=True, kw_only=True):
    """A script of a tree, or a part of one: a function, a block, a target of a makefile."""

    id: str  # its path in the tree; `path#part` for a part
    path: str  # below the tree, with "/"
    part: str = ""
    span: Span  # `file` is the absolute path; the lines that are it
    role: Role
    why: str  # one sentence: what makes it that
    convention: str  # how its tree is laid out, as `scan` names it
    category: Category | None = None
    position: int = 0  # its place in the order of the tree, from 1; 0: has none
    name: Fact | None = None  # as the book spells it, in lower case: "binutils"
    version: Fact | None = None
    turn: Fact | None = None  # "1", "2": pass 1, pass 2
    chapter: Fact | None = None  # "5"
    section: Fact | None = None  # "5.2"
    sources: tuple[Fact, ...] = ()  # archives it unpacks; the first is its own
    patches: tuple[Fact, ...] = ()
    extras: tuple[Fact, ...] = ()  # further archives and files it uses from the sources
    needs: tuple[Fact, ...] = ()  # ids of scripts
    context: Fact | None = None  # a ScriptContext
    env: tuple[Fact, ...] = ()  # variables it needs from outside
    tools: tuple[Fact, ...] = ()
    writes: tuple[Fact, ...] = ()  # paths
    sourced: tuple[Fact, ...] = ()  # paths below the tree of files it reads in with `.`
    phases: tuple[ScriptPhase, ...] = ()
    prompts: tuple[Fact, ...] = ()  # commands that wait for an answer
    tests: Fact | None = None  # the command that runs its tests
    sbu: Fact | None = None
    disk: Fact | None = None  # MB


class Surroundings(Struct, frozen=True):
    """What lies around a script: all that `facts` may know of its tree beyond the script itself."""

    paths: frozenset[str] = frozenset()  # every file of the tree
    texts: dict[str, str] = {}  # path → text of sidecars (yaml, toml, json) and lists (URLs, digests, orders)
    archives: tuple[tuple[str, str], ...] = ()  # (file name, path of the list that names it), of all lists of sources
    callers: dict[str, tuple[str, ...]] = {}  # path of a script → paths of the scripts that call or source it
    rows: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}  # path of a table → (its words, its archive) a row
    book: str = ""  # a version of the book that the tree's own texts name: "10.0"


class BookMatch(Struct, frozen=True):
    """How well a tree goes with one version of the book. `differ`: (name, version here, version there)."""

    book: str
    same: int
    differ: tuple[tuple[str, str, str], ...]


class Tree(Struct, frozen=True):
    """A folder, discovered. `scripts` are in building order first, then the rest by path."""

    root: str  # absolute
    conventions: tuple[str, ...]
    scripts: tuple[Script, ...]
    books: tuple[BookMatch, ...] = ()  # the best first
    skipped: tuple[tuple[str, str], ...] = ()  # path, why it could not be read
