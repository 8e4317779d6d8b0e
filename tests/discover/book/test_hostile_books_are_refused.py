"""What a book must not do: read outside of its folder, fetch, multiply itself, or include itself."""

import os
import shutil
from pathlib import Path

import pytest

from lfsmake.discover.book import entities
from lfsmake.discover.book.read import read_book
from lfsmake.model.errors import EXIT_RECIPE, BookErrors

from .conftest import SMALL, Small

XI = 'xmlns:xi="http://www.w3.org/2001/XInclude"'
PAGE = "chapter01/what.xml"


def refused(root: Path) -> tuple[str, str, str]:
    """(file:line, message, the text of the line) of why the book is refused."""
    with pytest.raises(BookErrors) as caught:
        read_book(root)
    assert caught.value.exit_code == EXIT_RECIPE
    (problem,) = caught.value.problems
    place = ""
    if problem.span is not None:
        place = f"{Path(problem.span.file).relative_to(root.resolve())}:{problem.span.line}"
    return place, problem.message, problem.source.strip()


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("file:///etc/passwd", "'file:///etc/passwd' is not a file of the book"),
        ("http://127.0.0.1/x", "'http://127.0.0.1/x' is not a file of the book"),
        ("/etc/passwd", "'/etc/passwd' leads out of the book"),
        ("../../secret", "'../../secret' leads out of the book"),
        ("../chapter02/../../secret", "'../chapter02/../../secret' leads out of the book"),
        ("../../book/../secret", "'../../book/../secret' leads out of the book"),
    ],
)
def test_entities_and_inclusions_stay_inside(small: Small, tmp_path: Path, reference: str, message: str) -> None:
    (tmp_path / "secret").write_text("secret")
    root = small("<para>&x;</para>", f'<!ENTITY x SYSTEM "{reference}">')
    assert refused(root) == (f"{PAGE}:9", message, "<para>&x;</para>")
    (root / PAGE).write_text(f'<sect1>\n<xi:include {XI} href="{reference}" parse="text"/></sect1>')
    assert refused(root)[:2] == (f"{PAGE}:2", message)
    (root / PAGE).write_text(f'<!DOCTYPE sect1 SYSTEM "{reference}">\n<sect1/>')
    assert refused(root)[:2] == (f"{PAGE}:1", message)
    (root / PAGE).write_text(f'<!DOCTYPE sect1 [\n<!ENTITY % x SYSTEM "{reference}">\n%x;]>\n<sect1/>')
    assert refused(root)[:2] == (f"{PAGE}:3", message)


def test_links_lead_nowhere_outside(small: Small, tmp_path: Path) -> None:
    root = small(f'<xi:include {XI} href="link.xml"/>')
    (tmp_path / "secret").write_text("<secret/>")
    (root / "chapter01" / "link.xml").symlink_to(tmp_path / "secret")
    place, message, _ = refused(root)
    assert (place, message) == (f"{PAGE}:9", f"chapter01/link.xml leads out of the book, to {tmp_path}/secret")


def test_a_link_in_circles_a_pipe_and_a_folder_are_no_files(small: Small) -> None:
    root = small(f'<xi:include {XI} href="odd.xml"/>')
    odd = root / "chapter01" / "odd.xml"
    odd.symlink_to("odd.xml")
    assert refused(root)[1].startswith("chapter01/odd.xml cannot be read: ")
    odd.unlink()
    os.mkfifo(odd)
    assert refused(root)[1] == "chapter01/odd.xml is not a file"
    odd.unlink()
    odd.mkdir()
    assert refused(root)[1] == "chapter01/odd.xml is not a file"


def test_a_file_that_is_not_there_is_named(small: Small) -> None:
    root = small(f'<xi:include {XI} href="odd.xml"/>')
    assert refused(root)[:2] == (f"{PAGE}:9", "chapter01/odd.xml cannot be read: No such file or directory")
    (root / "packages.ent").unlink()
    assert refused(root)[1] == "packages.ent cannot be read: No such file or directory"
    (root / "index.xml").unlink()
    assert refused(root) == ("", f"{root} is no checkout of the book: it has no index.xml", "")


def test_a_folder_that_is_no_book_is_named(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    assert refused(loop)[1].startswith(f"{loop} is no checkout of the book: ")
    assert refused(tmp_path / "no\0where")[1].endswith("is no checkout of the book: embedded null byte")
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    shutil.copytree(SMALL, odd)
    assert refused(odd)[1] == f"{tmp_path}/caf? is no checkout of the book: its name is not UTF-8"


def test_the_index_itself_may_be_named_and_files_may_be_called_anything(small: Small) -> None:
    root = small()
    (root / os.fsdecode(b"caf\xe9.xml")).write_text("<x/>")
    (root / "index.xml").rename(root / "real.xml")
    (root / "index.xml").symlink_to("real.xml")
    book = read_book(root / "index.xml")
    assert book.orphans == ("caf?.xml", "prologue/left-out.xml", "real.xml")


def laughs(depth: int) -> str:
    names = [f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, depth)]
    return "\n".join(['<!ENTITY l0 "ha">', *names])


@pytest.mark.parametrize("body", ["<para>&l9;</para>", '<para id="&l9;"/>'])
def test_a_billion_laughs_are_not_laughed(small: Small, body: str) -> None:
    place, message, _ = refused(small(body, laughs(10)))
    assert place.startswith(PAGE)
    assert message in ("the entities grow beyond all bounds", "the book grows beyond 64 MB")


def test_laughs_in_declarations_are_refused(small: Small) -> None:
    names = [f"<!ENTITY % p{at} '{f'&#37;p{at - 1};' * 10}'>" for at in range(1, 10)]
    root = small(laughs_ent="\n".join(["<!ENTITY % p0 'ha'>", *names, '<!ENTITY x "%p9;">']))
    (root / PAGE).write_text('<!DOCTYPE sect1 [\n<!ENTITY % x SYSTEM "../laughs.ent">\n%x;]>\n<sect1>&x;</sect1>')
    assert refused(root)[1] == "the entities grow beyond all bounds"


def test_one_long_entity_used_often_is_refused(small: Small) -> None:
    place, message, _ = refused(small("&long;" * 2000, f'<!ENTITY long "{"x" * 100_000}">'))
    assert place.startswith(PAGE)
    assert message in ("the entities grow beyond all bounds", "the book grows beyond 64 MB")


def test_declarations_count_each_time_they_are_read(small: Small) -> None:
    root = small()
    with (root / "patches.ent").open("a") as file:
        file.write(f"<!--{'x' * 7_000_000}-->")
    assert refused(root)[1] == "the book grows beyond 64 MB"


def test_an_old_expat_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities.expat, "version_info", (2, 4, 0))
    monkeypatch.setattr(entities.expat, "EXPAT_VERSION", "expat_2.4.0")
    told = refused(SMALL)
    assert told == ("", "this Python reads XML with expat_2.4.0, which lets entities grow without bounds", "")


def test_entities_and_files_that_hold_themselves_are_refused(small: Small) -> None:
    root = small("<para>&a;</para>", '<!ENTITY a "&b;"><!ENTITY b "&a;">')
    assert refused(root)[:2] == (f"{PAGE}:9", "not well-formed XML: recursive entity reference")
    (root / PAGE).write_text("<sect1/>")
    general = (root / "general.ent").read_text()
    (root / "packages.ent").write_text('<!ENTITY % again SYSTEM "general.ent">\n%again;')
    (root / "general.ent").write_text(general.replace("packages-entities", "more-entities"))
    assert refused(root)[1] in (
        "not well-formed XML: recursive entity reference",
        "external entities lie more than 12 deep",
    )


def test_inclusions_in_circles_are_refused(small: Small) -> None:
    root = small(f'<xi:include {XI} href="../chapter02/hostreqs.xml"/>')
    (root / "chapter02" / "hostreqs.xml").write_text(f'<sect1><xi:include {XI} href="../chapter01/what.xml"/></sect1>')
    assert refused(root)[:2] == ("chapter02/hostreqs.xml:1", "chapter01/what.xml includes itself")
    (root / PAGE).write_text(f'<sect1><xi:include {XI} xpointer="xpointer(/sect1)"/></sect1>')
    assert refused(root)[1] == "chapter01/what.xml includes itself"


def test_inclusions_that_multiply_are_refused(small: Small) -> None:
    root = small()
    for at in range(7):
        again = f'<xi:include {XI} href="w{at + 1}.xml"/>' * 60
        (root / "chapter01" / f"w{at}.xml").write_text(f"<sect1>{again}</sect1>")
    (root / "chapter01" / "w7.xml").write_text("<sect1/>")
    (root / PAGE).write_text(f'<sect1><xi:include {XI} href="w0.xml"/></sect1>')
    assert refused(root)[1] in ("inclusions lie more than 6 deep", "the book grows beyond all bounds")


@pytest.mark.parametrize(
    "pointer",
    [
        "xpointer(",
        "xpointer(/sect1[position()<2])",
        "xpointer(string-range(/,'a'))",
        "element(/1/2)",
        "a b",
        f"xpointer({'//*' * 100})",
    ],
)
def test_pointers_of_unknown_forms_are_named(small: Small, pointer: str) -> None:
    root = small(f'<xi:include {XI} href="../chapter02/hostreqs.xml" xpointer="{pointer.replace("<", "&lt;")}"/>')
    assert refused(root)[:2] == (f"{PAGE}:9", f"the pointer {pointer[:80]!r} is of a form that is not known")


def test_bounds_are_kept(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    root = small(f'<para id="{"x" * 10_000_000}"/>')
    assert refused(root)[1] == "chapter01/what.xml has more than 8 MB"
    monkeypatch.setattr(entities, "MAX_FILE", 20 << 20)
    assert refused(root)[:2] == (f"{PAGE}:9", "the attribute id has 10,000,000 characters")
    (root / PAGE).write_text("<sect1>" + "<para>" * 100_000 + "</para>" * 100_000 + "</sect1>")
    assert refused(root)[:2] == (f"{PAGE}:1", "elements lie more than 60 deep")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not well-formed XML: no element found"),
        (b"\x7fELF\x00\x01", "not well-formed XML: not well-formed (invalid token)"),
        (b"<sect1>", "not well-formed XML: no element found"),
        (b"<sect1>\n&x;</sect1>", "not well-formed XML: undefined entity"),
        (b"<sect1>\xff</sect1>", "not well-formed XML: not well-formed (invalid token)"),
        (b'<?xml version="1.0" encoding="x-none"?><sect1/>', "not well-formed XML: unknown encoding"),
        (b"<!DOCTYPE sect1 [%none;]><sect1/>", "the parameter entity %none; is not declared"),
    ],
)
def test_what_is_not_xml_is_named_with_its_place(small: Small, content: bytes, message: str) -> None:
    root = small()
    (root / PAGE).write_bytes(content)
    place, told, _ = refused(root)
    assert (place.partition(":")[0], told) == (PAGE, message)


def test_nothing_is_left_behind(small: Small) -> None:
    root = small()
    before = sorted(root.rglob("*"))
    read_book(root)
    assert sorted(root.rglob("*")) == before
    assert sorted(path.name for path in SMALL.iterdir()) == sorted(path.name for path in root.iterdir())
