"""`amend`: statements put over a declaration that stands elsewhere."""

from collections.abc import Callable

from lfsmake.model.step import Project

Load = Callable[..., Project]
Problems = Callable[..., list[tuple[str, str, str, str]]]

A, B = "a" * 32, "b" * 64
RECIPES = f"""
resource zlib 1.3 {{
    source "https://example.org/zlib-{{{{ version }}}}.tar.gz"
    md5    {A}
}}

style quiet {{
    build: make
}}

style loud {{
    build: make V=1
}}

package zlib from zlib "Zlib" {{
    style      quiet
    env        CFLAGS "-O2"
    needs build layout
    configure: ./configure
    install:   make install
}}

script layout {{
    install: mkdir /usr
}}

script links {{
    install: ln -s usr/bin /bin
}}

group base {{
    members zlib
}}
"""


def phases(project: Project, name: str) -> list[tuple[str, list[str]]]:
    return [(phase.name, [body.text for body in phase.bodies]) for phase in project.steps[name].phases]


def test_an_origin_is_a_further_place_to_have_the_source_from(load: Load) -> None:
    site = f"""
amend resource zlib {{
    origin "debian:trixie/zlib/zlib_1.3.orig.tar.gz"
    sha256 {B}
    fixup: rm -r contrib
}}
"""
    project = load({"recipes.lfs": RECIPES, "site.lfs": site})
    source = project.steps["zlib"].source
    assert source is not None
    assert [(each.url, each.fixup.text if each.fixup else "") for each in source.origins] == [
        ("https://example.org/zlib-1.3.tar.gz", ""),
        ("debian:trixie/zlib/zlib_1.3.orig.tar.gz", "rm -r contrib"),
    ]
    assert project.resources["zlib"] == source


def test_what_is_amended_is_nearer_than_the_declaration_and_its_style(load: Load) -> None:
    site = """
amend package zlib {
    style        loud
    env          CFLAGS "-O3"
    needs build  links
    configure:   ./configure --shared
    post install: rm -f /usr/share/info/dir
}
amend style loud {
    pre build: echo "$name"
}
amend group base {
    members links
}
"""
    project = load({"recipes.lfs": RECIPES, "site.lfs": site})
    step = project.steps["zlib"]
    assert phases(project, "zlib") == [
        ("configure", ["./configure --shared"]),
        ("build", ['echo "$name"', "make V=1"]),
        ("install", ["make install", "rm -f /usr/share/info/dir"]),
    ]
    assert ("CFLAGS", "-O3") in step.env
    assert [need.name for need in step.needs] == ["layout", "links"]
    assert project.groups["base"].members == ("zlib", "links")


def test_without_the_amendment_nothing_of_it_is_there(load: Load) -> None:
    site = """
option shared = no|yes
when shared=yes {
    amend package zlib {
        configure: ./configure --shared
    }
}
"""
    files = {"recipes.lfs": RECIPES, "site.lfs": site}
    assert phases(load(files), "zlib")[0] == ("configure", ["./configure"])
    assert phases(load(files, options={"shared": "yes"}), "zlib")[0] == ("configure", ["./configure --shared"])


def test_what_does_not_exist_cannot_be_amended(problems: Problems) -> None:
    site = "amend package zlob {\n    jobs 1\n}\n"
    assert problems({"recipes.lfs": RECIPES, "site.lfs": site}) == [
        ("site.lfs:1:15", 'unknown package "zlob"', "zlib", 'did you mean "zlib"?')
    ]


def test_the_origin_of_a_package_without_a_source_belongs_to_its_resource(problems: Problems) -> None:
    site = f'amend package zlib {{\n    origin "https://example.org/z.tar.gz"\n    md5    {A}\n}}\n'
    assert problems({"recipes.lfs": RECIPES, "site.lfs": site}) == [
        (
            "site.lfs:2:12",
            "package zlib has no source of its own",
            "",
            "amend the resource that it is built from",
        )
    ]


def test_two_amendments_do_not_say_the_same_thing(problems: Problems) -> None:
    site = "amend package zlib {\n    jobs 1\n}\n\namend package zlib {\n    jobs 2\n}\n"
    assert problems({"recipes.lfs": RECIPES, "site.lfs": site}) == [
        (
            "site.lfs:6:5",
            "jobs is given twice in package zlib",
            "",
            "keep one of them, or put the exception into when",
        )
    ]


def test_a_statement_is_judged_by_the_kind_that_is_amended(problems: Problems) -> None:
    site = 'amend resource zlib {\n    workdir "build"\n}\n'
    (found,) = problems({"recipes.lfs": RECIPES, "site.lfs": site})
    assert found[:3] == (
        "site.lfs:2:5",
        '"workdir" does not stand in a resource',
        "a statement such as source, origin or fixup",
    )
