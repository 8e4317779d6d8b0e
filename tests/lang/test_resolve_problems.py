"""Everything that can be wrong with recipes, each with its place, its words, and all of it in one go."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lang.texts import SHA, package, script

Wrong = Callable[..., list[tuple[str, str, str, str]]]
FACTS = "LFS, LFS_TGT, arch, book, name, origin, tests or version"


@pytest.mark.parametrize(
    ("statement", "column", "message", "expected", "hint"),
    [
        ("needs build b", 17, 'unknown step, group or host declaration "b"', "a", ""),
        ("needs build a", 17, "a needs itself", "", "take the need away"),
        ("before a", 12, "a cannot come before itself", "", ""),
        ("before aa", 12, 'unknown step or group "aa"', "a", 'did you mean "a"?'),
        ("style x", 11, 'unknown style "x"', "", ""),
        ("context moon", 13, 'context cannot be "moon"', "host, target or image", ""),
        ("tests critcal", 11, 'tests cannot be "critcal"', "normal or critical", 'did you mean "critical"?'),
        ('user "Not Me"', 10, '"Not Me" is not a user name', 'a name such as "lfs"', ""),
        ('workdir "/x"', 13, '"/x" leaves the build folder', 'a folder below it such as "build"', ""),
        ('workdir "a/../.."', 13, '"a/../.." leaves the build folder', 'a folder below it such as "build"', ""),
        ('env 1x "y"', 9, '"1x" cannot be an environment variable', "a name such as CFLAGS", ""),
        ('env X "{{ nmae }}"', 11, 'undefined variable "nmae"', FACTS, 'did you mean "name"?'),
        ('summary "{{ name"', 13, "template: unexpected end of template, expected 'end of print statement'", "", ""),
        ("with gmp", 10, 'unknown resource "gmp"', "", "declare it: resource gmp VERSION { source … }"),
        ("cost 1 XX", 12, '"XX" is not a unit of cost', "a time in SBU, a size in KB, MB or GB", ""),
        ("cost 1 MB 2 GB", 17, "the cost in GB is given twice", "a time in SBU, a size in KB, MB or GB", ""),
        ("memory 4 s", 14, '"s" is not a unit of memory', "B, KB, MB or GB", ""),
        ("memory 4", 12, "memory needs a unit", "B, KB, MB or GB", ""),
        ("time 0 h", 10, 'time cannot be "0"', "a number above 0", ""),
        ("jobs 0", 10, 'jobs cannot be "0"', "a whole number above 0", ""),
        ("jobs 1.5", 10, 'jobs cannot be "1.5"', "a whole number above 0", ""),
        ("retry x", 11, 'retry cannot be "x"', "a whole number such as 2", ""),
        (
            "file etc/x:\n        y",
            10,
            '"etc/x" is not the path of a file in the root',
            "a path such as /etc/hosts",
            "",
        ),
        (
            "file /a/../x:\n        y",
            10,
            '"/a/../x" is not the path of a file in the root',
            "a path such as /etc/hosts",
            "",
        ),
        ("file /x mode 9:\n        y", 18, '"9" is not a file mode', "octal digits such as 0644", ""),
        ('file /x from "no.j2"', 18, 'there is no file "no.j2"', "a template beside the recipe", ""),
        ('file /x from "../x"', 18, '"../x" leaves the folder of the recipes', "", "keep the file below that folder"),
    ],
)
def test_a_statement_that_does_not_fit(
    problems: Wrong, statement: str, column: int, message: str, expected: str, hint: str
) -> None:
    assert problems(script(statement)) == [(f"main.lfs:2:{column}", message, expected, hint)]


PLACES = "https:, http:, file:, debian:, pypi: or a path below the recipe's folder"


@pytest.mark.parametrize(
    ("source", "digest", "message", "expected", "hint"),
    [
        (
            "git://x/y",
            "sha256 " + SHA,
            '"git:" is not a place to have files from',
            PLACES,
            "git is not supported in this version: give the URL of an archive",
        ),
        ("htps://x/y", "sha256 " + SHA, '"htps:" is not a place to have files from', PLACES, 'did you mean "https"?'),
        ("debian:trixie/x", "signed", '"debian:trixie/x" is not complete', "debian:SUITE/SOURCE/FILE", ""),
        ("pypi:meson", "sha256 " + SHA, '"pypi:meson" is not complete', "pypi:NAME==VERSION", ""),
        ("https://x", "sha256 " + SHA, '"https://x" is not complete', "https://HOST/PATH", ""),
        ("file:x", "sha256 " + SHA, '"file:x" is not complete', "file:///PATH", ""),
        ("https://x/", "sha256 " + SHA, "the file has no name", "", 'name it: source "URL" as NAME'),
        ("{{ '' }}x.tar", "sha256 " + SHA, 'there is no file "x.tar"', "a source or patch beside the recipe", ""),
        (
            "../../etc/passwd",
            "sha256 " + SHA,
            '"../../etc/passwd" leaves the folder of the recipes',
            "",
            "keep the file below that folder",
        ),
        (
            "/etc/passwd",
            "sha256 " + SHA,
            '"/etc/passwd" is not below the recipe\'s folder',
            "a relative path",
            "a path elsewhere is written file:///PATH, with a digest",
        ),
    ],
)
def test_a_source_that_cannot_be(
    problems: Wrong, source: str, digest: str, message: str, expected: str, hint: str
) -> None:
    text = f'package a 1 {{\n    source "{source}"\n    {digest}\n}}\n'
    assert problems(text) == [("main.lfs:2:12", message, expected, hint)]


def test_signed_is_for_debian_alone(problems: Wrong) -> None:
    assert problems('package a 1 {\n    source "https://x.org/a.tar"\n    signed\n}\n') == [
        (
            "main.lfs:3:5",
            '"signed" is for debian: origins alone',
            "sha256, sha512, blake2b or md5 and the digest",
            "no signed index names the digest of this file",
        )
    ]


def test_a_download_hidden_in_a_template_needs_a_digest_too(problems: Wrong) -> None:
    text = "package a 1 {\n    source \"{{ 'https:' }}//x.org/a.tar\"\n}\n"
    assert problems(text) == [
        ("main.lfs:2:12", "a source without a digest", "sha256, sha512, blake2b or md5 on the next line", "")
    ]


def test_a_link_out_of_the_recipes_is_not_followed(problems: Wrong, tmp_path: Path) -> None:
    (tmp_path / "passwd").symlink_to("/etc/passwd")
    assert problems('package a 1 {\n    source "passwd"\n}\n') == [
        ("main.lfs:2:12", '"passwd" leaves the folder of the recipes', "", "keep the file below that folder")
    ]


def test_two_files_of_one_name(problems: Wrong) -> None:
    text = package("a", f'    source "https://y.org/a-1.0.tar.xz"\n    sha256 {SHA}\n')
    assert problems(text) == [
        (
            "main.lfs:4:12",
            'two files would be called "a-1.0.tar.xz" in the sources folder',
            "",
            'give one a name of its own with "as"; the other is at main.lfs:2:12',
        )
    ]


def test_nothing_to_build_from(problems: Wrong) -> None:
    assert problems("package a 1 {\n}\nresource r 1 {\n}\npackage b from q {\n}\n") == [
        (
            "main.lfs:1:9",
            "package a has no source",
            'source "URL" and its digest, or from RESOURCE',
            "what has no source is a script",
        ),
        ("main.lfs:3:10", "resource r has no source", 'source "URL" and its digest', ""),
        ("main.lfs:5:16", 'unknown resource "q"', "", "declare it: resource q VERSION { source … }"),
    ]


def test_one_name_twice(problems: Wrong) -> None:
    text = (
        package("a") + package("a") + script("install: true") + "group a {\n    members a\n}\n"
        "style s {\n}\nstyle s {\n}\noption o = x|y\noption o = x|y|x\n"
    )
    first = "the first is at main.lfs:1:9"
    assert problems(text) == [
        ("main.lfs:5:9", "two packages are called a", "", first),
        ("main.lfs:9:8", "a package and a script are called a", "", first),
        ("main.lfs:12:7", "a package and a group are called a", "", first),
        ("main.lfs:17:7", "two styles are called s", "", "the first is at main.lfs:15:7"),
        ("main.lfs:20:8", "two options are called o", "", "the first is at main.lfs:19:8"),
    ]


def test_one_thing_said_twice(problems: Wrong) -> None:
    text = (
        'script a {\n    workdir "x"\n    workdir "y"\n    env X "1"\n    env X "2"\n    build: x\n    build: y\n'
        "    file /x:\n        1\n    file /x:\n        2\n}\n"
    )
    keep = "keep one of them, or put the exception into when"
    assert problems(text) == [
        ("main.lfs:3:5", "workdir is given twice in script a", "", keep),
        ("main.lfs:5:9", "env X is given twice in script a", "", keep),
        ("main.lfs:7:5", "build: is given twice in script a", "", keep),
        ("main.lfs:10:10", "/x is given twice", "", "the first is at main.lfs:8:10"),
    ]


def test_versions_that_do_not_satisfy(problems: Wrong) -> None:
    text = package("glibc", "    provides libc 6\n", "2.34") + package(
        "b", "    needs build glibc >= 2.35 libc < 6 s > 1 h = 2\n"
    )
    text += script("install: true", "s") + "host h {\n    tool bash\n}\n"
    change = "change the need or the version"
    assert problems(text) == [
        ("main.lfs:9:26", "glibc 2.34 does not satisfy glibc >= 2.35", "", change),
        ("main.lfs:9:38", "libc, provided by glibc, 6 does not satisfy libc < 6", "", change),
        ("main.lfs:9:44", "s has no version to satisfy s > 1", "", ""),
        (
            "main.lfs:9:50",
            "h is a host declaration and has no version",
            "",
            "a tool's version stands in its host declaration",
        ),
    ]


def test_a_name_provided_by_several(problems: Wrong) -> None:
    text = package("gawk", "    provides awk\n") + package("mawk", "    provides awk\n") + script("needs run awk")
    assert problems(text) == [
        ("main.lfs:12:15", "awk is provided by several: gawk, mawk", "", "name the one that is meant")
    ]


def test_options_and_conditions_that_do_not_exist(problems: Wrong) -> None:
    text = (
        "option init = sysv|systemd\noption Init = a|b\noption name = a|b\n"
        "when inti=sysv {\n    script x {\n    }\n}\n"
        + "script y {\n    needs build x\n    when init=systmed {\n        install: true\n    }\n}\n"
        + "when tests=all {\n    option late = a|b\n}\n"
    )
    known = "init, arch, tests or origin"
    assert problems(text, options={"int": "x", "init": "none"}) == [
        ("", 'unknown option "int"', known, 'did you mean "init"?'),
        ("", 'option init cannot be "none"', "sysv or systemd", ""),
        (
            "main.lfs:2:8",
            '"Init" cannot be the name of an option',
            "a lower-case name that a shell variable can have",
            "",
        ),
        (
            "main.lfs:3:8",
            '"name" cannot be the name of an option',
            "a lower-case name that a shell variable can have",
            '"name" means something else in templates',
        ),
        ("main.lfs:4:6", 'unknown option "inti"', known, 'did you mean "init"?'),
        ("main.lfs:10:15", 'unknown value of option init "systmed"', "sysv or systemd", 'did you mean "systemd"?'),
        ("main.lfs:15:12", "option late is declared inside when", "", "when decides by options: declare them outside"),
    ]


def test_a_need_that_the_options_leave_out(problems: Wrong) -> None:
    text = "when tests=all {\n    script x {\n    }\n}\n" + script("needs build x", "y")
    assert problems(text) == [
        ("main.lfs:6:17", "x is not there with these options", "", "it is declared only with tests=all")
    ]


def test_host_declarations_that_do_not_fit(problems: Wrong) -> None:
    text = (
        'host h {\n    tool bash < 3\n    tool bash\n    alias sh dash\n    tool x run "a \'b"\n    tool y run ""\n}\n'
        "group g {\n    members h\n}\n"
    )
    command = 'a command such as "ld --version"'
    assert problems(text) == [
        ("main.lfs:2:17", 'a tool cannot be required as "< 3"', ">= and the oldest version that will do", ""),
        ("main.lfs:3:10", "tool bash is given twice", "", "the first is at main.lfs:2:10"),
        ("main.lfs:4:14", 'unknown tool "dash"', "bash, x or y", 'did you mean "bash"?'),
        ("main.lfs:5:16", "the command cannot be read: no closing quotation", command, ""),
        ("main.lfs:6:16", "the command is empty", command, ""),
        (
            "main.lfs:9:13",
            "h is a host declaration and cannot be a member",
            "a step or a group",
            "say: needs build h",
        ),
    ]


def test_a_statement_in_the_wrong_block(problems: Wrong) -> None:
    assert problems("group g {\n    build: x\n}\n") == [
        (
            "main.lfs:2:5",
            '"build" does not stand in a group',
            "a statement such as members, needs or when",
            '"build" stands in a package, a script or a style',
        )
    ]


def test_an_order_that_leaves_a_phase_out(problems: Wrong) -> None:
    text = script("order install build install\n    build: x\n    check: y")
    assert problems(text) == [
        ("main.lfs:2:11", "the order of a leaves out check", "", "name it, or say: skip check"),
        ("main.lfs:2:25", "order names install twice", "", ""),
    ]


def test_names_that_no_file_can_have(problems: Wrong) -> None:
    assert problems(script("install: true", "a/b")) == [
        (
            "main.lfs:1:8",
            '"a/b" cannot be the name of a script',
            "letters, digits and + . _ -, a letter or digit first",
            "",
        )
    ]


def test_a_template_file_is_reported_where_it_is_wrong(problems: Wrong) -> None:
    files = {"main.lfs": script('file /x from "x.j2"'), "x.j2": "fine\n{{ foo }}\n"}
    assert problems(files) == [("x.j2:2:1", 'undefined variable "foo"', FACTS, "")]
