"""Where things lie inside a sandbox, and the sandbox of a step. Knows contexts and folders, not phases or keys."""

import os
import tempfile
from collections.abc import Iterable, Sequence

from msgspec import Struct

from lfsmake.model.step import LFS, SCRIPTS, Context, Step
from lfsmake.sandbox import Bind, Spec

CONTROL = "/run/lfsmake"  # phase scripts and what they report, bound into every sandbox
USERS = {"root": 0}
LFS_UID = 1000  # what any other user sees of itself: no privilege inside, and root's files in the layer
MOUNTPOINTS = ("dev", "proc", "run", "sys", "tmp", "sources")
# Never part of a layer: what is mounted or put there while a step runs.
VOLATILE = ("dev/**", "proc/**", "run/**", "sys/**", "tmp/**", "sources", "sources/**")


def target_of(context: Context) -> str:
    """Where the root of layers is seen."""
    return LFS if context == "host" else "/"


def sources_of(context: str) -> str:
    """The folder the sources lie in and packages are unpacked in, as the book has it."""
    return f"{LFS}/sources" if context == "host" else "/sources"


def uid_of(user: str) -> int:
    """The uid a step's user has inside the sandbox."""
    return USERS.get(user, LFS_UID)


class Work(Struct, frozen=True):
    """The folders of one running step below its work folder; made by `make`."""

    path: str

    @property
    def upper(self) -> str:
        """What the step changes: the layer to be."""
        return f"{self.path}/upper"

    @property
    def overlay(self) -> str:
        """The overlay's own folder."""
        return f"{self.path}/overlay"

    @property
    def sources(self) -> str:
        """The sources folder, where the package is unpacked and built."""
        return f"{self.path}/sources"

    @property
    def scripts(self) -> str:
        """The script that the step runs and what this reads, as copies."""
        return f"{self.path}/scripts"

    @property
    def tmp(self) -> str:
        """The step's /tmp: on disk, since a build may fill it."""
        return f"{self.path}/tmp"  # noqa: S108 - below our own folder

    def new_control(self) -> str:
        """A folder for one phase's scripts and its answers. What ran before has never seen it: a build that is
        hostile could have put a link where we are about to write as root."""
        os.makedirs(f"{self.path}/control", exist_ok=True)
        return tempfile.mkdtemp(dir=f"{self.path}/control")

    def make(self, names: Iterable[str]) -> None:
        """Makes the folders that are not there yet, and the files that archives of these names are bound onto."""
        for folder in (self.upper, self.overlay, self.sources, self.tmp):
            os.makedirs(folder, exist_ok=True)
        os.chmod(self.upper, 0o755)  # noqa: S103 - the root folder of a system, as tar and the book have it
        os.chmod(self.sources, 0o1777)  # noqa: S103 - the book's mode for $LFS/sources
        os.chmod(self.tmp, 0o1777)  # noqa: S103 - it is a /tmp
        for name in names:
            os.close(os.open(f"{self.sources}/{name}", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644))

    def scratch(self, name: str) -> "Work":
        """A second set of upper folders over the same sources: for a phase whose changes are thrown away."""
        folder = f"{self.path}/{name}"
        for sub in ("upper", "overlay"):
            os.makedirs(f"{folder}/{sub}", exist_ok=True)
        os.chmod(f"{folder}/upper", 0o755)  # noqa: S103 - as above
        return Work(folder)


def step_spec(
    step: Step,
    work: Work,
    *,
    control: str,
    lowers: Sequence[str],
    argv: Sequence[str],
    cwd: str,
    env: Sequence[tuple[str, str]],
    archives: Sequence[tuple[str, str]],
    covers: Sequence[tuple[str, str]] = (),
    upper: Work | None = None,
    pass_fds: Sequence[int] = (),
    tty: bool = False,
) -> Spec:
    """The sandbox of one phase of a step, or of a person who looks into it.

    `control`: the folder of the phase's scripts and answers. `lowers`: layer folders, lowest first. `archives`: (file
    in the store, name in the sources folder), read-only. `covers`: (host file, host file it is shown in place of), in
    the host context. `upper`: other upper folders.

    A script of the host context finds /tools, the link that books before 10.0 have their readers make on the host.
    """
    sources = sources_of(step.context)
    upper = upper or work
    binds = [
        Bind(work.sources, sources, False),
        *(Bind(path, f"{sources}/{name}") for path, name in archives),
        Bind(work.tmp, "/tmp", False),  # noqa: S108 - the sandbox's own
        Bind(control, CONTROL, False),
    ]
    if step.script is not None:
        binds.append(Bind(work.scripts, SCRIPTS))
    if step.context == "host":
        binds += [Bind(tool, target) for tool, target in covers]
    return Spec(
        context="host" if step.context == "host" else "target",
        target=target_of(step.context),
        lowers=tuple(lowers),
        upper=upper.upper,
        work=upper.overlay,
        mountpoints=MOUNTPOINTS,
        binds=tuple(binds),
        argv=tuple(argv),
        env=tuple(env),
        cwd=cwd,
        user=uid_of(step.user),
        pass_fds=tuple(pass_fds),
        tty=tty,
        links=(("/tools", f"{LFS}/tools"),) if step.script is not None and step.context == "host" else (),
    )
