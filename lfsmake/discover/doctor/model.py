"""What an examination of the machine says. Data, no behaviour."""

from typing import Literal

from msgspec import Struct

Area = Literal["recipes", "tools", "names", "compiler", "kernel", "sandbox", "machine", "files", "environment"]
AREAS: tuple[Area, ...] = (  # in the order they are told
    "recipes", "tools", "names", "compiler", "kernel", "sandbox", "machine", "files", "environment",
)  # fmt: skip
State = Literal["ok", "note", "warning", "error"]


class Result(Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `why` and `mend` are there unless it is well; `packages` names, for each family
    of distributions ("debian", "fedora", "arch", "opensuse"), what brings what is missing."""

    id: str  # "tool.bison", "disk": stays the same from version to version
    area: Area
    title: str
    state: State
    found: str
    needed: str = ""
    why: str = ""
    mend: str = ""
    packages: dict[str, str] = {}


class Examination(Struct, frozen=True):
    """All results in the order they are told, and the machine's own family of distributions, "" where unknown."""

    distribution: str
    results: tuple[Result, ...]
