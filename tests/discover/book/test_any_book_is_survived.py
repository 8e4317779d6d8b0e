"""Whatever lies in the files of a book, reading it ends in a book or in an error with a place."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lfsmake.discover.book.model import Book
from lfsmake.discover.book.needs import names_of
from lfsmake.discover.book.prose import bytes_of, filename_of, megabytes_of, product_of, sbu_of, stem_of, turn_of
from lfsmake.discover.book.read import read_book
from lfsmake.model.errors import BookErrors

from .conftest import SMALL

FILES = sorted(str(path.relative_to(SMALL)) for path in SMALL.rglob("*.*") if path.is_file())
PIECES = [
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"%sysv;", b"&anvil-url;", b"<!ENTITY a '&a;'>", b"\x00",
    b"\xff\xfe", b"\xe4", b"</sect1>", b"<sect1 id=''>", b"<userinput>", b"<screen>", b' revision=","', b"<?x ?>",
    b"<![ %sysv; [", b"<!DOCTYPE x [", b"<seg/>", b"<segtitle>Installation depends on</segtitle>", b"<bridgehead/>",
    b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="."/>', b'xpointer="xpointer(//*)"', b"<term>(",
]  # fmt: skip

edits = st.lists(
    st.tuples(
        st.sampled_from(FILES),
        st.floats(0, 1),
        st.integers(0, 200),
        st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)),
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fuzzed") / "book"
    shutil.copytree(SMALL, root)
    return root


def outcome(root: Path) -> Book | str:
    """The book, or why it cannot be read; the place lies in the book."""
    try:
        return read_book(root)
    except BookErrors as error:
        places = [problem.span.file for problem in error.problems if problem.span is not None]
        return str(error) if all(Path(place).is_relative_to(root) for place in places) else ""


@given(edits)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_edits_of_a_book_end_in_a_book_or_an_error(copy: Path, edits: list[tuple[str, float, int, bytes]]) -> None:
    try:
        for name, place, length, put in edits:
            data = (copy / name).read_bytes()
            at = int(place * len(data))
            (copy / name).write_bytes(data[:at] + put + data[at + length :])
        assert outcome(copy)
    finally:
        for name, *_ in edits:
            shutil.copyfile(SMALL / name, copy / name)


@given(st.text())
def test_any_prose_is_survived(text: str) -> None:
    for reads in (sbu_of, bytes_of, megabytes_of, turn_of, product_of, filename_of, names_of):
        reads(text)
    assert stem_of(filename_of(text), text) is not None


@given(st.lists(st.sampled_from(["Bash", "GCC", "Man-DB", "XML::Parser", "GTK+2"]), min_size=1, unique=True))
def test_names_come_back_from_an_english_list(names: list[str]) -> None:
    last = names[-1]
    prose = f"{', '.join(names[:-1])}, and {last}" if len(names) > 2 else " and ".join(names)
    assert names_of(prose) == tuple((name,) for name in names)


@pytest.mark.parametrize(
    ("text", "sbu"),
    [
        ("1.4 SBU", 1.4),
        ("less than 0.1 SBU", 0.1),
        ("4.3 SBU (including the test suite)", 4.3),
        ("46 SBU (with tests)", 46.0),
        ("about 1,2 SBUs", 1.2),
        ("0.4 - 32 SBU (typically about 2.5 SBU)", 2.5),
        ("2.4 SBU on a spinning disk, 0.5 SBU on an SSD", 2.4),
        ("N/A", None),
        ("", None),
    ],
)
def test_times(text: str, sbu: float | None) -> None:
    assert sbu_of(text) == sbu


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("Bash (5.2.37) - 10,868 KB:", 10868 << 10),
        ("13 GB", 13 << 30),
        ("6.3 GB ", 6764573491),
        ("1.7 - 14 GB (typically about 2.3 GB)", 2469606195),
        ("1 - 2 MB", 2 << 20),
        ("10 bytes", 10),
        ("much", None),
    ],
)
def test_sizes(text: str, size: int | None) -> None:
    assert bytes_of(text) == size


@pytest.mark.parametrize(
    ("filename", "version", "stem"),
    [
        ("acl-2.3.2.tar.xz", "2.3.2", "acl"),
        ("tcl8.6.16-src.tar.gz", "8.6.16", "tcl"),
        ("python-3.13.2-docs-html.tar.bz2", "3.13.2", "python-docs-html"),
        ("flit_core-3.11.0.tar.gz", "3.11.0", "flit-core"),
        ("tzdata2025a.tar.gz", "2025a", "tzdata"),
        ("bzip2-1.0.8-install_docs-1.patch", "", "bzip2-1.0.8-install-docs-1"),
    ],
)
def test_stems(filename: str, version: str, stem: str) -> None:
    assert stem_of(filename, version) == stem
