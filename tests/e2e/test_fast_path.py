"""A run with nothing to do is answered from a certificate, and only while every line of it is still true."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lfsmake.cli import fast

ARGV = ["all"]


@pytest.fixture
def environ(tmp_path):
    return {"LFSMAKE_CACHE": str(tmp_path / "cache"), "PATH": "/bin", "HOME": str(tmp_path), "TERM": "x"}


@pytest.fixture
def certified(tmp_path, environ, monkeypatch):
    """A file that a valid certificate depends on, and what `try_fast` says of it."""
    file = tmp_path / "a b.lfs"
    file.write_text("one")
    old = file.stat().st_ctime_ns + 2 * fast.TICK
    stats = [fast.stat_line(str(file), old)]
    assert fast.write(ARGV, environ, str(tmp_path), stats=stats, absent=[str(tmp_path / "no")], say="all well")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", environ)
    return file


def test_nothing_changed_is_answered(certified, capfd):
    assert fast.try_fast(ARGV) == 0
    assert capfd.readouterr().out == "all well\n"


def test_quiet_prints_nothing(certified, environ, tmp_path, capfd):
    assert fast.write(["-q", "all"], environ, str(tmp_path), stats=[], absent=[], say="all well")
    assert fast.try_fast(["-q", "all"]) == 0
    assert capfd.readouterr().out == ""


def test_other_words_are_another_question(certified):
    assert fast.try_fast(["al"]) is None
    assert fast.try_fast(["all", "-k"]) is None


@pytest.mark.parametrize("name", ["PATH", "HOME", "LFSMAKE_X", "XDG_DATA_HOME"])
def test_another_environment_is_another_question(certified, environ, name):
    environ[name] = "/other"
    assert fast.try_fast(ARGV) is None


def test_what_the_environment_says_besides_does_not_matter(certified, environ):
    environ["EDITOR"] = "vi"
    assert fast.try_fast(ARGV) == 0


def test_another_folder_is_another_question(certified, monkeypatch):
    monkeypatch.chdir("/")
    assert fast.try_fast(ARGV) is None


def test_an_edit_of_the_same_size_is_seen(certified):
    certified.write_text("two")
    assert fast.try_fast(ARGV) is None


def test_an_edit_with_its_time_set_back_is_seen(certified):
    before = certified.stat()
    certified.write_text("two")
    os.utime(certified, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert fast.try_fast(ARGV) is None


def test_a_file_replaced_by_rename_is_seen(certified, tmp_path):
    other = tmp_path / "other"
    other.write_text("two")
    other.rename(certified)
    assert fast.try_fast(ARGV) is None


def test_a_file_gone_is_seen(certified):
    certified.unlink()
    assert fast.try_fast(ARGV) is None


def test_a_file_that_appears_is_seen(certified, tmp_path):
    (tmp_path / "no").symlink_to("dangling")
    assert fast.try_fast(ARGV) is None


def path_of(environ, tmp_path):
    return Path(fast.certificate_path(ARGV, environ, str(tmp_path)))


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_certificate_that_others_may_write_is_not_trusted(certified, environ, tmp_path, mode):
    path_of(environ, tmp_path).chmod(mode)
    assert fast.try_fast(ARGV) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_certificate_of_another_user_is_not_trusted(certified, environ, tmp_path):
    os.chown(path_of(environ, tmp_path), 12345, -1)
    assert fast.try_fast(ARGV) is None


def test_a_link_is_not_trusted(certified, environ, tmp_path):
    path = path_of(environ, tmp_path)
    path.rename(tmp_path / "real")
    path.symlink_to(tmp_path / "real")
    assert fast.try_fast(ARGV) is None


def test_a_torn_certificate_is_not_trusted(certified, environ, tmp_path):
    path = path_of(environ, tmp_path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert fast.try_fast(ARGV) is None, whole[:length]


def test_a_certificate_of_another_version_is_not_trusted(certified, environ, tmp_path):
    path = path_of(environ, tmp_path)
    path.write_bytes(path.read_bytes().replace(b"lfsmake-certificate 1 ", b"lfsmake-certificate 2 "))
    assert fast.try_fast(ARGV) is None


def test_a_file_that_may_have_changed_since_it_was_read_is_not_certified(tmp_path, environ):
    file = tmp_path / "f"
    file.write_text("x")
    line = fast.stat_line(str(file), file.stat().st_ctime_ns + fast.TICK - 1)
    assert line == ""
    assert not fast.write(ARGV, environ, str(tmp_path), stats=[line], absent=[], say="s")


def test_a_path_with_a_newline_is_not_certified(tmp_path, environ):
    assert not fast.write(ARGV, environ, str(tmp_path), stats=["stat 1 1 1 1 a\nb"], absent=[], say="s")


def test_a_folder_that_cannot_be_made_costs_only_the_short_cut(tmp_path, environ):
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("a file")
    assert not fast.write(ARGV, environ, str(tmp_path), stats=[], absent=[], say="s")


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("", True), ("all", True), ("-k -q all", True), ("-C dir -f file -j4 --set a=b --store=x all", True),
        ("-n", False), ("-w", False), ("--json", False), ("-kq", False), ("-v", False), ("--rebuild x", False),
        ("--help", False), ("--version", False), ("-j", False), ("--", False), ("--color=never", False),
    ],
)  # fmt: skip
def test_only_plain_builds_qualify(words, fits):
    assert fast.qualifies(words.split()) is fits


def test_the_answer_loads_nothing_that_python_has_not_loaded(certified, environ, tmp_path):
    env = {**environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(fast.__file__.rsplit("/lfsmake/", 1)[0]))}
    code = (
        "import sys; bare = set(sys.modules)\n"
        "from lfsmake.cli.main import main\n"
        "code = main(['all'])\n"
        "print(code, sorted(set(sys.modules) - bare))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "all well\n"
        "0 ['lfsmake', 'lfsmake.cli', 'lfsmake.cli.fast', 'lfsmake.cli.main', 'lfsmake.store', 'lfsmake.store.place']\n"
    )
