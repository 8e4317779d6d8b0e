"""Each part of an examination on machines that lack something: found, needed, why, and what to do about it."""

import errno
import os
import stat
from pathlib import Path

import pytest

from lfsmake.discover.doctor import files as files_part
from lfsmake.discover.doctor.environment import environment
from lfsmake.discover.doctor.files import files, mount_of
from lfsmake.discover.doctor.machine import clock, kernel, overlay, sandbox, user_namespaces
from lfsmake.discover.doctor.model import Result
from lfsmake.discover.doctor.packages import FAMILIES, family, install_command, os_release, packages_of
from lfsmake.discover.doctor.tools import compilers, libraries, tools
from lfsmake.model.errors import Span
from lfsmake.model.step import EPOCH, Alias, Host, Tool
from lfsmake.sandbox.causes import Facts

HERE = Span("/p/host.lfs", 4, 1)
CLEAN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def by_id(results: object) -> dict[str, Result]:
    return {result.id: result for result in results}  # type: ignore[attr-defined]


def bad(results: object) -> dict[str, tuple[str, str]]:
    """id → (state, found) of what is not well."""
    return {name: (each.state, each.found) for name, each in by_id(results).items() if each.state != "ok"}


def test_tools_that_are_missing_or_old_name_their_packages() -> None:
    host = Host(
        "h",
        "",
        (
            Tool("bash", "3.2", ("bash", "--version"), "bash", HERE),
            Tool("bash-of-tomorrow", "99", ("bash", "--version"), "", HERE),
            Tool("nothing-like-it", "1", ("nothing-like-it", "--version"), "nothing", HERE),
        ),
        (Alias("sh-not-there", "bash", HERE),),
        "99.0",
        HERE,
    )
    found = by_id(tools([host, host]))
    assert found["tool.bash"].state == "ok"
    assert found["tool.bash"].needed == "3.2 or newer"
    old, none, name, linux = (
        found[key] for key in ("tool.bash-of-tomorrow", "tool.nothing-like-it", "name.sh-not-there", "kernel.version")
    )
    assert (old.state, old.needed) == ("error", "99 or newer")
    assert old.found[0].isdigit()
    assert (none.state, none.found) == ("error", "the host has no nothing-like-it")
    assert none.mend == "install the package nothing"
    assert none.why == "the recipes declare it (host.lfs:4)"
    assert none.packages == {"debian": "nothing", **dict.fromkeys(FAMILIES[1:], "nothing-like-it")}
    assert (name.state, name.needed) == ("error", "another name of bash")
    assert (linux.state, linux.needed, linux.mend) == ("error", "99.0 or newer", "install a newer kernel and restart")
    assert len(found) == 5


def test_a_compiler_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bad(compilers(str(tmp_path))) == {}
    for name, text in (("gcc", "echo 'x.c:1: fatal error: stdio.h: gone' >&2; exit 1"), ("g++", "exit 3")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bad(compilers(str(tmp_path))) == {
        "compiler.c": ("error", "`gcc` fails: x.c:1: fatal error: stdio.h: gone"),
        "compiler.c++": ("error", "`g++` fails: exit status 3"),
    }


@pytest.mark.parametrize(
    ("there", "state"), [((), "ok"), (("libgmp.la",), "error"), (("libgmp.la", "libmpfr.la", "libmpc.la"), "ok")]
)
def test_libtool_files_are_all_there_or_none(tmp_path: Path, there: tuple[str, ...], state: str) -> None:
    for name in there:
        (tmp_path / name).touch()
    (result,) = libraries([str(tmp_path)])
    assert result.state == state


def test_pseudo_terminals_are_asked_for(tmp_path: Path) -> None:
    ((name, (state, found)),) = bad(kernel(str(tmp_path), str(tmp_path / "ptmx"))).items()
    assert (name, state, found) == ("kernel.pty", "error", f"{tmp_path / 'ptmx'} or {tmp_path} is missing")


def test_a_clock_that_stands_is_an_error_one_that_differs_a_warning() -> None:
    assert bad(clock(EPOCH + 1e6, EPOCH + 1e6 + 1)) == {}
    ((_, (state, _)),) = bad(clock(EPOCH - 86400.0)).items()
    assert state == "error"
    ((_, (state, found)),) = bad(clock(EPOCH + 1e6, EPOCH + 1e6 - 30)).items()
    assert state == "warning"
    assert found.endswith(", files are stamped -30 s from it")


def test_a_sandbox_is_really_started_where_the_store_will_be(tmp_path: Path) -> None:
    found = by_id(sandbox(str(tmp_path / "not" / "yet")))
    assert found["sandbox"].state == "ok"
    assert not list(tmp_path.glob("lfsmake-*"))


INFO = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:40 / /mnt/stick rw,noexec,nosuid - vfat /dev/sdb1 rw
23 21 0:41 / /mnt/a\\040b rw - nfs4 server:/x rw
nonsense
"""


def test_the_mount_of_a_folder_is_the_nearest(tmp_path: Path) -> None:
    info = tmp_path / "mountinfo"
    info.write_text(INFO)
    kinds = {path: mount_of(path, str(info)) for path in ("/", "/mnt/stick/x", "/mnt/sticks", "/mnt/a b/c")}
    assert {path: mount.kind for path, mount in kinds.items() if mount} == {
        "/": "ext4",
        "/mnt/stick/x": "vfat",
        "/mnt/sticks": "ext4",
        "/mnt/a b/c": "nfs4",
    }
    assert mount_of("/", str(tmp_path / "gone")) is None


@pytest.mark.parametrize(
    ("line", "state", "why"),
    [
        ("ext4 /dev/x rw", "ok", ""),
        ("vfat /dev/x rw", "warning", "it knows no permissions and no links"),
        ("newfs /dev/x rw", "warning", "lfsmake was not tried on it"),
    ],
)
def test_file_systems_that_do_not_fit_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, state: str, why: str
) -> None:
    info = tmp_path / "mountinfo"
    info.write_text(f"21 1 8:1 / / rw,relatime - {line}\n")
    monkeypatch.setattr(files_part, "mount_of", lambda path: mount_of(path, str(info)))
    kind = by_id(files(str(tmp_path / "store")))["files.kind"]
    assert (kind.state, kind.why) == (state, why)
    assert not (tmp_path / "store").exists()


def test_a_mount_where_nothing_runs_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "mountinfo"
    info.write_text("21 1 8:1 / / rw,noexec - ext4 /dev/x rw\n")
    monkeypatch.setattr(files_part, "mount_of", lambda path: mount_of(path, str(info)))
    kind = by_id(files(str(tmp_path)))["files.kind"]
    assert (kind.state, kind.found) == ("error", "ext4 at / (noexec)")
    assert kind.why == "it is mounted noexec: what is built there cannot be run"


def test_a_folder_nobody_may_write_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> str:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(files_part.tempfile, "mkdtemp", refused)
    result = by_id(files(str(tmp_path)))["files.write"]
    assert result.found == f"nothing can be written in {tmp_path}: Read-only file system"


def test_a_well_kept_shell_has_nothing_to_tell() -> None:
    assert bad(environment(CLEAN, 0o022, 1000)) == {}


@pytest.mark.parametrize("value", ["/", "", "mnt/lfs", "/mnt/.."])
def test_lfs_that_is_the_host_itself_is_an_error(value: str) -> None:
    result = by_id(environment({**CLEAN, "LFS": value}, 0o022, 1000))["environment.lfs"]
    assert (result.state, result.found) == ("error", f'"{value}"')
    assert result.mend == "unset LFS: lfsmake needs none; or export LFS=/mnt/lfs"


def test_what_a_build_by_hand_would_notice_is_told(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777 | stat.S_IRWXU)
    path = f"/bin::{open_to_all}:/nowhere"
    seen = bad(environment({"PATH": path, "LC_ALL": "xx_XX.nowhere", "CFLAGS": "-O3", "LFS": "/mnt/lfs"}, 0o077, 0))
    assert seen == {
        "environment.locale": ("warning", "xx_XX.nowhere, which is not installed"),
        "environment.path": ("warning", f'"", {open_to_all} (anybody may write there)'),
        "environment.variables": ("note", "CFLAGS"),
        "environment.umask": ("note", "0077"),
        "environment.root": ("note", "root"),
    }
    assert bad(environment(CLEAN, 0o002, 1000)) == {"environment.umask": ("warning", "0002")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ID=debian\n", "debian"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "debian"),
        ('NAME="x\nID=rocky\nID_LIKE="rhel centos fedora"\n', "fedora"),
        ("ID=manjaro\nID_LIKE=arch\n", "arch"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "opensuse"),
        ("# nothing\nID=lfs\n", ""),
        ("", ""),
    ],
)
def test_the_distribution_is_known_by_its_own_file(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "os-release").write_text(text)
    assert family(os_release([str(tmp_path / "gone"), str(tmp_path / "os-release")])) == said


def test_one_command_installs_everything() -> None:
    assert install_command("debian", ["m4", "bison", "m4"]) == "apt-get install bison m4"
    assert install_command("", ["m4"]) == ""
    assert install_command("arch", []) == ""
    assert packages_of("g++", "g++") == {"debian": "g++", "fedora": "gcc-c++", "arch": "gcc", "opensuse": "gcc-c++"}


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"max_user_namespaces": 15000}, "allowed, up to 15,000"),
        ({"max_user_namespaces": 7, "userns_clone": 0, "apparmor_restricts": 1, "root": True}, "allowed, up to 7"),
        ({"max_user_namespaces": None}, "not in this kernel"),
        ({"max_user_namespaces": 0, "root": True}, "switched off"),
        ({"max_user_namespaces": 9, "userns_clone": 0}, "not for ordinary users"),
        ({"max_user_namespaces": 9, "userns_clone": 1, "apparmor_restricts": 1}, "restricted by AppArmor"),
    ],
)  # fmt: skip
def test_user_namespaces_are_told_with_what_forbids_them(facts: dict[str, int | None], found: str) -> None:
    told = user_namespaces(Facts("", **facts))  # type: ignore[arg-type]
    assert (told.state, told.found) == ("ok" if found.startswith("allowed") else "error", found)
    assert bool(told.mend) == bool(told.why) == (told.state == "error")


def test_overlayfs_that_is_a_module_is_a_note() -> None:
    assert overlay(Facts("")).state == "ok"
    told = overlay(Facts("", overlay_known=False))
    assert (told.state, told.found) == ("note", "not loaded")


def test_a_full_disk_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gcc").write_text("#!/bin/sh\necho 'error closing x.s: No space left on device' >&2; exit 1\n")
    (tmp_path / "gcc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    told = by_id(compilers(str(tmp_path)))["compiler.c"]
    assert (told.state, told.packages) == ("error", {})
    assert told.mend == f"make room in {tmp_path}, or set TMPDIR to another folder"
    monkeypatch.setattr(files_part, "_free", lambda place: 0)
    found = by_id(files(str(tmp_path)))
    assert (found["files.room"].state, found["files.room"].why) == ("error", "nothing can be unpacked")
    assert "files.links" not in found
