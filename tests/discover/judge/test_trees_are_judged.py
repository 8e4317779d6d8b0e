"""Trees of scripts: makefiles are no shell, sourced files fill variables, any bytes are survived."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lfsmake.discover.judge.examine import World, of_tree
from lfsmake.discover.judge.findings import Finding
from lfsmake.discover.judge.judge import findings
from lfsmake.discover.judge.piece import Piece
from lfsmake.discover.shell.parse import read_shell
from lfsmake.discover.tree import discover
from lfsmake.lang.check_table import Checks

WORLD = World(1000, 1 << 40, 1 << 40, lambda url: None, lambda resource: "")


def found_in(folder: Path) -> list[Finding]:
    return [each for each in of_tree(discover(folder), Checks(), WORLD) if each.severity != "note"]


def test_a_makefile_is_not_judged_as_shell(tmp_path: Path) -> None:
    for name in ("Makefile", "tar.mak"):
        (tmp_path / name).write_text("NAME = tar\nbuild:\n\t./configure --prefix=/usr\n\tmake\n\tmake install\n")
    assert found_in(tmp_path) == []


def test_a_variable_that_a_sourced_file_fills_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "vars.sh").write_text("TOOLS=/mnt/tools\n")
    (tmp_path / "common.sh").write_text(". ./vars.sh\n")
    script = (
        "#!/bin/bash\nset -e\nsource ./common.sh\ntar xf a-1.0.tar.xz\n./configure\nmake\nrm -rf $TOOLS/a $OTHER/a\n"
    )
    (tmp_path / "a.sh").write_text(script)
    told = [each.message for each in found_in(tmp_path) if each.rule == "unsafe-rm"]
    assert told == ["where $OTHER is empty, this removes /a"]


def test_line_ends_of_windows_are_told_once_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_bytes(b"#!/bin/bash\nset -e\r\n./configure\r\nmake\r\n")
    (found,) = [each for each in found_in(tmp_path) if each.rule == "SC1017"]
    assert found.message == "this line ends as lines of Windows do"
    assert found.span is not None
    assert (found.span.line, found.span.column) == (2, 7)


_PARTS = st.sampled_from(
    [
        "rm -rf ",
        '"$X',
        "/a",
        "}",
        "${",
        "make -j",
        "\n",
        " || true",
        "| tee",
        "<<E\n",
        "\0",
        "\r",
        "`",
        "$((",
        "exit",
        " &",
        "é",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.binary(max_size=200), st.lists(_PARTS, max_size=20).map(lambda parts: "".join(parts).encode())))
def test_any_bytes_are_judged(data: bytes) -> None:
    shell = read_shell("x.sh", data)
    for kind in ("script", "body"):
        found = findings([Piece(subject="x", kind=kind, shell=shell, context="host", own=(("a", "1.0"),))])
        assert all(each.span is not None and each.span.line >= 1 for each in found)


def test_a_script_that_makes_and_installs_nothing_is_told(tmp_path: Path) -> None:
    begin = "#!/bin/bash\nset -e\ncd $LFS/sources\ntar xf glibc-2.36.tar.xz\ncd glibc-2.36\n./configure --prefix=/usr\n"
    (tmp_path / "5.5-glibc.sh").write_text(begin + "make\n$LFS/tools/libexec/mkheaders\ncd ..\nrm -rf glibc-2.36\n")
    (told,) = [each for each in found_in(tmp_path) if each.rule == "nothing-installed"]
    assert told.message == "5.5-glibc.sh builds glibc and installs nothing"
    assert told.span is not None
    assert told.span.line == 7


def test_what_may_install_is_not_told(tmp_path: Path) -> None:
    begin = "#!/bin/bash\nset -e\ntar xf m4-1.4.19.tar.xz\ncd m4-1.4.19\n./configure\n"
    ends = {
        "01-m4.sh": "make && make install\n",
        "02-m4.sh": "make\ncp -v m4 /usr/bin\n",
        "03-m4.sh": "make\n../finish.sh\n",
        "04-m4.sh": "make headers_install\n",
        "05-m4.sh": "make -k check\n",  # builds nothing by itself
        "06-m4.sh": "ninja\npython3 setup.py x\n",
        "07-m4.sh": "make -C src\nput_in_place src\n",
    }
    for name, end in ends.items():
        folder = tmp_path / name[:2]
        folder.mkdir()
        (folder / name).write_text(begin + end)
    (tmp_path / "split").mkdir()
    (tmp_path / "split" / "08-m4.sh").write_text(begin + "make\n")
    (tmp_path / "split" / "09-m4-install.sh").write_text("#!/bin/bash\nset -e\ncd m4-1.4.19\nmake install\n")
    assert [each.message for each in found_in(tmp_path) if each.rule == "nothing-installed"] == []


def test_a_script_that_unpacks_another_package_than_its_name_says_is_told(tmp_path: Path) -> None:
    for name, archive in (
        ("acl-2.3.1.sh", "m4-1.4.19.tar.xz"),
        ("sed-4.8.sh", "sed-4.9.tar.xz"),
        ("gcc-14.2.0-pass1.sh", "gcc-14.2.0.tar.xz"),
        ("libstdc++-14.2.0.sh", "gcc-14.2.0.tar.xz"),  # a part, of that version
        ("lfs-12.3.sh", "sed-4.9.tar.xz"),  # no package
        ("tcl-8.6.16.sh", "tcl8.6.16-src.tar.gz"),
        ("expect-5.45.sh", "expect5.45.4.tar.gz"),
        ("kernel.sh", "linux-6.13.4.tar.xz"),  # names no version
        ("binutils-2.44.sh", "../mpfr-4.2.1.tar.xz"),  # beside its own, which somebody else unpacked
    ):
        folder = archive.partition(".tar")[0].removeprefix("../")
        text = f"#!/bin/bash\nset -e\ntar xf {archive}\ncd {folder}\n./configure\nmake\nmake install\n"
        (tmp_path / name).write_text(text.replace("cd mpfr", "mv mpfr"))
    told = [each.message for each in found_in(tmp_path) if each.rule == "other-archive"]
    assert told == ["acl-2.3.1.sh unpacks m4-1.4.19.tar.xz", "sed-4.8.sh unpacks sed-4.9.tar.xz"]


def test_what_was_not_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("#!/bin/bash\nset -e\n./configure\nmake\nmake install\n")
    (tmp_path / "gone.sh").symlink_to(tmp_path / "nothing")
    (tmp_path / "blob").write_bytes(b"\0" * 10)
    told = [each for each in of_tree(discover(tmp_path), Checks(), WORLD) if each.rule == "not-read"]
    assert [(each.severity, each.message) for each in told] == [
        ("note", "blob is binary"),
        ("warning", "gone.sh cannot be read: no such file or directory"),
    ]


def test_sh_that_runs_scripts_of_bash_is_told_once_a_caller(tmp_path: Path) -> None:
    (tmp_path / "run-all.sh").write_text("#!/bin/bash\nset -e\nsh a.sh\nsh ./b.sh\nbash c.sh\nsh c.sh\n")
    for name in "abc":
        (tmp_path / f"{name}.sh").write_text("#!/bin/bash\nset -e\n./configure\nmake\nmake install\n")
    told = [each.message for each in found_in(tmp_path) if each.rule == "sh-on-bash"]
    assert told == ["sh runs a.sh, which is for bash, and 2 more"]


def test_a_file_of_a_packager_runs_as_the_packager_has_it(tmp_path: Path) -> None:
    (tmp_path / "xz").mkdir()
    (tmp_path / "xz" / "Pkgfile").write_text(
        "name=xz\nversion=5.6\nrelease=1\nsource=(https://example.org/xz-5.6.tar.xz xz-5.4-doc.patch)\n"
        "build() {\n  cd $name-$version\n  ./configure\n  make\n  make DESTDIR=$PKG install\n"
        "  rm -rf $PKG/usr/share\n}\n"
    )
    assert [each.rule for each in found_in(tmp_path)] == []


def test_the_needs_of_temporary_tools_are_met_by_the_host(tmp_path: Path) -> None:
    for chapter, name in (("chapter06", "01-tar"), ("chapter08", "01-grep"), ("chapter08", "02-acl")):
        (tmp_path / chapter).mkdir(exist_ok=True)
        package = name[3:]
        (tmp_path / chapter / f"{name}.sh").write_text(
            f"#!/bin/bash\nset -e\ntar xf {package}-1.0.tar.xz\ncd {package}-1.0\n./configure\nmake\nmake install\n"
        )
        (tmp_path / chapter / f"{name}.yaml").write_text(f"name: {package}\nversion: 1.0\ndependencies:\n  - acl\n")
    told = [each.message for each in found_in(tmp_path) if each.rule == "unordered"]
    assert told == ["chapter08/01-grep.sh needs chapter08/02-acl.sh, which comes later"]


def test_a_version_in_a_comment_is_no_measure_of_the_others(tmp_path: Path) -> None:
    end = "./configure --docdir=/usr/share/doc/bison-3.8.2\nmake\nmake install\n"
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "bison.sh").write_text(
        "#!/bin/bash\n# Bison-3.7.1\nset -e\ntar xf bison-*.tar.xz\ncd bison-*\n" + end
    )
    (tmp_path / "b" / "bison-3.7.1.sh").write_text(f"#!/bin/bash\nset -e\ncd bison\n{end}")
    told = [(each.subject, each.message) for each in found_in(tmp_path) if each.rule == "stale-version"]
    assert told == [("b/bison-3.7.1.sh", "bison-3.8.2, but bison 3.7.1 is declared")]
