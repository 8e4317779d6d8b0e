"""A book of a few pages, as records: what the reader of XML would give. The words are ours."""

import functools
from pathlib import Path

from lfsmake.discover.book.model import Book, BookResource, HostTool, Instruction, Needs, Revision, Section
from lfsmake.discover.book.read import read_book
from lfsmake.model.errors import Span

REAL = (Path(__file__).parents[4] / "shared" / "book" / "lfs-12.3").resolve()  # the book itself, if it is beside us
AT = Span("page.xml", 1, 1)


@functools.cache
def real(revision: Revision) -> Book:
    """The book itself, read once."""
    return read_book(REAL, revision)


def said(text: str, remap: str = "", **more: object) -> Instruction:
    """A command of the book."""
    return Instruction(text, AT, remap, screen=1, **more)  # type: ignore[arg-type]


def page(identity: str, *instructions: Instruction, **more: object) -> Section:
    """A page; its chapter is the number before the dot."""
    number = str(more.pop("number"))
    more.setdefault("title", identity)
    return Section(
        id=identity,
        number=number,
        chapter=int(number.partition(".")[0]),
        file=f"{identity}.xml",
        instructions=instructions,
        **more,  # type: ignore[arg-type]
    )


def archive(name: str, version: str, **more: str) -> BookResource:
    """A package's archive."""
    url = f"https://example.org/{name}-{version}.tar.xz"
    facts = {"url": url, "md5": "0" * 31 + str(len(name) % 10), "filename": f"{name}-{version}.tar.xz", **more}
    return BookResource(name=name, version=version, kind="package", size=1024, **facts)


PATCH = BookResource(
    "gcc-fix-patch", "", "https://example.org/gcc-14-fix-1.patch", "a" * 32, "gcc-14-fix-1.patch", "patch"
)


def built(name: str, version: str, **more: object) -> dict[str, object]:
    """What a package's page tells of itself."""
    return {
        "title": f"{name.capitalize()}-{version}",
        "product": name,
        "version": version,
        "address": f"https://example.org/{name}-{version}.tar.xz",
        **more,
    }


def usual(*options: str, where: str = "") -> tuple[Instruction, ...]:
    """configure, make and install."""
    return (
        said(f"./configure --prefix=/usr{''.join(f' {option}' for option in options)}", "configure"),
        said("make", "make"),
        said(f"make {where}install".replace("  ", " "), "install"),
    )


def little(version: str = "1.0", *, gcc: str = "14", zlib: str = "1.3", options: tuple[str, ...] = ()) -> Book:
    """Two tools, a file of the chroot, three packages, a page of configuration."""
    cross = {"user": "lfs", "context": "host"}
    return Book(
        version=version,
        revision="sysv",
        arch="x86_64",
        root="/book",
        chapters=((1, "Before"), (4, "Folders"), (5, "A Toolchain"), (7, "Inside"), (8, "The System"), (9, "Settings")),
        resources=(archive("binutils", "2.44"), archive("gcc", gcc), archive("mpfr", "4.2"), archive("zlib", zlib),
                   archive("bash", "5.2"), PATCH),
        sections=(
            page("ch-intro-how", said("echo never"), number="1.1"),
            page("ch-tools-layout", said("mkdir -pv $LFS/tools"), number="4.2", user="host-root", context="host"),
            page("ch-preps-addinguser", said("useradd lfs"), number="4.3", user="host-root", context="host"),
            page("ch-tools-binutils-pass1",
                 said("mkdir -v build\ncd       build", "pre"),
                 said("../configure --prefix=$LFS/tools", "configure"), said("make", "make"),
                 said("make install", "install"),
                 number="5.2", sbu=1.0, disk=677.0, turn="1",
                 **built("binutils", "2.44", title="Binutils-2.44 - Pass 1", **cross)),
            page("ch-tools-gcc-pass1",
                 said("tar -xf ../mpfr-4.2.tar.xz\nmv -v mpfr-4.2 mpfr", "pre"),
                 said("patch -Np1 -i ../gcc-14-fix-1.patch", "pre"), *usual("--target=$LFS_TGT", *options),
                 said("echo 'int main(){}' > dummy.c\nreadelf -l a.out | grep ld-linux"), said("rm -v dummy.c a.out"),
                 number="5.3", turn="1", **built("gcc", gcc, title=f"GCC-{gcc} - Pass 1", **cross)),
            page("ch-tools-kernfs", said("mkdir -pv $LFS/{dev,proc}"), said("mount -v --bind /dev $LFS/dev"),
                 number="7.3", user="host-root", context="host"),
            page("ch-tools-hosts", said('cat > /etc/hosts << "EOF"\n127.0.0.1 localhost\nEOF'), number="7.4"),
            page("ch-system-zlib", *usual(), number="8.3", **built("zlib", zlib)),
            page("ch-system-gcc", said("make -k check", "test"), *usual(),
                 number="8.4", critical=True, **built("gcc", gcc)),
            page("ch-system-bash", *usual(), said("exec /usr/bin/bash --login", "install"),
                 number="8.5", **built("bash", "5.2")),
            page("ch-config-clock", said("ln -sfv /usr/share/zoneinfo/<xxx> /etc/localtime", replaceable=("<xxx>",)),
                 said('echo "UUID=<yyy> / ext4" > /etc/fstab', replaceable=("<yyy>",)), number="9.2"),
        ),
        needs=(
            Needs("Zlib", build=(("Bash",), ("GCC",), ("Make",)), before=("GCC",)),
            Needs("GCC", build=(("Bash",), ("GCC",), ("Isl", "Zlib")), run=(("Glibc",),)),
            Needs("Bash", build=(("Bison", "GCC"), ("Zlib",)), run=(("Zlib",), ("Readline",)), test=(("Expect",),)),
        ),
        hosts=(HostTool("Bash", "3.2", "(/bin/sh should be a link to bash)"), HostTool("GCC", "5.2", "with g++")),
        kernel="5.4",
    )  # fmt: skip
