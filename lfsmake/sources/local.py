"""Local origins: file: and plain paths. Knows no store: a local file is used where it lies."""

import os
import stat

from lfsmake.sources.problems import refused


def path_of(url: str) -> str:
    """The path that a file: URL or a plain path names."""
    if not url.startswith("file:"):
        return url
    from urllib.parse import unquote, urlsplit

    return unquote(urlsplit(url).path)


def readable(url: str) -> str:
    """The path of `url`. Raises SourceError if no regular file that can be read is there."""
    path = path_of(url)
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - asked for every file of a project, and a Path takes longer than that
    except OSError as error:
        raise refused(path, (error.strerror or "cannot be read").lower()) from error
    if not stat.S_ISREG(mode):
        raise refused(path, "it is not a file")
    if not os.access(path, os.R_OK):
        raise refused(path, "permission denied")
    return path
