"""The shape in which a spec travels to the program inside the sandbox. Types only; nothing imports it to run."""

from typing import TypedDict

Extent = tuple[int, int, int]


class Task(TypedDict):
    """A Spec with absolute paths free of symlinks, and what the program inside cannot find out by itself."""

    context: str
    target: str
    lowers: list[str]
    upper: str
    work: str
    mountpoints: list[str]
    binds: list[tuple[str, str, bool]]
    argv: list[str]
    env: dict[str, str]
    cwd: str
    user: int
    hostname: str
    umask: int
    network: bool
    pass_fds: list[int]
    tty: bool
    cgroup: str
    links: list[tuple[str, str]]
    append_lowers: bool
    maps: "Maps | None"
    uids: int  # how many ids there are inside; 0 for all of the host's


class Maps(TypedDict):
    """An IdMap as plain lists."""

    uids: list[Extent]
    gids: list[Extent]
    helpers: list[str]
