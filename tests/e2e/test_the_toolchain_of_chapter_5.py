"""The cross toolchain of LFS 12.3 chapter 5, really built: it compiles, edits rebuild little, kills change nothing.

Nothing here runs unless asked for: `./bootstrap test -n0 -m real` takes about two hours on two cores. With
LFSMAKE_REAL_STORE naming a store, that one is used instead of an empty one, and grows what it lacks.
"""

import contextlib
import difflib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import psutil
import pytest

REPO = Path(__file__).parents[2]
STEPS = ("lfs-layout", "linux-headers", "binutils-pass1", "gcc-pass1", "glibc", "libstdc++")
KILLED_IN = ("linux-headers", *["binutils-pass1"] * 3, *["gcc-pass1"] * 3, *["glibc"] * 2, "libstdc++")

pytestmark = pytest.mark.real


class Book:
    """A project of its own with the recipes of 12.3, as `lfsmake init` makes it."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder = folder
        self.store = store
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("LFSMAKE")}
        self.env |= {"PYTHONPATH": str(REPO), "LFSMAKE_CACHE": str(folder.parent / "cache")}
        folder.mkdir(parents=True)
        self._started(folder, "init", "12.3")
        self.recipe = next(folder.rglob("chapter05.lfs"))
        self.text = self.recipe.read_text()

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "lfsmake", "--store", str(self.store), *words]

    def _started(self, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(self.command(*words), cwd=cwd, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done

    def run(self, *words: str) -> str:
        """What it says, on both outputs; it must succeed."""
        done = self._started(self.folder, *words)
        return done.stdout + done.stderr

    def plan(self) -> dict[str, dict[str, str]]:
        said = self._started(self.folder, "plan", "toolchain", "--json").stdout
        return {step["name"]: step for step in json.loads(said)["steps"]}

    def digests(self) -> dict[str, str]:
        return {name: step["layer"] for name, step in self.plan().items()}

    def states(self) -> dict[str, str]:
        return {name: step["state"] for name, step in self.plan().items()}

    def edit(self, old: str, new: str) -> None:
        text = self.recipe.read_text()
        assert text.count(old) == 1
        self.recipe.write_text(text.replace(old, new))

    def built(self) -> list[str]:
        """What the newest run built, in the order it ended."""
        newest = max((self.folder / ".lfsmake/runs").iterdir(), key=lambda run: run.name)
        events = [json.loads(line) for line in (newest / "events.jsonl").read_text().splitlines()]
        return [event["step"] for event in events if event["event"] == "step-done" and event["outcome"] != "up-to-date"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("LFSMAKE_REAL_STORE")
    return Path(named) if named else tmp_path_factory.mktemp("toolchain") / "store"


@pytest.fixture
def book(tmp_path: Path, store: Path) -> Book:
    """The recipes as they are shipped, and a store in which the toolchain is up to date."""
    made = Book(tmp_path / "project" / "book", store)
    made.run("toolchain")
    return made


def test_it_compiles_links_and_runs_c_and_c_plus_plus(book: Book, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    book.run("export", "toolchain", str(tree))
    compiler = f"{tree}/tools/bin/x86_64-lfs-linux-gnu"
    (tmp_path / "hello.c").write_text('#include <stdio.h>\nint main(void) { puts("hello from C"); return 0; }\n')
    (tmp_path / "hello.cc").write_text(
        "#include <iostream>\n#include <numeric>\n#include <vector>\n"
        "int main() { std::vector<int> all{1, 2, 3};\n"
        '  std::cout << "hello from C++ " << std::accumulate(all.begin(), all.end(), 0) << "\\n"; }\n'
    )
    for driver, source, expected in (("gcc", "hello.c", "hello from C\n"), ("g++", "hello.cc", "hello from C++ 6\n")):
        program = tree / source.replace(".", "-")
        subprocess.run([f"{compiler}-{driver}", f"--sysroot={tree}", tmp_path / source, "-o", program], check=True)
        said = subprocess.run(["readelf", "-l", program], capture_output=True, text=True, check=True).stdout
        assert "[Requesting program interpreter: /lib64/ld-linux-x86-64.so.2]" in said
        inside = ["unshare", "--map-root-user", f"--root={tree}", f"/{program.name}"]
        assert subprocess.run(inside, capture_output=True, text=True, check=True).stdout == expected


def test_with_nothing_to_do_nothing_is_built(book: Book) -> None:
    assert book.run("toolchain") == "lfsmake: toolchain is up to date (6 steps)\n"
    assert set(book.states().values()) == {"up-to-date"}


def test_a_comment_rebuilds_nothing(book: Book) -> None:
    book.edit("# The book's sanity checks", "# A comment of ours.\n    # The book's sanity checks")
    book.edit("package binutils-pass1", "# Another.\npackage binutils-pass1")
    assert book.run("toolchain") == "lfsmake: toolchain is up to date (6 steps)\n"


def test_an_edited_install_of_libstdcxx_rebuilds_libstdcxx_only(book: Book) -> None:
    book.edit(
        "rm -v $LFS/usr/lib/lib{stdc++{,exp,fs},supc++}.la", "rm -vf $LFS/usr/lib/lib{stdc++{,exp,fs},supc++}.la"
    )
    assert {name for name, state in book.states().items() if state != "up-to-date"} == {"libstdc++"}
    before = book.digests()
    book.run("toolchain")
    assert book.built() == ["libstdc++"]
    del before["libstdc++"]
    assert before.items() <= book.digests().items()


def a_patch(name: str, old: str, new: str) -> str:
    return "".join(difflib.unified_diff(old.splitlines(True), new.splitlines(True), f"a/{name}", f"b/{name}"))


def member(store: Path, package: str, name: str) -> str:
    """The text of a file in the package's archive."""
    for archive in (store / "sources").iterdir():
        if tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tar:
                first = tar.next()
                if first is not None and re.match(rf"(\./)?{package}-[0-9]", first.name):
                    found = tar.extractfile(f"{first.name.rstrip('/')}/{name}")
                    assert found is not None
                    return found.read().decode()
    raise AssertionError(f"no archive of {package}")


def test_a_patch_of_binutils_rebuilds_what_needs_it_exactly_when_its_layer_changed(book: Book) -> None:
    before = book.digests()
    patches = book.recipe.parent / "patches"
    (patches / "own.patch").write_text(a_patch("NOTE.lfsmake", "", "No program reads this.\n"))
    book.edit('cost    1 SBU 677 MB\n', 'cost    1 SBU 677 MB\n    patch   "patches/own.patch"\n')
    assert book.states() == {
        "lfs-layout": "up-to-date", "linux-headers": "up-to-date", "binutils-pass1": "build",
        "gcc-pass1": "waiting", "glibc": "waiting", "libstdc++": "waiting",
    }  # fmt: skip
    book.run("toolchain")
    assert book.built() == ["binutils-pass1"]
    assert book.digests() == before, "a patch that no program shows ends the rebuild at binutils-pass1"
    old = member(book.store, "binutils", "binutils/size.c")
    (patches / "own.patch").write_text(
        a_patch("binutils/size.c", old, old.replace("Displays the sizes", "Displays all the sizes"))
    )
    book.run("binutils-pass1")
    assert book.states() == {
        "lfs-layout": "up-to-date", "linux-headers": "up-to-date", "binutils-pass1": "up-to-date",
        "gcc-pass1": "build", "glibc": "waiting", "libstdc++": "waiting",
    }  # fmt: skip


def all_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The process and every descendant."""
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]


def kill_during(book: Book, step: str, chance: random.Random) -> bool:
    """Builds until some instant in the step, then kills -9 lfsmake and every child. False: it ended by itself."""
    runs = set((book.folder / ".lfsmake/runs").glob("*"))
    with subprocess.Popen(
        book.command("toolchain"), cwd=book.folder, env=book.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and not started(book, step, runs):
            time.sleep(0.2)
        try:
            process.wait(chance.uniform(0.5, 45))
        except subprocess.TimeoutExpired:
            doomed = all_of(process)
            for each in doomed:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
            psutil.wait_procs(doomed, timeout=60)
            assert not [each for each in doomed if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
            return True
        assert process.returncode == 0
        return False


def started(book: Book, step: str, runs_before: set[Path]) -> bool:
    """A run that was not there before has started the step."""
    for run in set((book.folder / ".lfsmake/runs").glob("*")) - runs_before:
        lines = (run / "events.jsonl").read_text().splitlines() if (run / "events.jsonl").exists() else []
        if any('"step-started"' in line and f'"{step}"' in line for line in lines):
            return True
    return False


def test_ten_kills_at_any_instant_change_no_digest(book: Book, tmp_path: Path) -> None:
    """In every step at least one; each run goes on where the last one was killed."""
    killed = Book(tmp_path / "killed" / "book", tmp_path / "killed" / "store")
    seed = int(os.environ.get("LFSMAKE_REAL_SEED", "1"))
    chance = random.Random(seed)
    kills = [step for step in KILLED_IN if kill_during(killed, step, chance)]
    assert len(kills) >= 8, f"of ten, seed {seed}"
    killed.run("toolchain")
    assert killed.digests() == book.digests()
    killed.run("store", "verify")
    left = [path.name for path in (killed.store / "work").iterdir() if path.name != "failed"]
    assert left == []
    shutil.rmtree(killed.store, ignore_errors=True)
