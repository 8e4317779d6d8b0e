"""Files and folders that somebody names on the command line, to paths. Looks at none of them."""

from pathlib import Path

import click

from lfsmake.model.errors import UsageError

PLACE = click.Path(readable=False)  # that it cannot be read is told by whoever reads it, in our words


def home_filled(text: str) -> Path:
    """The path with `~` and `~user` filled in; the name of an unknown user is a file's like any other."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def given(folder: str | Path, text: str, what: str) -> Path:
    """The path that `text` means in a folder. Raises UsageError if it is empty: mostly a variable that is not set."""
    if not text:
        raise UsageError(f"{what} is empty", expected="the name of a file or folder", hint='"." is this folder')
    return Path(folder) / home_filled(text)
