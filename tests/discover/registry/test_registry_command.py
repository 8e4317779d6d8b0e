"""`lfsmake registry`: what each of its commands says, and as JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm import warm

REPO = Path(__file__).parents[3]
SCRIPT = "#!/bin/bash\ncd $LFS/sources\ntar xf zlib-1.3.1.tar.xz\ncd zlib-1.3.1\n./configure\nmake\nmake install\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a tree in it, and no project."""
    path = tmp_path / "tree" / "chapter08" / "05-zlib.sh"
    path.parent.mkdir(parents=True)
    path.write_text(SCRIPT)
    (tmp_path / "project").mkdir()
    return tmp_path


def run(place: Path, *words: str, code: int = 0) -> str:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LFSMAKE", "XDG"))},
        "LFSMAKE_CACHE": str(warm(place / "cache")),
        "PYTHONPATH": str(REPO),
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "lfsmake", *words], cwd=place / "project", env=env, capture_output=True, text=True,
        check=False, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_tree_comes_is_looked_at_and_goes(place: Path) -> None:
    assert run(place, "registry", "list") == "lfsmake: no tree is registered; `lfsmake registry add DIR` does that\n"
    assert run(place, "registry", "add", "../tree", "--name", "t") == (
        "lfsmake: 1 script registered as t, in registry/t.lfs\n"
        "lfsmake: 1 of them wants something that nothing tells: look for `# unknown:` there\n"
        "lfsmake: to see the order, `lfsmake plan t`; to build, `lfsmake t`\n"
    )
    assert run(place, "registry", "show", "t") == (
        "t-zlib  target  root  chapter08/05-zlib.sh\n"
        "        unknown: zlib-1.3.1.tar.xz: nothing tells its address and digest\n"
    )
    assert run(place, "plan", "t").splitlines()[0].split() == ["build", "t-zlib", "never", "built"]
    path = place / "tree" / "chapter08" / "05-zlib.sh"
    path.rename(path.with_name("06-zlib.sh"))
    dry = run(place, "registry", "refresh", "-n")
    assert '+script t-zlib from "t:chapter08/06-zlib.sh" "zlib 1.3.1, LFS 8" {\n' in dry
    assert dry.endswith("lfsmake: t: would change: 1 taken\n")
    assert run(place, "registry", "refresh", "t") == "lfsmake: t: changed: 1 taken\n"
    assert run(place, "registry", "list") == f"t  {place}/tree\n"
    assert run(place, "registry", "remove", "t") == "lfsmake: t is registered no more\n"


def test_what_nothing_sets_is_told(place: Path) -> None:
    script = place / "tree" / "chapter08" / "05-zlib.sh"
    script.write_text(script.read_text().replace("make\n", "make $THEIR_FLAGS\n", 1))
    told = run(place, "registry", "add", "../tree", "--name", "t")
    assert told.splitlines()[2] == "lfsmake: nothing sets what they use from their environment: THEIR_FLAGS"
    assert "# Nothing sets what they use from their environment: THEIR_FLAGS.\n" in (
        place / "project" / "registry" / "t.lfs"
    ).read_text()


def test_what_could_not_be_read_is_told(place: Path) -> None:
    (place / "tree" / "chapter08" / "06-gone.sh").symlink_to("nowhere.sh")
    told = run(place, "registry", "add", "../tree", "--name", "t").splitlines()
    assert told[2] == "lfsmake: warning: not read: chapter08/06-gone.sh: cannot be read: no such file or directory"
    assert run(place, "registry", "show", "t").splitlines()[-1] == told[2].removeprefix("lfsmake: warning: ")


def test_as_json(place: Path) -> None:
    added = json.loads(run(place, "registry", "add", "../tree", "--json"))
    (step,) = added["steps"]
    tree = {
        "name": "tree", "path": f"{place}/tree", "recipe": f"{place}/project/registry/tree.lfs", "there": True,
        "edited": False,
    }  # fmt: skip
    assert (added["version"], added["tree"], added["left"]) == (1, tree, [])
    assert (step["step"], step["script"], step["sources"]) == (
        "tree-zlib",
        "chapter08/05-zlib.sh",
        [{"filename": "zlib-1.3.1.tar.xz", "known": False, "resource": "", "url": ""}],
    )
    assert json.loads(run(place, "registry", "list", "--json")) == {"version": 1, "trees": [tree]}
    again = json.loads(run(place, "registry", "refresh", "--json"))
    assert again == {"version": 1, "written": True, "trees": [{"tree": tree, "changed": False, "outcomes": []}]}
    assert json.loads(run(place, "registry", "remove", "tree", "--json")) == {"version": 1, "tree": tree, "kept": ""}


def test_what_is_not_there_is_told(place: Path) -> None:
    told = run(place, "registry", "show", "x", code=2)
    assert told.splitlines() == [
        'lfsmake: error: no tree is registered as "x"', "hint: register one: lfsmake registry add DIR",
    ]  # fmt: skip
    (place / "project" / "lfsmake.toml").write_text('[registry.x]\npath = 3\n[registry."a b"]\npath = "y"\n')
    told = run(place, "registry", "list", code=2)
    assert "lfsmake.toml:1:2: error: [registry.x] is not complete" in told
    assert 'lfsmake.toml:3:2: error: "a b" cannot be the name of a tree' in told
