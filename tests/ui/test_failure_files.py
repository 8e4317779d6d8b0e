"""failure.json and failure.md in a run's folder: whole, in step with the run, and safe to paste."""

import json
from pathlib import Path

import pytest
from run_events import done, failed, over, started, step

from lfsmake.model.events import LogError
from lfsmake.ui.failure_files import FailureFiles

HOST = {"bash": "GNU bash, version 5.2.15", "gcc": "gcc (Debian 12.2.0-14) 12.2.0"}
DETAILS = {
    "error": LogError(
        "gcc", "missing-header", "a.c:1: fatal error: x.h", 7, context=("cc a.c", "a.c:1: fatal error: x.h")
    ),
    "tail": ("```", "last *words* \x07"),
    "changes": ('env CFLAGS: "-O2" → "-O3"',),
    "tried": ("again, time 1 of 1",),
    "hint": "do this",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the run that `started` begins."""
    (tmp_path / "r").mkdir()
    return tmp_path / "r"


@pytest.fixture
def files(folder: Path) -> FailureFiles:
    return FailureFiles(str(folder.parent), lambda step: HOST, program="lfsmake -f a.lfs", again="lfsmake all")


def test_a_run_without_failures_leaves_no_files(folder: Path, files: FailureFiles) -> None:
    for event in (started(), step("glibc"), failed("glibc", retrying=True), done("glibc"), over()):
        files(event)
    assert not list(folder.iterdir())


def test_the_file_for_programs_holds_the_failures_as_the_events_do(folder: Path, files: FailureFiles) -> None:
    for event in (started(), failed("glibc", **DETAILS), failed("gcc")):
        files(event)
    report = json.loads((folder / "failure.json").read_text())
    assert (report["version"], report["run"], report["targets"], report["jobs"]) == (1, "r", ["all"], 2)
    assert report["machine"].keys() >= {"kernel", "architecture", "processors"}
    first, second = report["failures"]
    assert (first["step"], first["at"], first["wall"], first["host"]) == ("glibc", 1300.0, 1.0, HOST)
    assert first["failure"]["error"]["kind"] == "missing-header"
    assert first["failure"]["changes"] == ['env CFLAGS: "-O2" → "-O3"']
    assert second["step"] == "gcc"


def test_the_file_for_people_is_the_card_with_what_it_stands_in(folder: Path, files: FailureFiles) -> None:
    files(started())
    files(failed("glibc", "/l/glibc.log", **DETAILS))
    text = (folder / "failure.md").read_text()
    head, _, rest = text.partition("\n## glibc\n")
    assert head.startswith("# glibc failed\n\n| | |\n| --- | --- |\n| lfsmake | 1 |\n| run | r |\n| targets | all |\n")
    assert "| kernel | Linux " in head
    assert rest == """
glibc failed in its build phase: exit status 2 after 1 s (class `step`).

```text
/p/a.lfs:7: error: glibc failed in its build phase: exit status 2
  command  make all
  error    a.c:1: fatal error: x.h (line 7 of the log)
  changed  env CFLAGS: "-O2" → "-O3"
  tried    again, time 1 of 1
  log      /l/glibc.log
  kept     /s/failed/x
  look     lfsmake -f a.lfs log glibc
           lfsmake -f a.lfs shell glibc --failed
  go on    lfsmake all
hint: do this
```

The first error, line 7 of the log:

```text
cc a.c
a.c:1: fatal error: x.h
```

The end of the log:

````text
```
last *words* \\x07
````

Tools of the host:

```text
bash: GNU bash, version 5.2.15
gcc: gcc (Debian 12.2.0-14) 12.2.0
```
"""


def test_all_differences_are_there_though_the_card_shows_the_first(folder: Path, files: FailureFiles) -> None:
    files(started())
    files(failed("glibc", changes=tuple(f"c<{number}>" for number in range(7))))
    text = (folder / "failure.md").read_text()
    assert "  and 2 more: `lfsmake -f a.lfs explain glibc`" in text
    assert "\n- c\\<6\\>\n" in text


def test_a_step_that_is_built_after_all_is_taken_out(folder: Path, files: FailureFiles) -> None:
    for event in (started(), failed("glibc"), failed("gcc"), step("glibc"), done("glibc")):
        files(event)
    assert [each["step"] for each in json.loads((folder / "failure.json").read_text())["failures"]] == ["gcc"]
    assert "glibc" not in (folder / "failure.md").read_text().replace("gcc", "")
    files(done("gcc"))
    assert not list(folder.iterdir())


def test_a_folder_that_is_gone_costs_only_the_files(folder: Path, files: FailureFiles) -> None:
    files(started())
    folder.rmdir()
    files(failed("glibc"))
    assert not folder.exists()
