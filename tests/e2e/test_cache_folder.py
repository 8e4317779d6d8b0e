"""Where the user's cache folder is, by the environment's conventions."""

from pathlib import Path

import pytest

from lfsmake.store.place import cache_folder


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"LFSMAKE_CACHE": "/c", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/c"),
        ({"LFSMAKE_CACHE": "/c/../d/"}, "/d"),
        ({"LFSMAKE_CACHE": "", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/lfsmake"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/lfsmake"),
        ({"HOME": "/h"}, "/h/.cache/lfsmake"),
    ],
)
def test_the_environment_says_where(environ, folder):
    assert cache_folder(environ) == folder


def test_a_relative_own_folder_is_seen_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cache_folder({"LFSMAKE_CACHE": "c"}) == str(tmp_path / "c")


def test_without_a_home_the_user_database_is_asked():
    assert cache_folder({}) == f"{Path('~').expanduser()}/.cache/lfsmake"
