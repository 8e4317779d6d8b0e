"""Name, version and pass of a script come from the surest of many places, and say from which."""

import pytest

from lfsmake.discover.facts.names import book_name, of_archive, of_stem
from lfsmake.discover.model import Surroundings
from tests.discover.facts.reading import facts, said, values


@pytest.mark.parametrize(
    ("archive", "name", "version"),
    [
        ("gcc-9.2.0.tar.xz", "gcc", "9.2.0"),
        ("../man-pages-5.13.tar.xz", "man-pages", "5.13"),
        ("tcl8.6.12-src.tar.gz", "tcl", "8.6.12"),
        ("expect5.45.4.tar.gz", "expect", "5.45.4"),
        ("tzdata2022a.tar.gz", "tzdata", "2022a"),
        ("XML-Parser-2.46.tar.gz", "xml-parser", "2.46"),
        ("boost_1_82_0.tar.bz2", "boost", "1.82.0"),
        ("unzip60.tar.gz", "unzip", "60"),
        ("sqlite-autoconf-3490100.tar.gz", "sqlite", "3.49.1"),
        ("acl-2.2.52.src.tar.gz", "acl", "2.2.52"),
        ("binutils-2.41-rc1.tar.xz", "binutils", "2.41-rc1"),
        ("https://host/x/lz4/archive/v1.9.4.tar.gz", "lz4", "1.9.4"),
        ("bzip2-1.0.8.tar.gz", "bzip2", "1.0.8"),
        ("flit_core-3.8.0.tar.gz", "flit-core", "3.8.0"),
        ("gcc-*.tar.xz", "gcc", ""),
        ("binutils-2.35.tar.*", "binutils", "2.35"),
        ("Python-3.10.2.tgz", "python", "3.10.2"),
    ],
)
def test_an_archives_name_is_read(archive: str, name: str, version: str) -> None:
    found = of_archive(archive)
    assert found is not None
    assert (found.name, found.version) == (name, version)


@pytest.mark.parametrize(
    ("stem", "name", "version", "turn"),
    [
        ("binutils-2.38-pass1", "binutils", "2.38", "1"),
        ("lfs_gcc-5.2.0-pass-2", "gcc", "5.2.0", "2"),
        ("linux-5.16.9-headers", "linux", "5.16.9", ""),
        ("linux-api-headers", "linux", "", ""),
        ("libstdc++-pass2", "libstdc++", "", "2"),
        ("gcc-build-p1-libstdcxx", "libstdc++", "", "1"),
        ("elfutils-0.186-libelf", "elfutils", "0.186", ""),
        ("libstdcpp-10.2.0", "libstdc++", "10.2.0", ""),
        ("util-linux-2.37.4-tool", "util-linux", "2.37.4", ""),
        ("make-gcc", "gcc", "", ""),
        ("make", "make", "", ""),
        ("make-4.3", "make", "4.3", ""),
        ("pkg-config", "pkg-config", "", ""),
        ("kernel", "linux", "", ""),
        ("m4", "m4", "", ""),
        ("gcc_first_pass", "gcc", "", "1"),
    ],
)
def test_a_scripts_name_is_read(stem: str, name: str, version: str, turn: str) -> None:
    found = of_stem(stem)
    assert (found.name, found.version, found.turn) == (name, version, turn)


def test_spelling_drift_ends_in_the_books_spelling() -> None:
    drift = [
        "Linux_API_Headers",
        "XML::Parser",
        "Python3",
        "D-Bus",
        "procps",
        "MarkupSafe",
        "dejagun",
        "Man-DB",
        "libelf",
    ]
    assert [book_name(name) for name in drift] == [
        "linux", "xml-parser", "python", "dbus", "procps-ng", "markupsafe", "dejagnu", "man-db", "elfutils",
    ]  # fmt: skip


TAR = "the tar line, sure"


@pytest.mark.parametrize(
    ("path", "text", "name", "version"),
    [
        ("gcc.sh", "tar xf gcc-9.2.0.tar.xz", f"gcc ({TAR})", f"9.2.0 ({TAR})"),
        ("5.5-gcc.sh", "tar -xvf ../gcc-9.2.0.tar.xz -C /tmp", f"gcc ({TAR})", f"9.2.0 ({TAR})"),
        ("x.sh", "V=9.2\ntar Jxvf $SRC/gcc-$V.tar.xz", f"gcc ({TAR})", f"9.2 ({TAR})"),
        ("x.sh", "pkg=gcc-9.2\ntar --extract --file=$pkg.tar.xz", f"gcc ({TAR})", f"9.2 ({TAR})"),
        ("x.sh", (
            "unpack() { tar xf $SRC/$1 && cd ${1%.tar*}; }\nunpack gcc-9.2.tar.xz"
        ), f"gcc ({TAR})", f"9.2 ({TAR})"),
        ("x.sh", "extract gcc-9.2.tar.xz", "gcc (the extract line, likely)", "9.2 (the extract line, likely)"),
        ("x.sh", "begin gcc-9.2 tar.xz", "gcc (the begin line, likely)", "9.2 (the begin line, likely)"),
        ("x.sh", "xz -dc ../gcc-9.2.tar.xz | tar x", "gcc (the xz line, sure)", "9.2 (the xz line, sure)"),
        ("x.sh", "bsdtar -xf gcc-9.2.tar.xz", f"gcc ({TAR})", f"9.2 ({TAR})"),
        ("x.sh", "wget https://h/gcc-9.2.tar.xz", "gcc (the download line, likely)", "9.2 (the download line, likely)"),
        ("x.sh", "TARBALL=gcc-9.2.tar.xz\nsetup", "gcc (TARBALL=, likely)", "9.2 (TARBALL=, likely)"),
        ("gcc/Pkgfile", "name=gcc\nversion=9.2\nsource=(https://h/$name-$version.tar.xz)\nbuild() { make; }",
         "gcc (the variable name, sure)", "9.2 (the variable version, sure)"),
        ("gcc/PKGBUILD", "pkgname=gcc\npkgver=9.2\nsource=(x.tgz::https://h/$pkgname-$pkgver.tar.xz)",
         "gcc (the variable pkgname, sure)", "9.2 (the variable pkgver, sure)"),
        ("6.17-gcc.sh", "INSTALL_NAME=gcc\n../gcc-5.2.0/configure", "gcc (the variable INSTALL_NAME, sure)",
         "5.2.0 (the folder of configure, likely)"),
        ("gcc-9.2.sh", "./configure", "gcc (the file's name, likely)", "9.2 (the file's name, likely)"),
        ("gcc.sh", (
            "# 8.26. GCC-9.2\n./configure"
        ), "gcc (the file's name, likely)", "9.2 (the text in line 1, likely)"),
        ("libstdc++.sh", "tar xf gcc-9.2.tar.xz", "libstdc++ (the file's name, sure)", f"9.2 ({TAR})"),
        ("bzip2.sh", (
            "tar xf $S/bzip*.tar.gz\npatch -i ../bzip2-1.0.8-docs-1.patch"
        ), f"bzip2 ({TAR})",
         "1.0.8 (the patch bzip2-1.0.8-docs-1.patch, likely)"),
        ("gcc2.sh", "tar xf $S/gcc-*.tar.xz", f"gcc ({TAR})", None),
        ("man-pages.sh", "tar xf man.tar.gz", "man-pages (the file's name, sure)", None),
        ("vim.sh", "tar xf v9.1.0774.tar.gz", f"vim ({TAR})", f"9.1.0774 ({TAR})"),
        ("icu-77.1.sh", "tar xf icu4c-77_1-src.tgz", "icu4c (the tar line, sure)", f"77.1 ({TAR})"),
        ("8.76-udev-from-systemd-257.3.sh", "tar xf systemd-257.3.tar.gz", "udev (the file's name, sure)",
         f"257.3 ({TAR})"),
        ("05-libstdcplusplus.sh", "tar xf gcc-9.2.tar.xz", "libstdc++ (the file's name, sure)", f"9.2 ({TAR})"),
        ("x05-gcc-stdc++.sh", "tar xf gcc-9.2.tar.xz\n../libstdc++-v3/configure",
         "libstdc++ (the folder of configure, sure)", f"9.2 ({TAR})"),
        ("libburn.sh", "# wget https://h/libburn-1.5.4.tar.gz\nmake", "libburn (the file's name, likely)",
         "1.5.4 (the text in line 1, likely)"),
        ("make-ca-1.14.sh", "make", "make-ca (the file's name, likely)", "1.14 (the file's name, likely)"),
        ("gcc-9.2.sh", "../libstdc++-v3/configure", "libstdc++ (the folder of configure, sure)",
         "9.2 (the file's name, likely)"),
        ("foo/builder.sh", "make", "foo (the file's name, likely)", None),
        ("gcc/build.sh", "make", "gcc (the file's name, likely)", None),
        ("fstab.sh", "cat > /etc/fstab", "fstab (the file's name, likely)", None),
    ],
)  # fmt: skip
def test_where_name_and_version_come_from(path: str, text: str, name: str, version: str | None) -> None:
    found = facts(text, path)
    assert (said(found.name), said(found.version)) == (name, version)


def test_the_first_archive_is_its_own_and_those_unpacked_within_follow() -> None:
    found = facts(
        ("tar xf gcc-9.tar.xz\ncd gcc-9\ntar -xf ../mpfr-4.tar.xz\nmv mpfr-4 mpfr\ntar -xf ../gmp-6.tar.xz\n"), "gcc.sh"
    )
    assert values(found.sources) == ["gcc-9.tar.xz", "mpfr-4.tar.xz", "gmp-6.tar.xz"]
    alone = facts("prepare\ncd gcc-9\ntar -xf ../mpfr-4.tar.xz\n", "gcc-9.sh")
    assert (said(alone.name), values(alone.extras)) == ("gcc (the cd line, sure)", ["mpfr-4.tar.xz"])


def test_patches_and_further_files_are_told() -> None:
    found = facts(
        "tar xf glibc-2.4.tar.xz\npatch -Np1 -i ../glibc-2.4-fhs-1.patch\npatch -p1 < $SRC/more.diff\n"
        "for p in a b; do patch -Np1 -i ../$p.patch; done\ntar xf ../tzdata2022a.tar.gz\ncp ../blfs.conf /etc\n"
    )  # fmt: skip
    assert values(found.patches) == ["glibc-2.4-fhs-1.patch", "more.diff", "a.patch", "b.patch"]
    assert values(found.sources) == ["glibc-2.4.tar.xz", "tzdata2022a.tar.gz"]
    assert values(found.extras) == ["blfs.conf"]


def test_a_list_tells_what_a_glob_stands_for() -> None:
    around = Surroundings(
        archives=(("https://h/tcl8.6.12-src.tar.gz", "wget-list"), ("tcl8.6.12-html.tar.gz", "wget-list"))
    )
    found = facts("tar xf ../tcl*-src.tar.gz", "tcl.sh", around=around)
    assert said(found.version) == "8.6.12 (the tar line and wget-list, likely)"
    assert values(found.sources) == ["tcl8.6.12-src.tar.gz"]


def test_a_list_tells_the_archive_that_a_driver_unpacks() -> None:
    around = Surroundings(archives=(("m4-1.4.tar.xz", "list"), ("m4-1.5.tar.xz", "list")))
    found = facts("./configure", "m4-1.4.sh", around=around)
    assert [said(fact) for fact in found.sources] == ["m4-1.4.tar.xz (list, likely)"]


def test_a_sidecar_tells_what_the_script_does_not() -> None:
    text = (
        'name: gcc\nversion: "12.2.0"\nsource: https://h/gcc-12.2.0.tar.xz\nsbu: 12\n'
        "disk: 4.2 GB\ndependencies:\n  - name: mpc\n    version: 1\n"
    )
    around = Surroundings(texts={"packages/gcc.yaml": text})
    found = facts("YAML=../gcc.yaml\nload $YAML\nmake\n", "packages/tools/gcc.sh", around=around)
    assert said(found.name) == "gcc (packages/gcc.yaml, sure)"
    assert said(found.version) == "12.2.0 (packages/gcc.yaml, sure)"
    assert values(found.sources) == ["gcc-12.2.0.tar.xz"]
    assert (said(found.sbu), said(found.disk)) == ("12 (packages/gcc.yaml, sure)", "4300.8 (packages/gcc.yaml, sure)")
    assert values(found.needs) == ["mpc"]


def test_the_book_tells_a_version_only_as_a_guess() -> None:
    found = facts("tar xf gcc-*.tar.xz", "gcc.sh", around=Surroundings(book="12.3"))
    assert said(found.version) == "14.2.0 (book 12.3, guess)"


@pytest.mark.parametrize(
    ("path", "text", "turn"),
    [
        ("gcc-pass1.sh", "make", "1 (the file's name, sure)"),
        ("gcc.sh", "# Builds GCC Pass 1 for the cross compiler", "1 (the text in line 1, likely)"),
        ("gcc.sh", "echo GCC - Pass 2", "2 (the text in line 1, likely)"),
        ("gcc.sh", "../configure --target=$LFS_TGT --prefix=$LFS/tools", "1 (the options of configure, likely)"),
        ("gcc.sh", "../configure --host=$LFS_TGT --target=$LFS_TGT", "2 (the options of configure, likely)"),
        ("gcc.sh", "../configure --prefix=/usr", None),
        ("m4.sh", "./configure --host=$LFS_TGT", None),
        ("x.sh", "echo please pass 1 argument", None),
    ],
)
def test_the_pass_is_told(path: str, text: str, turn: str | None) -> None:
    assert said(facts(text, path).turn) == turn


@pytest.mark.parametrize(
    ("path", "text", "chapter", "section"),
    [
        ("5.10-gcc.sh", "make", "5", "5.10"),
        ("chapter05/04-binutils", "make", "5", None),
        ("gcc.sh", "# 6.20. GCC package", "6", "6.20"),
        ("gcc.sh", 'CHAPTER_SECTION=17\necho "### CHAPTER 6.$CHAPTER_SECTION ###"', "6", "6.17"),
        ("gcc.sh", "# https://h/lfs/view/chapter08/gcc.html", "8", None),
        ("make-4.3.sh", "make", None, None),
        ("gcc.sh", "make", None, None),
    ],
)
def test_chapter_and_section_are_told(path: str, text: str, chapter: str | None, section: str | None) -> None:
    found = facts(text, path)
    assert (found.chapter and found.chapter.value, found.section and found.section.value) == (chapter, section)


def test_a_part_has_facts_of_its_own() -> None:
    text = (
        "begin() {\n\ttar xf $1.$2\n\tcd $1\n}\n# 8.3. Zlib\nbegin zlib-1.3 tar.gz\nmake\n"
        "# 8.4. Bzip2\nbegin bzip2-1.0 tar.xz\nmake\n"
    )
    found = facts(text, "all.sh", "8.4.-bzip2", (8, 10))
    assert (said(found.name), said(found.version)) == (f"bzip2 ({TAR})", f"1.0 ({TAR})")
    assert found.section is not None
    assert found.section.value == "8.4"


def test_a_function_is_a_part() -> None:
    text = (
        "V=1.3\nbuild_zlib() {\n  tar xf zlib-$V.tar.gz\n  ./configure\n}\nbuild_m4() {\n"
        "  tar xf m4-1.4.tar.xz\n}\nbuild_zlib\nbuild_m4\n"
    )
    found = facts(text, "all.sh", "build_zlib", (2, 5))
    assert values(found.sources) == ["zlib-1.3.tar.gz"]
    assert said(found.name) == f"zlib ({TAR})"
