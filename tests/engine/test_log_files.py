"""The logs of a step: which run's is meant, where its phases stand, its last lines; of logs too large to be read."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.engine import logfiles
from lfsmake.engine.joblog import Log
from lfsmake.engine.logfiles import Section, choose, last_lines, logs_of, sections, steps_with_logs
from lfsmake.model.errors import UsageError


@pytest.fixture
def store(tmp_path: Path) -> Path:
    for run in ("20260101-100000-000001", "20260101-110000-000001", "20260202-100000-000001"):
        (tmp_path / "logs" / run).mkdir(parents=True)
        (tmp_path / "logs" / run / "hello.log").write_text(f"log of {run}\n", encoding="utf-8")
    (tmp_path / "logs" / "20260202-100000-000001" / "sed.log").write_text("", encoding="utf-8")
    for run in ("20260101-100000-000001", "20260202-100000-000001"):
        (tmp_path / "runs" / run).mkdir(parents=True)
        (tmp_path / "runs" / run / "events.jsonl").write_text("", encoding="utf-8")
    return tmp_path


def test_logs_are_listed_with_the_newest_first(store: Path) -> None:
    logs = logs_of(str(store), "hello")
    assert [log.run for log in logs] == ["20260202-100000-000001", "20260101-110000-000001", "20260101-100000-000001"]
    assert logs[0].path == f"{store}/logs/20260202-100000-000001/hello.log"
    assert logs[0].size == len("log of 20260202-100000-000001\n")
    assert logs_of(str(store), "nothing") == []
    assert logs_of(str(store / "elsewhere"), "hello") == []
    assert steps_with_logs(str(store)) == {"hello", "sed"}


@pytest.mark.parametrize(
    ("word", "run"),
    [
        ("20260101-110000-000001", "20260101-110000-000001"),
        ("202602", "20260202-100000-000001"),
        ("0", "20260202-100000-000001"),
        ("latest", "20260202-100000-000001"),
        ("-1", "20260101-100000-000001"),  # as `lfsmake runs` counts: the other one is of another project
    ],
)
def test_a_run_is_meant_by_its_name_its_beginning_or_its_number(store: Path, word: str, run: str) -> None:
    logs = logs_of(str(store), "hello")
    assert choose(logs, "hello", word, f"{store}/runs").run == run


@pytest.mark.parametrize(
    ("step", "word", "message", "hint"),
    [
        (
            "hello",
            "202601",
            "hello has logs of 2 runs that begin with 202601",
            "write more: 20260101-110000-000001 20260101-100000-000001",
        ),
        ("sed", "-1", "sed has no log of run -1 (20260101-100000-000001)", "it has 20260202-100000-000001"),
        ("sed", "1999", "sed has no log of run 1999", "it has 20260202-100000-000001"),
        ("sed", "-2", "there is no run -2: only 2 are kept", "`lfsmake runs` lists them"),
    ],
)
def test_a_word_that_means_no_log_is_an_error(store: Path, step: str, word: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(logs_of(str(store), step), step, word, f"{store}/runs")
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (message, hint)


def test_phases_are_found_where_lfsmake_says_they_begin() -> None:
    text = b"==> a: unpack\nx\n==> b: build\n ==> a: build\n==> a: build\n==> a: build more\ny\n==> a: check"
    build = text.index(b"\n==> a: build") + 1
    assert sections(io.BytesIO(text), "a") == [
        Section("unpack", 0, build),
        Section("build", build, text.index(b"==> a: check")),
        Section("check", text.index(b"==> a: check"), len(text)),
    ]
    assert sections(io.BytesIO(b""), "a") == []
    assert sections(io.BytesIO(b"no phase here\n"), "a") == []


@given(
    st.lists(st.sampled_from([b"==> a: build\n", b"==> a: ", b"\n", b"build", b"x\n", b"\xff", b"y" * 30])),
    st.integers(1, 40),
)
def test_phases_are_found_whatever_the_pieces_a_log_is_read_in(parts: list[bytes], chunk: int) -> None:
    text = b"".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        whole = sections(io.BytesIO(text), "a")
        patch.setattr(logfiles, "_CHUNK", chunk)
        assert sections(io.BytesIO(text), "a") == whole
        for count in (1, 2, 5):
            start = last_lines(io.BytesIO(text), count, 0, len(text))
            assert text[start:] == b"".join(text.splitlines(keepends=True)[-count:] if b"\r" not in text else [])


def test_a_log_that_nobody_could_read_whole_is_looked_through(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    with path.open("wb") as file:
        file.write(b"==> a: build\n")
        file.truncate(3 << 30)  # a hole: no room is taken
        file.seek(3 << 30)
        file.write(b"\n==> a: check\none\ntwo\n")
    with path.open("rb") as stream:
        found = last_lines(stream, 2, 0, path.stat().st_size)
        stream.seek(found)
        assert stream.read() == b"one\ntwo\n"


def test_an_earlier_try_of_a_run_keeps_its_log(tmp_path: Path) -> None:
    path = str(tmp_path / "a.log")
    for number in range(6):
        with Log(path) as log:
            log.write(f"try {number}")
            assert log.position == 6
    texts = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    assert texts == {"a.log": "try 5\n", "a.log.1": "try 4\n", "a.log.2": "try 3\n", "a.log.3": "try 2\n"}
