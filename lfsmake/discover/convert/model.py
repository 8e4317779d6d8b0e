"""What an import made of a tree: steps, files, marks. Data, no behaviour."""

from typing import Literal

from msgspec import Struct

from lfsmake.discover.model import Script

MARK = "# import: "  # what could not be decided stands behind it, at its place
Kind = Literal["package", "script"]
As = Literal["packages", "scripts"]


class Archive(Struct, frozen=True):
    """A file from the sources. `url` may be a `file:` one; without an algorithm nothing tells its digest."""

    filename: str
    url: str = ""
    algorithm: str = ""  # md5, sha256, sha512, blake2b
    digest: str = ""

    @property
    def complete(self) -> bool:
        """Whether a recipe can name it: there is an address, and a digest unless the file itself is named."""
        return bool(self.url and (self.digest or self.url.startswith("file:")))


class Cut(Struct, frozen=True):
    """A script's text as phases. `whole` says why it could not be cut, "" if it could; then there is nothing else."""

    whole: str = ""
    bodies: tuple[tuple[str, str], ...] = ()  # phase, text, in the order they run
    workdir: str = ""
    env: tuple[tuple[str, str], ...] = ()
    patches: tuple[tuple[str, int], ...] = ()  # file name, strip
    unpacks: tuple[tuple[str, str], ...] = ()  # file name, folder
    marks: tuple[str, ...] = ()


class Made(Struct, frozen=True, kw_only=True):
    """A step to be. `kind` is what it became; `why` says why it was kept whole. Needs are names of steps."""

    name: str
    kind: Kind
    script: Script
    group: str
    title: str
    version: str = ""
    context: Literal["host", "target"] = "target"
    user: str = "root"
    archive: Archive | None = None
    extras: tuple[Archive, ...] = ()
    patches: tuple[tuple[Archive, int], ...] = ()
    unpacks: tuple[tuple[Archive, str], ...] = ()
    needs: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    workdir: str = ""
    style: str = ""
    skips: tuple[str, ...] = ()
    bodies: tuple[tuple[str, str], ...] = ()
    before: str = ""  # shell ahead of the body of a script that is kept whole
    file: str = ""  # the copy of a script that a recipe cannot hold, below the recipes
    reads: tuple[str, ...] = ()  # copies of the files it reads, as `file`
    marks: tuple[str, ...] = ()
    why: str = ""
    lenient: bool = False  # the script goes on after a failure, the step does not


class Converted(Struct, frozen=True):
    """The recipes of a tree: `files` by name, with the bytes of copied scripts among them."""

    files: dict[str, bytes]
    steps: tuple[Made, ...]
    left: tuple[tuple[str, str], ...]  # script's id, why nothing was made of it
    skipped: tuple[tuple[str, str], ...] = ()  # path, why it could not be read
    notes: tuple[str, ...] = ()
