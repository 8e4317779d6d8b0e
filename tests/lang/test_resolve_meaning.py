"""What recipes mean: inheritance, options, templates, needs, files, in every case the table of the language names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.lang.resolve_options import machine
from lfsmake.model.step import Cost, Digest, Limits, Project
from tests.lang.texts import SHA, STYLES, package

Load = Callable[..., Project]


def phases(project: Project, name: str) -> dict[str, list[str]]:
    return {phase.name: [body.text for body in phase.bodies] for phase in project.steps[name].phases}


def test_the_nearest_wins_hooks_gather_and_lists_join(load: Load) -> None:
    project = load(
        STYLES
        + package(
            "a",
            """    style near
    configure: ./own
    needs build runtime
    env MORE "1"
    post install: echo own
""",
        )
        + package("b", '    style base\n    user "root"\n')
    )
    assert phases(project, "a") == {
        "configure": ["./own"],
        "build": ["ninja"],
        "check": ["make check"],
        "install": ["echo base first", "make install", "echo base last", "echo near last", "echo own"],
    }
    assert list(phases(project, "b")) == ["build", "check", "install"]
    a, b = project.steps["a"], project.steps["b"]
    assert (a.user, a.workdir, b.user, b.workdir) == ("lfs", "build", "root", "")
    assert {name: value for name, value in a.env if name in ("CFLAGS", "LANG", "MORE")} == {
        "CFLAGS": "-O3 a",
        "LANG": "C",
        "MORE": "1",
    }
    assert [(need.name, need.scope) for need in a.needs] == [
        ("tools", "build"),
        ("runtime", "run"),
        ("runtime", "build"),
    ]


def test_the_environment_of_each_context(load: Load) -> None:
    project = load(
        "script here {\n    context host\n    install: true\n}\nscript there {\n    install: true\n}\n"
        'script own {\n    env PATH "/opt/bin"\n    install: true\n}\n',
        options={"arch": "aarch64"},
    )
    common = {
        "HOME": "/root",
        "KBUILD_BUILD_HOST": "lfs",
        "KBUILD_BUILD_TIMESTAMP": "Wed Mar  5 00:00:00 UTC 2025",
        "KBUILD_BUILD_USER": "lfs",
        "LC_ALL": "POSIX",
        "SOURCE_DATE_EPOCH": "1741132800",
        "TERM": "dumb",
    }
    assert dict(project.steps["here"].env) == {
        **common,
        "CONFIG_SITE": "/mnt/lfs/usr/share/config.site",
        "LFS": "/mnt/lfs",
        "LFS_TGT": "aarch64-lfs-linux-gnu",
        "PATH": "/mnt/lfs/tools/bin:/usr/bin:/bin",
    }
    assert dict(project.steps["there"].env) == {**common, "PATH": "/usr/bin:/usr/sbin"}
    assert dict(project.steps["own"].env)["PATH"] == "/opt/bin"
    assert [project.steps[name].context for name in ("here", "there")] == ["host", "target"]
    assert all(list(step.env) == sorted(step.env) for step in project.steps.values())


def test_facts_are_name_version_lfs_and_the_options_a_body_mentions(load: Load) -> None:
    project = load(
        'book "12.3"\noption init-system = sysv|systemd\n'
        "script plain {\n    install: true\n}\n"
        "script asks {\n    install: test $init_system = sysv && echo ${LFS_TGT} $book\n}\n",
        options={"arch": "x86_64"},
    )
    assert dict(project.steps["plain"].facts) == {"LFS": "/mnt/lfs", "name": "plain", "version": ""}
    assert dict(project.steps["asks"].facts) == {
        "LFS": "/mnt/lfs",
        "LFS_TGT": "x86_64-lfs-linux-gnu",
        "book": "12.3",
        "init_system": "sysv",
        "name": "asks",
        "version": "",
    }


def test_an_option_nobody_mentions_changes_no_step(load: Load) -> None:
    text = "option speed = slow|fast\nscript a {\n    install: true\n}\n"
    assert load(text).steps == load(text, options={"speed": "fast"}).steps


def test_options_have_defaults_and_can_be_set(load: Load) -> None:
    text = "option init = sysv|systemd\noption arch = riscv64|x86_64|aarch64|i686\n"
    values = {name: option.value for name, option in load(text).options.items()}
    assert values == {"init": "sysv", "arch": machine(), "tests": "critical", "origin": "auto"}
    assert load(text, options={"init": "systemd"}).options["init"].value == "systemd"


def test_when_decides_declarations_and_statements(load: Load) -> None:
    text = """option init = sysv|systemd|none
when init=systemd|none {
    script a {
        install: echo a
    }
} else {
    script b {
        install: echo b
    }
}
script c {
    env WHO "any"
    when init=systemd {
        env WHO "systemd"
        install: echo systemd
        when tests=all {
            post install: echo tests
        }
    } else {
        install: echo other
    }
}
"""
    assert list(load(text).steps) == ["b", "c"]
    assert phases(load(text), "c") == {"install": ["echo other"]}
    other = load(text, options={"init": "systemd", "tests": "all"})
    assert list(other.steps) == ["a", "c"]
    assert phases(other, "c") == {"install": ["echo systemd", "echo tests"]}
    assert dict(other.steps["c"].env)["WHO"] == "systemd"


def test_a_body_nearer_than_skip_undoes_it_and_a_skip_in_when_does_not_lose(load: Load) -> None:
    text = """style s {
    check: make check
    skip check
}
script kept {
    style s
    check: make test
}
script left {
    style s
}
script sometimes {
    check: make test
    when tests=none {
        skip check
    }
}
"""
    project = load(text, options={"tests": "none"})
    assert phases(project, "kept") == {"check": ["make test"]}
    assert phases(project, "left") == {}
    assert phases(project, "sometimes") == {}
    assert phases(load(text), "sometimes") == {"check": ["make test"]}


def test_order_moves_phases(load: Load) -> None:
    text = "script a {\n    order install check\n    check: one\n    install: two\n}\n"
    assert list(phases(load(text), "a")) == ["install", "check"]


@pytest.mark.parametrize(
    ("tests", "critical", "normal"), [("none", False, False), ("critical", True, False), ("all", True, True)]
)
def test_which_checks_run(load: Load, tests: str, critical: bool, normal: bool) -> None:
    text = (
        "script c {\n    tests critical\n    check: true\n}\nscript n {\n    check: true\n}\n"
        "script skipped {\n    tests critical\n    check: true\n    when tests=all|critical|none {\n"
        "        skip check\n    }\n}\nscript none {\n    tests critical\n    install: true\n}\n"
    )
    steps = load(text, options={"tests": tests}).steps
    assert [steps[name].check for name in ("c", "n", "skipped", "none")] == [critical, normal, False, False]


def test_a_package_from_a_resource_inherits_its_files_and_texts(load: Load, write: Callable[[str, str], Path]) -> None:
    patch = write("patches/fix.patch", "--- a\n+++ b\n")
    own = write("patches/own.patch", "--- a\n+++ b\n")
    project = load(
        f"""
resource gcc 14.2.0 {{
    summary "Compilers of {{{{ name }}}} {{{{ version }}}}"
    license "GPL"
    source "https://x.org/gcc-{{{{ version }}}}.tar.xz?mirror=1#top" as gcc.tar.xz
    md5 {"AB" * 16}
    origin "debian:trixie/gcc-14/gcc-14_14.2.0.orig.tar.gz"
    signed
    fixup:
        mv a b
    origin "pypi:gcc-py==1"
    sha256 {SHA}
    patch "patches/fix.patch" strip 0
}}
resource gmp 6.3.0 {{
    source "https://x.org/gmp-{{{{ version }}}}.tar.xz"
    sha256 {SHA}
}}
package gcc-pass1 from gcc "GCC, pass {{{{ version }}}}" {{
    license "GPL-3.0"
    unpack gmp "gmp-{{{{ version_of('gmp') }}}}"
    with gmp
    patch "patches/own.patch"
    install: echo $name-$version
}}
"""
    )
    step = project.steps["gcc-pass1"]
    assert (step.version, step.title, step.summary, step.license) == (
        "14.2.0",
        "GCC, pass 14.2.0",
        "Compilers of gcc 14.2.0",
        "GPL-3.0",
    )
    source = step.source
    assert source is not None
    assert source is project.resources["gcc"]
    assert (source.name, source.version, source.filename) == ("gcc", "14.2.0", "gcc.tar.xz")
    assert [origin.url for origin in source.origins] == [
        "https://x.org/gcc-14.2.0.tar.xz?mirror=1#top",
        "debian:trixie/gcc-14/gcc-14_14.2.0.orig.tar.gz",
        "pypi:gcc-py==1",
    ]
    assert source.origins[0].digests == (Digest("md5", "ab" * 16),)
    assert source.origins[1].digests == (Digest("signed", ""),)
    assert source.origins[1].fixup is not None
    assert source.origins[1].fixup.text == "mv a b"
    assert [(patch.resource.origins[0].url, patch.resource.filename, patch.strip) for patch in step.patches] == [
        (str(patch), "fix.patch", 0),
        (str(own), "own.patch", 1),
    ]
    assert [(unpack.resource.filename, unpack.folder) for unpack in step.unpacks] == [("gmp-6.3.0.tar.xz", "gmp-6.3.0")]
    assert step.extras == (project.resources["gmp"],)
    assert {str(patch), str(own)} <= set(project.files)


def test_further_sources_lie_beside_the_first(load: Load) -> None:
    project = load(package("tzdata", f'    source "https://x.org/a%2Bb.tar.gz"\n    sha256 {SHA}\n'))
    step = project.steps["tzdata"]
    assert step.source is not None
    assert (step.source.name, step.source.filename) == ("tzdata", "tzdata-1.0.tar.xz")
    assert [(extra.name, extra.filename) for extra in step.extras] == [("a+b.tar.gz", "a+b.tar.gz")]


def test_files_are_rendered_or_verbatim(load: Load, write: Callable[[str, str], Path]) -> None:
    template = write("etc/hosts.j2", "127.0.0.1 {{ name }}\n{# not this #}{% if arch %}::1{% endif %}\n")
    project = load(
        'script a {\n    file /etc/hosts from "etc/hosts.j2" mode 600\n'
        "    file /etc/motd:\n        {{ not rendered }}\n        #{% nor this\n"
        "    file /etc/keys mode 4755:\n        x\n}\n"
    )
    files = [(file.path, file.text, file.mode) for file in project.steps["a"].files]
    assert files == [
        ("/etc/hosts", "127.0.0.1 a\n::1\n", "0600"),
        ("/etc/motd", "{{ not rendered }}\n#{% nor this\n", "0644"),
        ("/etc/keys", "x\n", "4755"),
    ]
    assert str(template) in project.files


def test_needs_name_steps_groups_hosts_and_what_is_provided(load: Load) -> None:
    project = load(
        """
host tools "Host {{ book }}" {
    tool bash >= 3.2
    tool ld >= 2.13 run "ld --version -v 'a b'" package "binutils"
    alias sh bash
    kernel 5.4
}
group outer {
    members inner d
    needs build tools base
}
group inner {
    members b c
    needs run base
}
script base {
    install: true
}
"""
        + package("b", "    provides awk 5\n")
        + package("c", "    needs build b >= 0.9 awk > 4 tools\n    needs test d\n")
        + package("d", "    needs run inner\n    before e\n    conflicts b\n    replaces awk\n")
        + package("e", "    needs build base\n")
        + "group all {\n    members outer e\n}\n"
    )
    steps = project.steps
    assert {name: [(need.name, need.scope) for need in step.needs] for name, step in steps.items()} == {
        "base": [],
        "b": [("base", "build"), ("base", "run")],  # what the groups around it need
        "c": [("b", "build"), ("d", "test"), ("base", "build"), ("base", "run")],
        "d": [("b", "run"), ("c", "run"), ("base", "build")],
        "e": [("base", "build")],
    }
    assert (steps["e"].after, steps["d"].conflicts, steps["d"].replaces) == (("d",), ("b",), ("b",))
    assert steps["c"].hosts == ("tools",)
    assert {name: group.members for name, group in project.groups.items()} == {
        "outer": ("b", "c", "d"),
        "inner": ("b", "c"),
        "all": ("b", "c", "d", "e"),
    }
    host = project.hosts["tools"]
    assert [(tool.name, tool.version, tool.command, tool.package) for tool in host.tools] == [
        ("bash", "3.2", ("bash", "--version"), "bash"),
        ("ld", "2.13", ("ld", "--version", "-v", "a b"), "binutils"),
    ]
    assert ([(alias.name, alias.tool) for alias in host.aliases], host.kernel, host.title) == (
        [("sh", "bash")],
        "5.4",
        "Host ",
    )


def test_costs_and_limits(load: Load) -> None:
    project = load(
        "script a {\n    cost 1.5 SBU 2 GB\n    memory 4 GB\n    time 1.5 h\n    jobs 1\n    retry 2\n}\n"
        "script b {\n    cost 677 MB\n    memory 512 KB\n    time 10 min\n}\nscript c {\n    time 3 s\n}\n"
    )
    steps = project.steps
    assert [(step.cost, step.limits, step.retry) for step in steps.values()] == [
        (Cost(1.5, 2048.0), Limits(4 << 30, 1, 5400.0), 2),
        (Cost(None, 677.0), Limits(512 << 10, None, 600.0), 0),
        (Cost(), Limits(None, None, 3.0), 0),
    ]
