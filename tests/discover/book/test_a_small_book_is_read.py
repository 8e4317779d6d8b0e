"""Every quirk of the book's XML, in a small book of our own."""

from pathlib import Path

import msgspec

from lfsmake.discover.book.model import Book, BookResource, HostTool, Instruction, Needs, Section
from lfsmake.discover.book.read import read_book

from .conftest import SMALL, Small

SYSV = read_book(SMALL)
SYSTEMD = read_book(SMALL, "systemd")


def page(book: Book, identity: str) -> Section:
    (found,) = [section for section in book.sections if section.id == identity]
    return found


def texts(book: Book, identity: str) -> list[str]:
    return [one.text for one in page(book, identity).instructions]


def test_pages_are_in_the_order_of_the_book_with_their_numbers() -> None:
    assert [(one.number, one.id) for one in SYSTEMD.sections] == [
        ("", "pre-signs"),
        ("1.1", "what"),
        ("2.1", "ch-partitioning-hostreqs"),
        ("3.1", "ch-materials-packages"),
        ("3.2", "ch-materials-patches"),
        ("4.1", "ch-user"),
        ("4.2", "ch-environment"),
        ("5.1", "ch-tools-anvil-pass1"),
        ("6.1", "ch-tools-brook"),
        ("7.1", "ch-owner"),
        ("7.2", "ch-chroot"),
        ("7.3", "ch-folders"),
        ("8.1", "ch-system-anvil"),
        ("8.2", "ch-system-brook"),
        ("8.3", "ch-system-cedar"),
        ("A", "appendixc"),
        ("B", "scripts"),
    ]
    assert SYSV.chapters[4] == (5, "Cross Tools")


def test_the_version_does_not_tell_the_revisions_apart() -> None:
    assert (SYSV.version, SYSTEMD.version) == ("99.1", "99.1")


def test_a_page_says_what_it_builds() -> None:
    told = msgspec.structs.replace(page(SYSV, "ch-tools-anvil-pass1"), instructions=())
    assert told == Section(
        id="ch-tools-anvil-pass1",
        title="Anvil-2.44 - Pass 1",
        number="5.1",
        chapter=5,
        file="chapter05/anvil-pass1.xml",
        product="anvil",
        version="2.44",
        turn="1",
        sbu=1.0,
        disk=677.0,
        user="lfs",
        context="host",
        address="https://example.org/anvil-2.44.tar.xz",
    )


def test_commands_are_verbatim_in_document_order_with_their_places() -> None:
    pre, told, configure, make, install = page(SYSV, "ch-tools-anvil-pass1").instructions
    assert (pre.text, pre.remap, pre.prose) == ("mkdir build\ncd    build", "pre", "Build it beside its sources:")
    assert (pre.span.line, pre.span.column, pre.span.end_line) == (28, 9, 29)
    assert (told.text, told.screen) == ("time { make; }", 0)
    assert configure == Instruction(
        text="../configure --prefix=$LFS/tools \\\n             --jobs=4",
        span=configure.span,
        remap="configure",
        replaceable=("4",),
        heading="Installation of Anvil",
        screen=2,
        prose="Configure it:",
    )
    assert (make.text, install.text) == ("make", "make install")
    assert Path(pre.span.file) == SMALL / "chapter05" / "anvil-pass1.xml"


def test_a_hint_does_not_change_the_order() -> None:
    hints = [one.remap for one in page(SYSV, "ch-system-anvil").instructions]
    assert hints == ["pre", "install", "test", "", "", ""]
    assert page(SYSV, "ch-system-anvil").critical


def test_several_commands_may_share_a_screen() -> None:
    assert [(one.text, one.screen) for one in page(SYSV, "ch-folders").instructions] == [
        ("mkdir -p /home", 1),
        ("mkdir -p /srv", 1),
    ]


def test_an_entity_may_hold_a_command_within_a_command() -> None:
    assert texts(SYSV, "ch-user") == ["useradd -m lfs", "su - lfs"]


def test_nothing_within_cdata_is_markup() -> None:
    assert texts(SYSV, "ch-system-anvil")[4] == 'cat > /etc/anvil << "EOF"\na < b && c\nEOF'


def test_what_the_reader_fills_in_is_told_apart() -> None:
    last = page(SYSV, "ch-system-anvil").instructions[-1]
    assert (last.text, last.replaceable, last.nodump, last.heading, last.prose) == (
        "anvil --shape=<shape>", ("<shape>",), True, "And more", "",
    )  # fmt: skip


def test_revisions_differ_on_any_element() -> None:
    assert texts(SYSV, "ch-system-anvil")[3] == "make sysv"
    assert texts(SYSTEMD, "ch-system-anvil")[3] == "systemctl enable anvil"
    assert "ch-system-cedar" not in [one.id for one in SYSV.sections]


def test_architectures_differ_too() -> None:
    old = read_book(SMALL, "sysv", "i686")
    assert texts(SYSV, "ch-tools-anvil-pass1")[3:] == ["make", "make install"]
    assert texts(old, "ch-tools-anvil-pass1")[3:] == ["make old", "make", "make install"]


def test_parts_of_other_pages_are_included_with_the_entities_of_their_own_file() -> None:
    assert texts(SYSV, "ch-tools-brook") == ["./configure --with-part=1.1.10", "make DESTDIR=$LFS install"]
    first = page(SYSV, "ch-tools-brook").instructions[0]
    assert Path(first.span.file).parts[-2:] == ("chapter08", "brook.xml")


def test_titles_have_the_characters_that_docbook_names() -> None:
    assert page(SYSV, "what").title == "What This Is—café"  # the file is ISO-8859-1


def test_who_runs_a_page_changes_where_the_book_says() -> None:
    runs: dict[tuple[str, str], list[str]] = {}
    for section in SYSV.sections:
        if section.chapter:
            runs.setdefault((section.user, section.context), []).append(section.number)
    assert runs == {
        ("host-root", "host"): ["1.1", "2.1", "3.1", "3.2", "4.1", "7.1", "7.2"],
        ("lfs", "host"): ["4.2", "5.1", "6.1"],
        ("root", "target"): ["7.3", "8.1", "8.2"],
    }


def test_times_and_sizes_come_from_prose() -> None:
    assert [(one.sbu, one.disk) for one in SYSTEMD.sections if one.chapter == 8] == [
        (0.1, 4915.2),
        (2.5, 2355.2),
        (46.0, 0.5),
    ]


def test_resources_are_called_as_their_entities() -> None:
    anvil, brook, cedar, patch = SYSTEMD.resources
    assert anvil == BookResource(
        name="anvil",
        version="2.44",
        url="https://example.org/anvil-2.44.tar.xz",
        md5="0" * 31 + "1",
        filename="anvil-2.44.tar.xz",
        kind="package",
        size=1360 * 1024,
        homepage="https://example.org/anvil/",
    )
    assert (brook.name, brook.version, brook.filename, brook.homepage) == (
        "brook", "8.6.16", "brook8.6.16-src.tar.gz", "",
    )  # fmt: skip
    assert (cedar.name, cedar.md5, cedar.size) == ("cedar-core", "abcdef" * 5 + "ab", 512)
    assert (patch.name, patch.kind, patch.version, patch.url) == (
        "anvil-fix-patch", "patch", "", "https://example.org/patches/99.1/anvil-2.44-fix-1.patch",
    )  # fmt: skip
    assert [one.name for one in SYSV.resources] == ["anvil", "brook", "anvil-fix-patch"]


def test_a_file_whose_digest_is_not_known_yet_is_told(small: Small) -> None:
    text = (SMALL / "packages.ent").read_text().replace("0" * 31 + "2", "SOON")
    book = read_book(small(packages_ent=text))
    assert (book.resources[1].md5, book.notes[-1]) == ("", "brook has no MD5")


def test_needs_are_read_from_prose() -> None:
    anvil, brook = SYSTEMD.needs
    assert msgspec.structs.replace(anvil, span=None) == Needs(
        product="Anvil",
        build=(("Anvil",), ("Bash",), ("Brook",)),
        run=(),
        test=(("Python", "Perl"),),
        before=("Brook", "Cedar"),
        optional=(("LLVM",),),
    )
    assert (brook.build, brook.run, brook.test) == ((("Anvil",), ("Cedar",), ("GCC",)), (("ANVIL",),), ())
    assert SYSV.needs[0].before == ("Brook", "Udev")
    assert SYSV.needs[1].build == (("Anvil",), ("GCC",))


def test_the_host_has_requirements() -> None:
    assert SYSV.hosts == (
        HostTool("Bash", "3.2", "(/bin/sh should be a link to it)"),
        HostTool("Anvil", "2.13.1a"),
    )
    assert SYSV.kernel == "5.4"


def test_files_that_nothing_includes_are_listed_and_not_read() -> None:
    assert SYSV.orphans == ("prologue/left-out.xml",)


def test_what_was_assumed_is_told() -> None:
    assert SYSV.notes == (
        "conditional.ent is made by git-version.sh and is not here: assumed for this revision",
        "appendices/rc.script is not here: left empty",
    )


def test_a_generated_conditional_for_the_other_revision_does_not_count(small: Small) -> None:
    made = '<!ENTITY % sysv "INCLUDE">\n<!ENTITY % systemd "IGNORE">\n'
    assert texts(read_book(small(conditional_ent=made), "systemd"), "ch-system-anvil")[3] == "systemctl enable anvil"


def test_a_book_between_releases_has_a_version_only_if_it_was_generated(small: Small) -> None:
    text = (SMALL / "general.ent").read_text()
    text = text.replace('development "IGNORE"', 'development "INCLUDE"').replace('release     "INC', 'release     "IGN')
    text = text.replace('"IGNLUDE"', '"IGNORE"')
    root = small(general_ent=text)
    book = read_book(root)
    assert book.version == "development"
    assert book.notes[1] == 'version.ent is made by git-version.sh and is not here: the version is "development"'
    (root / "version.ent").write_text('<!ENTITY version "r99.1-5">\n')
    assert read_book(root, "systemd").version == "r99.1-5"


def test_an_entity_that_is_declared_nowhere_is_told_and_stays(small: Small) -> None:
    root = small('<screen><userinput>echo &gone;</userinput></screen><para id="&lost;"/><!-- &silent; -->')
    book = read_book(root)
    assert texts(book, "changed") == ["echo &gone;"]
    assert [note for note in book.notes if "entity" in note] == [
        "the entity &gone; is not declared",
        "the entity &lost; is not declared",
    ]


def test_a_fallback_stands_for_a_file_that_is_not_there(small: Small) -> None:
    root = small(
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="gone.xml">'
        "<xi:fallback><screen><userinput>true</userinput></screen></xi:fallback></xi:include>"
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="../general.ent" parse="text"/>'
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="../chapter04/user.xml" xpointer="nowhere"/>'
    )
    book = read_book(root)
    assert texts(book, "changed") == ["true"]
    assert "chapter01/gone.xml is not here: its fallback stands" in book.notes
    assert "chapter04/user.xml has nothing at nowhere" in book.notes
