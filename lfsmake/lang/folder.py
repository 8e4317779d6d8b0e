"""Folders of the user's own cache, and entries written whole. Knows not what is in them."""

import os
from contextlib import suppress
from pathlib import Path


def own_folder(folder: Path) -> Path | None:
    """`folder`, made with mode 0700 if need be; None if it cannot be had or is not this user's alone to write."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        for place in (folder, folder.parent):
            status = place.stat()
            if status.st_uid != os.geteuid() or status.st_mode & 0o022:
                return None
    except OSError:
        return None
    return folder


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path` at once or not at all; a cache that cannot be written is only a slower one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):
        try:
            temporary.write_bytes(data)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
