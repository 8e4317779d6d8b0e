"""Local origins: file: and plain paths. Knows no store: a local file is used where it lies."""

import os
import stat
from pathlib import Path

from lfsmake.sources.problems import refused


def path_of(url: str) -> Path:
    """The path that a file: URL or a plain path names."""
    if not url.startswith("file:"):
        return Path(url)
    from urllib.parse import unquote, urlsplit

    return Path(unquote(urlsplit(url).path))


def readable(url: str) -> Path:
    """The path of `url`. Raises SourceError if no regular file that can be read is there."""
    path = path_of(url)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise refused(str(path), (error.strerror or "cannot be read").lower()) from error
    if not stat.S_ISREG(mode):
        raise refused(str(path), "it is not a file")
    if not os.access(path, os.R_OK):
        raise refused(str(path), "permission denied")
    return path
