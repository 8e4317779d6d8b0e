"""What recipes mean once resolved: resources, steps, groups, the project. Knows no syntax and no state of a run."""

from typing import Literal

from msgspec import Struct, field

from lfsmake.model.errors import Span

Context = Literal["host", "target", "image"]
PhaseName = Literal["prepare", "configure", "build", "check", "install"]
PHASES: tuple[PhaseName, ...] = ("prepare", "configure", "build", "check", "install")
SCRIPTS = "/run/scripts"  # where a step sees the script it runs and the files that this reads
LFS = "/mnt/lfs"  # where the system to be is seen in the host context, as the book has it
EPOCH = 1741132800  # 2025-03-05, the day book 12.3 came out: SOURCE_DATE_EPOCH, and every time in a layer
ALGORITHMS = ("sha256", "sha512", "blake2b", "md5")


class Digest(Struct, frozen=True):
    """`value` is lower-case hex. `algorithm` "signed" with an empty value: the digest is the signed index's."""

    algorithm: str
    value: str


class Body(Struct, frozen=True):
    """Shell text, verbatim. Line n of `text` (from 1) is line `span.line + n - 1` of the recipe."""

    text: str
    span: Span


class Origin(Struct, frozen=True):
    """One place a resource's file can be had from.

    `url` is https:, http:, file:, debian:SUITE/SOURCE/FILE, pypi:NAME==VERSION, or a path below the recipe's folder
    (made absolute by resolution). `digests` are of the file this origin gives, which may differ between origins.
    `fixup` runs in the unpacked folder when this origin was used.
    """

    url: str
    digests: tuple[Digest, ...]
    span: Span
    fixup: Body | None = None


class Resource(Struct, frozen=True):
    """A file a step uses: a source archive, a patch. `filename` is its name in the step's sources folder."""

    name: str
    version: str
    filename: str
    origins: tuple[Origin, ...]
    span: Span


class Patch(Struct, frozen=True):
    """A resource applied with `patch -Np<strip>` in the build folder after unpacking and fix-up."""

    resource: Resource
    strip: int = 1


class Unpack(Struct, frozen=True):
    """A second resource unpacked below the build folder, at `folder` ("gmp"), its own top folder stripped."""

    resource: Resource
    folder: str


class File(Struct, frozen=True):
    """A rendered file placed in the root before the install phase. `mode` is octal digits, such as "0644"."""

    path: str
    text: str
    mode: str
    span: Span


class Phase(Struct, frozen=True):
    """One phase of a step: its bodies in the order they run (pre hooks, the body, post hooks)."""

    name: PhaseName
    bodies: tuple[Body, ...]


class Need(Struct, frozen=True):
    """`name` is a step or a host declaration (groups are expanded by resolution)."""

    name: str
    scope: Literal["build", "run", "test"]
    span: Span


class KnownFailure(Struct, frozen=True):
    """A test that is known to fail. `test` is its name as the check's output has it; `*` in it stands for anything."""

    test: str
    reason: str = ""


class Meant(Struct, frozen=True):
    """What a check would find and is as it should be: `what` is a finding's id, or where a recipe leaves the book."""

    what: str
    reason: str
    span: Span


class ReadFile(Struct, frozen=True):
    """A file that a step's script finds beside itself. `path` is below SCRIPTS, `file` absolute."""

    path: str
    file: str
    sha256: str
    executable: bool = False


class ScriptFile(Struct, frozen=True):
    """A script of somebody else's, run as it is. `command` is the shell that runs it, the body of the install phase.

    `text` is "" where the file is no UTF-8. `shell`: "bash" or "sh"; `flags` those of its first line.
    """

    path: str  # below SCRIPTS
    file: str  # absolute
    sha256: str
    text: str
    shell: str
    flags: tuple[str, ...]
    strict: bool  # ends with its first command that fails, whether it says so itself or not
    command: str
    reads: tuple[ReadFile, ...] = ()  # by path


class Limits(Struct, frozen=True):
    """Bounds of a step; None is no bound. Memory in bytes, time in seconds."""

    memory: int | None = None
    jobs: int | None = None
    time: float | None = None


class Cost(Struct, frozen=True):
    """What the book says a step costs: time in SBU, disk in MB. None where it says nothing."""

    sbu: float | None = None
    disk: float | None = None


class Step(Struct, frozen=True):
    """The unit that is planned, cached and run: a resolved package or script."""

    name: str
    kind: Literal["package", "script"]
    version: str
    title: str
    context: Context
    user: str  # who the phases run as inside the sandbox: "root" or a name such as "lfs"
    workdir: str  # below the build folder; made if it does not exist
    phases: tuple[Phase, ...]  # in the order they run
    span: Span
    env: tuple[tuple[str, str], ...] = ()  # exported, sorted by name
    facts: tuple[tuple[str, str], ...] = ()  # plain shell variables, not exported, sorted by name
    source: Resource | None = None  # unpacked; its top folder is the build folder
    extras: tuple[Resource, ...] = ()  # lie beside it in the sources folder
    unpacks: tuple[Unpack, ...] = ()
    patches: tuple[Patch, ...] = ()
    files: tuple[File, ...] = ()
    needs: tuple[Need, ...] = ()  # in the order written, groups and provided names expanded
    after: tuple[str, ...] = ()  # ordering only (from others' `before`); their layers are not in the root
    hosts: tuple[str, ...] = ()  # names of the host declarations it needs
    provides: tuple[tuple[str, str], ...] = ()  # name, version
    conflicts: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    tests: Literal["normal", "critical"] = "normal"  # a critical check runs unless option tests = none
    check: bool = False  # whether this configuration runs the check phase
    cost: Cost = Cost()
    limits: Limits = Limits()
    retry: int = 0
    summary: str = ""
    homepage: str = ""
    license: str = ""
    fails: tuple[KnownFailure, ...] = ()  # of the check, in the order written
    allows: tuple[Meant, ...] = ()  # findings of `lfsmake check`, in the order written
    differs: tuple[Meant, ...] = ()  # from the book, in the order written
    script: ScriptFile | None = None  # what the install phase runs, of `script NAME from "path"`


class Tool(Struct, frozen=True):
    """A program the host must have, at least in `version`; `package` names what to install for it."""

    name: str
    version: str
    command: tuple[str, ...]  # prints the version; the first number in it counts
    package: str
    span: Span


class Alias(Struct, frozen=True):
    """`name` must behave as `tool`, as /bin/sh must be bash; the sandbox binds it where the host differs."""

    name: str
    tool: str
    span: Span


class Host(Struct, frozen=True):
    """A host declaration: what must be there before a step of the host context may run."""

    name: str
    title: str
    tools: tuple[Tool, ...]
    aliases: tuple[Alias, ...]
    kernel: str  # minimum version, "" for none
    span: Span


class Group(Struct, frozen=True):
    """A name for several steps. `members` are step names, groups expanded, in the order written."""

    name: str
    title: str
    members: tuple[str, ...]
    span: Span


class Option(Struct, frozen=True):
    """A switch with a closed set of values; `value` is the one in force."""

    name: str
    choices: tuple[str, ...]
    value: str
    span: Span


class Project(Struct, frozen=True):
    """All recipes, resolved: the input of the engine. Dicts keep the order of declaration and are never changed."""

    book: str
    steps: dict[str, Step]
    groups: dict[str, Group]
    hosts: dict[str, Host]
    resources: dict[str, Resource]
    options: dict[str, Option]
    default: tuple[str, ...]  # targets built when none is named
    files: tuple[str, ...] = field(default=())  # every file read to get here, absolute, for watching
