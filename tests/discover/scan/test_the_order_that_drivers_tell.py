"""Who calls whom: paths, folders entered, lists, loops, calls switched off, drivers that call drivers."""

from pathlib import Path

import pytest

from lfsmake.discover.tree import discover
from tests.discover.scan.trees import script, write

PACKAGES = ("sed", "bash", "m4")  # neither by letter nor as the book has them


def order(folder: Path) -> list[str]:
    return [one.id for one in discover(folder).scripts if one.role == "build" and one.position]


@pytest.mark.parametrize(
    "driver",
    [
        "./sed.sh\n./bash.sh\n./m4.sh\n",
        "source $DIR/sed.sh\nsource $DIR/bash.sh\n. $DIR/m4.sh\n",
        'bash "$(dirname "$0")/sed.sh" && bash ${HERE}/bash.sh\nsudo -E sh /opt/lfs/m4.sh > m4.log 2>&1\n',
        "chroot $LFS /usr/bin/env -i HOME=/root /bin/bash -c 'sh /b/sed.sh; sh /b/bash.sh; sh /b/m4.sh'\n",
        'su - lfs << "EOF"\nbash ~/sed.sh\necho next is m4.sh\nbash ~/bash.sh\nbash ~/m4.sh\nEOF\n',
        "for name in sed bash m4; do\n  sh $name.sh | tee $name.log\ndone\n",
        'packages=(sed bash m4)\nfor p in "${packages[@]}"; do bash "$p.sh"; done\n',
        "dirs=(\n  sed\n  bash\n  m4\n)\nfor i in ${!dirs[@]}; do run ${dirs[i]}; done\n",
        'PKGS="sed bash m4"\nfor p in $PKGS; do build_one $p; done\n',
        "build sed\nbuild bash\nbuild m4\n",
        "# ./sed.sh\n# bash ./bash.sh\n./m4.sh\n",
        "stage2() {\n  ./m4.sh\n}\nstage1() {\n  ./sed.sh\n  ./bash.sh\n}\nstage1\nstage2\n",
        "ptry $wrap sed-4.9.tar.xz sed.sh ;&\nptry $wrap bash-5.2.tar.gz bash.sh\nptry $wrap m4-1.tar.gz m4.sh\n",
    ],
)
def test_every_way_of_calling(tmp_path: Path, driver: str) -> None:
    write(tmp_path, {f"{name}.sh": script(name) for name in PACKAGES})
    write(tmp_path, {"run-all.sh": f"#!/bin/bash\n{driver}"})
    assert order(tmp_path) == ["sed.sh", "bash.sh", "m4.sh"]
    found = next(one for one in discover(tmp_path).scripts if one.id == "run-all.sh")
    assert (found.role, found.why) == ("driver", "it calls 3 other scripts in turn")


def test_scripts_of_one_name_are_told_apart_by_the_folder_gone_to(tmp_path: Path) -> None:
    names = ("gcc", "m4")
    write(
        tmp_path,
        {f"{folder}/{name}.sh": script(name) for folder in ("cross", "tools", "system") for name in names},
    )
    write(tmp_path, {"build.sh": "#!/bin/bash\npushd .\ncd ../cross\nsource gcc.sh\nsource m4.sh\npopd\npushd "
                                 "tools\n. m4.sh\n. gcc.sh\n"
                                 "popd\ncd $LFS/sources/system\n./m4.sh\n./gcc.sh\n"})  # fmt: skip
    expected = ["cross/gcc.sh", "cross/m4.sh", "tools/m4.sh", "tools/gcc.sh", "system/m4.sh", "system/gcc.sh"]
    assert order(tmp_path) == expected


def test_a_list_is_of_the_folder_that_its_script_speaks_of(tmp_path: Path) -> None:
    names = ("sed", "grep", "m4")
    write(
        tmp_path,
        {
            f"{folder}/{name}.sh": script(name)
            for folder in ("lfs/tools", "root/tools", "root/final")
            for name in names
        },
    )
    for folder, kind in (("lfs", "tools"), ("root", "tools"), ("root", "final")):
        text = f"#!/bin/bash\nDIR=/scripts/{kind}\nfor p in m4 sed grep; do bash $DIR/$p.sh; done\n"
        write(tmp_path, {f"{folder}/{kind}.sh": text})
    write(tmp_path, {"run.sh": "#!/bin/bash\nbash lfs/tools.sh\nbash root/tools.sh\nbash root/final.sh\n"})
    expected = [
        f"{folder}/{name}.sh"
        for folder in ("lfs/tools", "root/tools", "root/final")
        for name in ("m4", "sed", "grep")
    ]
    assert order(tmp_path) == expected


def test_numbers_count_more_than_a_driver_that_goes_another_way(tmp_path: Path) -> None:
    write(
        tmp_path, {f"5.{number}-{name}.sh": script(name) for number, name in ((2, "sed"), (10, "m4"), (3, "bash"))}
    )
    write(tmp_path, {"all.sh": "#!/bin/sh\nsh 5.10-m4.sh\nsh 5.3-bash.sh\nsh 5.2-sed.sh\n"})
    assert order(tmp_path) == ["5.2-sed.sh", "5.3-bash.sh", "5.10-m4.sh"]


def test_what_only_the_driver_knows_stands_behind_what_it_calls_before(tmp_path: Path) -> None:
    write(
        tmp_path, {f"5.{number}-{name}.sh": script(name) for number, name in ((2, "sed"), (10, "m4"), (3, "bash"))}
    )
    write(
        tmp_path,
        {
            "grub.sh": script("grub"),
            "all.sh": "#!/bin/sh\nsh 5.2-sed.sh\nsh 5.3-bash.sh\nsh grub.sh\nsh 5.10-m4.sh\n",
        },
    )
    assert order(tmp_path) == ["5.2-sed.sh", "5.3-bash.sh", "grub.sh", "5.10-m4.sh"]


def test_a_glob_is_every_file_it_means_in_natural_order(tmp_path: Path) -> None:
    write(tmp_path, {f"parts/{number}.sh": script("m4") for number in (10, 2, 1)})
    write(
        tmp_path,
        {
            "go.sh": "#!/bin/sh\nfor f in parts/*.sh; do sh $f; done\n",
            "helper.sh": "#!/bin/sh\nfor f in *; do rm -f /x/$f; done\n",
        },
    )
    assert order(tmp_path) == ["parts/1.sh", "parts/2.sh", "parts/10.sh"]


def test_without_any_word_of_an_order_it_is_the_books(tmp_path: Path) -> None:
    write(tmp_path, {f"tools/{name}.sh": script(name) for name in ("xz", "binutils", "m4")})
    write(tmp_path, {f"system/{name}.sh": script(name) for name in ("vim", "glibc", "zlib")})
    assert order(tmp_path) == [
        "tools/binutils.sh", "tools/m4.sh", "tools/xz.sh", "system/glibc.sh", "system/zlib.sh", "system/vim.sh",
    ]  # fmt: skip


def test_what_no_driver_calls_has_no_place(tmp_path: Path) -> None:
    write(tmp_path, {f"{name}.sh": script(name) for name in ("sed", "bash", "eudev")})
    write(tmp_path, {"run.sh": "#!/bin/sh\n./sed.sh\n./bash.sh\n"})
    assert order(tmp_path) == ["sed.sh", "bash.sh"]
    left = next(one for one in discover(tmp_path).scripts if one.id == "eudev.sh")
    assert (left.role, left.position) == ("build", 0)


def test_scripts_that_call_each_other_do_not_hang(tmp_path: Path) -> None:
    write(tmp_path, {"a.sh": "#!/bin/sh\n./b.sh\n./m4.sh\n", "b.sh": "#!/bin/sh\n./a.sh\n./sed.sh\n"})
    write(tmp_path, {"m4.sh": script("m4"), "sed.sh": script("sed")})
    assert sorted(order(tmp_path)) == ["m4.sh", "sed.sh"]


def test_within_a_chapter_scripts_without_numbers_stand_as_their_driver_calls_them(tmp_path: Path) -> None:
    write(tmp_path, {f"ch08/scripts/{name}.sh": script(name) for name in PACKAGES})
    write(tmp_path, {f"ch05/scripts/{name}.sh": script(name) for name in ("gcc", "binutils", "glibc")})
    write(tmp_path, {
        "ch08/build.sh": '#!/bin/bash\npackages=(sed bash m4)\nfor p in "${packages[@]}"; do scripts/$p.sh; done\n',
        "ch05/build.sh": "#!/bin/bash\nscripts/binutils.sh\nscripts/gcc.sh\nscripts/glibc.sh\n",
    })  # fmt: skip
    assert [path.replace("/scripts/", ":") for path in order(tmp_path)] == [
        "ch05:binutils.sh", "ch05:gcc.sh", "ch05:glibc.sh", "ch08:sed.sh", "ch08:bash.sh", "ch08:m4.sh",
    ]  # fmt: skip


def test_numbers_counted_through_and_functions_handed_on(tmp_path: Path) -> None:
    write(tmp_path, {f"tools/{number}.{name}.sh": script(name) for number, name in ((9, "m4"), (10, "sed"))})
    write(tmp_path, {f"first/{number}.{name}.sh": script(name) for number, name in ((1, "gcc"), (2, "glibc"))})
    write(tmp_path, {"all.sh": (
        "#!/bin/bash\nfirst() {\n  for ((i = 1; i <= 2; i++)); do\n    /opt/first/$i.*.sh\n  done\n}\n"
        "tools() {\n  $1\n  for ((i = 9; i <= 10; i++)); do\n    bash /opt/build/tools/$i.*.sh\n  done\n}\n"
        "tools first\n"
    )})  # fmt: skip
    assert order(tmp_path) == ["first/1.gcc.sh", "first/2.glibc.sh", "tools/9.m4.sh", "tools/10.sed.sh"]


def test_what_runs_in_the_chroot_follows_what_makes_it(tmp_path: Path) -> None:
    inside = "tar xf {0}-1.tar.xz\ncd {0}-1\n./configure --prefix=/usr\nmake\nmake install\n"
    outside = "tar xf {0}-1.tar.xz\ncd {0}-1\n./configure --prefix=/tools --host=$LFS_TGT\nmake\nmake install\n"
    write(tmp_path, {f"basic/{name}.sh": inside.format(name) for name in ("zlib", "acl", "bc")})
    write(tmp_path, {f"work/{name}.sh": outside.format(name) for name in ("sed", "m4", "bash")})
    write(tmp_path, {
        "basic/all_stage1.sh": "#!/bin/bash\n./zlib.sh\n./acl.sh\n./bc.sh\n",
        "work/all.sh": "#!/bin/bash\n./sed.sh\n./m4.sh\n./bash.sh\n",
    })  # fmt: skip
    assert order(tmp_path) == [
        "work/sed.sh", "work/m4.sh", "work/bash.sh", "basic/zlib.sh", "basic/acl.sh", "basic/bc.sh",
    ]  # fmt: skip


def test_what_no_driver_calls_and_nothing_places_is_as_late_as_its_kind(tmp_path: Path) -> None:
    lib = {"lib/common.sh": "#!/bin/bash\nlog() {\n  echo $*\n}\n"}
    loaded = "#!/bin/bash\n. ../lib/common.sh\n"
    write(tmp_path, {**lib, "1-tools/01-m4.sh": f"{loaded}{script('m4')}./configure --host=$LFS_TGT\n",
                     "2-system/02-zlib.sh": f"{loaded}{script('zlib')}",
                     "3-config/03-clock.sh": f"{loaded}log clock\ncat > /etc/clock\n"})  # fmt: skip
    assert order(tmp_path) == ["1-tools/01-m4.sh", "2-system/02-zlib.sh", "3-config/03-clock.sh"]


def test_the_choice_that_nothing_calls_stands_where_the_book_has_it(tmp_path: Path) -> None:
    names = ("zlib", "bash", "texinfo", "vim", "systemd", "dbus", "e2fsprogs")
    write(tmp_path, {f"scripts/{name}.sh": script(name) for name in (*names, "sysvinit", "eudev", "nothing")})
    write(tmp_path, {"all.sh": "#!/bin/bash\n" + "".join(f"scripts/{name}.sh\n" for name in names)})
    assert [path[8:-3] for path in order(tmp_path)] == [
        "zlib", "bash", "texinfo", "vim", "eudev", "systemd", "dbus", "e2fsprogs", "sysvinit",
    ]  # fmt: skip


def test_the_choice_that_nothing_calls_stands_where_its_number_has_it(tmp_path: Path) -> None:
    names = ("basic01_m4", "basic02_zlib", "basic04_bash", "basic05_acl")
    write(tmp_path, {f"b/{name}.sh": script(name[8:]) for name in (*names, "basic03_gcc")})
    write(tmp_path, {"all.sh": "#!/bin/bash\n" + "".join(f"b/{name}.sh\n" for name in names)})
    assert [path[7:9] for path in order(tmp_path)] == ["01", "02", "03", "04", "05"]
