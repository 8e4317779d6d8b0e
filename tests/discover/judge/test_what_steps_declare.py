"""What steps declare beside their shell is judged: secrets, a LFS that is the host's, users that are looked for."""

from pathlib import Path

import pytest

from lfsmake.discover.judge.declared import findings
from lfsmake.discover.judge.judge import findings as judged
from lfsmake.discover.judge.piece import of_step
from lfsmake.discover.judge.rules.danger import secret
from lfsmake.discover.judge.sources import declared, room
from lfsmake.lang.load import load_project
from lfsmake.model.errors import Span
from lfsmake.model.step import Body, Cost, Digest, Origin, Phase, Project, Resource, Step

HERE = Span("a.lfs", 3, 9)


def step(text: str = "make", *, user: str = "root", env: tuple[tuple[str, str], ...] = (), name: str = "a") -> Step:
    phase = Phase("install", (Body(text, Span("a.lfs", 5, 9)),))
    return Step(name, "script", "", "", "host", user, "", (phase,), HERE, env=env)


def told(one: Step) -> list[tuple[str, str]]:
    return [(each.rule, each.message) for each in findings([one], list(of_step(one)))]


def test_a_secret_in_the_environment_is_told() -> None:
    env = (("API_KEY", "0123456789abcdef"), ("CFLAGS", "-O2"), ("TOKEN_FILE", "/run/token"))
    assert told(step(env=env)) == [("secret", "API_KEY is given in the open to a")]


def test_its_place_is_where_the_recipe_gives_it(tmp_path: Path) -> None:
    recipe = tmp_path / "a.lfs"
    recipe.write_text(
        "script a {\n    build: make\n}\n"
        'script b {\n    env X "1"\n    env  API_KEY "0123456789abcdef"\n    build: make\n}\n'
    )
    steps = load_project([tmp_path]).steps
    (found,) = findings(steps.values(), [])
    assert found.span == Span(str(recipe), 6, 10, 6, 17)
    assert found.subject == "b"


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [
        ("DB_PASSWORD", "hunter2", True),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG", True),
        ("github_token", "abcd1234", True),
        ("PASSWORD", "$1", False),
        ("PASSWORD", "", False),
        ("TOKEN", "/run/secrets/token", False),
        ("PASS", "first", False),  # a pass of the compiler
        ("PASS", "1", False),
        ("BYPASS", "hunter2", False),
        ("COMPASS", "north-east", False),
        ("SECRETS_DIR", "abcdefgh", False),
    ],
)
def test_what_is_a_secret(name: str, value: str, is_one: bool) -> None:
    assert secret(name, value) is is_one


@pytest.mark.parametrize("value", ["/", "", "lfs"])
def test_a_lfs_that_is_the_host_s_is_told(value: str) -> None:
    assert told(step(env=(("LFS", value),))) == [("root-lfs", f'LFS is "{value}"')]
    assert told(step(env=(("LFS", "/mnt/lfs"),))) == []


@pytest.mark.parametrize(
    ("text", "user", "message"),
    [
        ('if [ "$(whoami)" != "lfs" ]; then\n  echo no\n  exit 1\nfi', "root", "user lfs, and the step runs as root"),
        ('[ "$USER" = lfs ] || exit 1', "root", "user lfs, and the step runs as root"),
        ("if [ $EUID -ne 0 ]; then exit 1; fi", "lfs", "user root, and the step runs as lfs"),
        ('[[ $(id -u) == 0 ]] || die "no"', "lfs", "user root, and the step runs as lfs"),
    ],
)
def test_commands_that_look_who_runs_them_want_that_user(text: str, user: str, message: str) -> None:
    assert told(step(text, user=user)) == [("wrong-user", f"its commands want {message}")]


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ('if [ "$(whoami)" != "lfs" ]; then exit 1; fi', "lfs"),
        ("if [ $EUID -ne 0 ]; then exit 1; fi", "root"),
        ("if [ $EUID -eq 0 ]; then exit 1; fi", "root"),  # root is not wanted: who is, is not said
        ('if [ "$(whoami)" != "lfs" ]; then echo hello; fi\nmake\nmake\nmake install', "root"),
        ('[ "$USER" = "$OWNER" ] || exit 1', "root"),
    ],
)
def test_commands_that_go_on_want_no_other_user(text: str, user: str) -> None:
    assert told(step(text, user=user)) == []


def test_an_install_into_the_host_is_seen_across_phases() -> None:
    bodies = (("configure", "./configure --prefix=/usr"), ("build", "make"), ("install", "make install"))
    phases = tuple(Phase(name, (Body(text, Span("a.lfs", at, 9)),)) for at, (name, text) in enumerate(bodies, 5))  # type: ignore[arg-type]
    package = Step("a", "package", "1", "", "host", "lfs", "", phases, HERE)
    found = [each for each in judged(of_step(package)) if each.rule == "no-destdir"]
    assert [(each.span.line, each.message) for each in found if each.span] == [
        (7, "make install writes to the host's own folders")
    ]


def test_a_password_in_the_address_of_a_source_is_told() -> None:
    origin = Origin("https://me:hunter2@example.org/a-1.0.tar.gz", (Digest("sha256", "0" * 64),), HERE)
    source = Resource("a", "1.0", "a-1.0.tar.gz", (origin,), HERE)
    one = Step("a", "package", "1.0", "", "host", "lfs", "", (), HERE, source=source)
    project = Project("12.3", {"a": one}, {}, {}, {}, {}, ())
    (found,) = declared(project, lambda url: None)
    assert (found.rule, found.message) == ("secret", "a password in the address of a-1.0.tar.gz stands here")
    assert "hunter2" not in found.message


def test_steps_that_fit_one_by_one_may_not_fit_together() -> None:
    steps = [Step(f"a{at}", "script", "", "", "host", "lfs", "", (), HERE, cost=Cost(disk=400.0)) for at in range(3)]
    assert list(room(steps, 2000 << 20, 1)) == []
    (found,) = room(steps, 1000 << 20, 1)
    assert (found.rule, found.severity, found.span) == ("no-room", "note", None)
    assert found.message == "the steps that fit one by one take up to 1,200 MB, 1,000 MB are free"
