"""`lfsmake -w`: an edit starts a build by itself, and during a build stops only the steps whose key it changed."""

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator

import pytest

from .conftest import Sandboxed

PATIENCE = 60  # seconds for a line to appear, on a machine that is busy with other things


class Watcher:
    """A running `lfsmake -w`, its output line by line."""

    def __init__(self, project: Sandboxed, *words: str) -> None:
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.seen: list[str] = []
        self.process = subprocess.Popen(
            project.command("-w", *words),
            cwd=project.folder,
            env={**project.env, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def wait_for(self, text: str) -> str:
        """The next line with this text."""
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"no line with {text!r} in\n" + "\n".join(self.seen)) from None
            self.seen.append(line)
            if text in line:
                return line

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self.thread.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def watch(project: Sandboxed) -> Iterator[Callable[..., Watcher]]:
    watchers: list[Watcher] = []

    def start(*words: str) -> Watcher:
        watchers.append(Watcher(project, *words))
        return watchers[-1]

    yield start
    for watcher in watchers:
        if watcher.process.poll() is None:
            watcher.stop()


def script(name: str, body: str, *more: str) -> str:
    lines = "\n    ".join(("context host", *more, f"install: {body}"))
    return f"script {name} {{\n    {lines}\n}}\n"


def test_an_edit_builds_what_it_made_stale(project: Sandboxed, watch: Callable[..., Watcher]) -> None:
    project.recipe(script("a", "echo one > $LFS/a") + script("b", "echo b > $LFS/b"))
    watcher = watch()
    watcher.wait_for("watching")
    project.recipe(script("a", "echo two > $LFS/a") + script("b", "echo b > $LFS/b"))
    watcher.wait_for("changed: recipes/main.lfs")
    watcher.wait_for("watching")
    assert project.outcomes() == {"a": "built"}
    assert watcher.stop() == 130


def test_an_editor_that_writes_a_new_file_and_renames_it(project: Sandboxed, watch: Callable[..., Watcher]) -> None:
    recipe = project.recipe(script("a", "echo one > $LFS/a"))
    watcher = watch()
    watcher.wait_for("watching")
    for word in ("two", "three"):  # twice: after the first rename the file is another inode
        new = recipe.with_name(".main.lfs.new")
        new.write_text(script("a", f"echo {word} > $LFS/a"), encoding="utf-8")
        new.rename(recipe)
        watcher.wait_for("changed: recipes/main.lfs")
        watcher.wait_for("watching")
        assert project.outcomes() == {"a": "built"}


def test_patches_and_included_files_are_watched(project: Sandboxed, watch: Callable[..., Watcher]) -> None:
    project.tarball("p-1", {"file": "one\n"})
    patch = project.recipes / "p.patch"
    patch.write_text("--- a/file\n+++ b/file\n@@ -1 +1 @@\n-one\n+two\n", encoding="utf-8")
    (project.recipes / "more").mkdir()
    included = project.recipes / "more" / "q.lfs"
    included.write_text(script("q", "echo q > $LFS/q"), encoding="utf-8")
    project.recipe(
        'include "more/q.lfs"\npackage p 1 {\n    context host\n    source "p-1.tar.gz"\n    patch "p.patch"\n'
        "    install: cp file $LFS/p\n}\n"
    )
    watcher = watch()
    watcher.wait_for("watching")
    patch.write_text("--- a/file\n+++ b/file\n@@ -1 +1 @@\n-one\n+three\n", encoding="utf-8")
    watcher.wait_for("changed: recipes/p.patch")
    watcher.wait_for("watching")
    assert project.outcomes() == {"p": "built"}
    included.write_text(script("q", "echo r > $LFS/q"), encoding="utf-8")
    watcher.wait_for("changed: recipes/more/q.lfs")
    watcher.wait_for("watching")
    assert project.outcomes() == {"q": "built"}


def test_a_mistake_is_said_and_its_mending_builds(project: Sandboxed, watch: Callable[..., Watcher]) -> None:
    project.recipe(script("a", "echo one > $LFS/a"))
    watcher = watch()
    watcher.wait_for("watching")
    project.recipe(script("a", "echo one > $LFS/a").replace("context", "contxt"))
    watcher.wait_for('error: unknown word "contxt"')
    project.recipe(script("a", "echo two > $LFS/a"))
    watcher.wait_for("watching")
    assert project.outcomes() == {"a": "built"}


def test_a_failed_build_waits_for_the_mending(project: Sandboxed, watch: Callable[..., Watcher]) -> None:
    project.recipe(script("a", "false"))
    watcher = watch()
    watcher.wait_for("watching")
    assert project.outcomes() == {"a": "step-failed"}
    project.recipe(script("a", "true"))
    watcher.wait_for("watching")
    assert project.outcomes() == {"a": "built"}


def test_a_change_during_a_build_cancels_only_the_steps_whose_key_it_changed(
    project: Sandboxed, watch: Callable[..., Watcher]
) -> None:
    slow = script("keeps", "until [ -e /tmp/never ]; do sleep 0.1; [ $SECONDS -gt 6 ] && break; done; touch $LFS/keeps")
    project.recipe(slow + script("edited", "sleep 100; touch $LFS/edited"))
    watcher = watch("-v", "-j2")
    watcher.wait_for("edited: install")
    project.recipe(slow + script("edited", "echo quick > $LFS/edited"))
    watcher.wait_for("watching")
    events = project.events()
    assert [e["step"] for e in events if e["event"] == "step-cancelled"] == ["edited"]
    assert sorted(str(e["step"]) for e in events if e["event"] == "step-started") == ["edited", "edited", "keeps"]
    assert project.outcomes() == {"keeps": "built", "edited": "built"}
