"""An ordinary user's build gives the same layers as root's."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import REPO, Sandboxed

NEEDED = (
    "msgspec", "click", "lark", "jinja2", "markupsafe", "psutil", "urllib3", "jsonschema", "tree_sitter",
    "tree_sitter_bash",
)  # fmt: skip
RECIPE = """\
script tree {
    context host
    user "lfs"
    install:
        mkdir -p $LFS/usr/bin $LFS/etc
        echo text > $LFS/etc/text
        ln -s text $LFS/etc/link
        ln $LFS/etc/text $LFS/etc/hard
        install -m 4755 /usr/bin/true $LFS/usr/bin/setuid
        mkfifo $LFS/etc/pipe
        mkdir -m 1777 $LFS/etc/sticky
}
script changes {
    context host
    needs build tree
    install:
        rm $LFS/etc/link
        rm -r $LFS/etc/sticky
        mkdir $LFS/etc/sticky
        echo more >> $LFS/etc/text
        chmod 600 $LFS/etc/hard
        chown 0:0 $LFS/usr/bin/setuid
        mv $LFS/usr/bin $LFS/usr/sbin
}
"""


def ordinary_user() -> pwd.struct_passwd | None:
    """Somebody with ranges of ids."""
    for user in pwd.getpwall():
        names = {user.pw_name, str(user.pw_uid)}
        ranges = [Path(file) for file in ("/etc/subuid", "/etc/subgid")]
        if user.pw_uid and all(
            path.exists() and names & {line.split(":")[0] for line in path.read_text().splitlines()} for path in ranges
        ):
            return user
    return None


@pytest.fixture
def user() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        pytest.skip("only root can build as somebody else too")
    found = ordinary_user()
    if found is None:
        pytest.skip("no ordinary user has ranges of ids in /etc/subuid and /etc/subgid")
    return found


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """The package and what it needs, where everybody can read it: the checkout may lie in somebody's home."""
    folder = Path(tempfile.mkdtemp(prefix="lfsmake-for-all-"))
    for name in ("lfsmake", "grammar", "recipes"):
        shutil.copytree(REPO / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            shutil.copytree(Path(spec.origin).parent, folder / name)
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)
    yield folder
    shutil.rmtree(folder)


def test_a_user_s_layers_are_root_s(project: Sandboxed, user: pwd.struct_passwd, open_to_all: Path) -> None:
    python = "/usr/bin/python3"
    version = "import sys; print(sys.version_info[:2])"
    asked = subprocess.run([python, "-c", version], capture_output=True, text=True, check=False)
    if asked.stdout.strip() != str(sys.version_info[:2]):
        pytest.skip("no Python of this version that everybody may run")
    project.recipe(RECIPE)
    project.run()
    plan = {name: step["layer"] for name, step in project.plan().items()}
    home = open_to_all / "home"
    home.mkdir()
    theirs = Sandboxed(home)
    theirs.recipe(RECIPE)
    for path in (home, *home.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(open_to_all), "LFSMAKE_CACHE": str(home / "cache")}
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": home, "env": environment}
    words = [python, "-m", "lfsmake", "--store", str(home / "store")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, **as_user)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    layers = {path.name for path in (home / "store/layers").iterdir()}
    assert layers == set(plan.values())
    verified = subprocess.run(
        [*words, "store", "verify"], capture_output=True, text=True, check=False, timeout=120, **as_user
    )  # type: ignore[call-overload]
    assert verified.returncode == 0, verified.stdout + verified.stderr
