"""Of a failed step's log, what is worth seeing: the error with what stands around it, and how the log ends."""

from pathlib import Path
from typing import Any

import pytest

from lfsmake.model.events import Failure, LogError
from lfsmake.ui.excerpt import Part, excerpt

ERROR = "a.c:1:10: fatal error: x.h: No such file or directory"


def failed(log: Path, at: int | None = None, **more: Any) -> Failure:
    """A failure whose error stands in line `at` of the log."""
    lines = log.read_text().splitlines() if log.exists() else []
    around = tuple(lines[at - 3 : at + 2]) if at else ()
    error = LogError("gcc", "missing-header", ERROR, at, context=around) if at else None
    return Failure("step", "glibc", "build", "exit status 2", log=str(log), error=error, **more)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "glibc.log"


def write(log: Path, count: int, at: int) -> None:
    log.write_text("".join(f"{ERROR if number == at else f'line {number}'}\n" for number in range(1, count + 1)))


def test_a_short_log_is_shown_whole(log: Path) -> None:
    write(log, 60, 20)
    (part,) = excerpt(failed(log, 20))
    assert (part.title, len(part.lines), part.error) == ("log of glibc", 60, 19)


def test_an_error_far_from_the_end_is_shown_beside_it(log: Path) -> None:
    write(log, 500, 200)
    assert excerpt(failed(log, 200)) == [
        Part("log of glibc, line 200", ["line 198", "line 199", ERROR, "line 201", "line 202"], 2),
        Part("log of glibc, its last 20 lines", [f"line {number}" for number in range(481, 501)]),
    ]


def test_an_error_near_the_end_is_shown_with_all_that_follows(log: Path) -> None:
    write(log, 500, 470)
    (part,) = excerpt(failed(log, 470))
    assert part.title == "log of glibc, its last 33 lines"
    assert part.lines[:3] == ["line 468", "line 469", ERROR]
    assert part.error == 2
    write(log, 500, 498)
    (part,) = excerpt(failed(log, 498))
    assert part.title == "log of glibc, its last 20 lines"
    assert part.lines[part.error] == ERROR


def test_a_log_in_which_no_error_was_found_is_shown_from_its_end(log: Path) -> None:
    write(log, 500, 0)
    (part,) = excerpt(failed(log))
    assert (part.title, part.lines[0]) == ("log of glibc, its last 40 lines", "line 461")


def test_everything_is_shown_when_asked_for(log: Path) -> None:
    write(log, 500, 200)
    (part,) = excerpt(failed(log, 200), everything=True)
    assert (part.title, len(part.lines), part.error) == ("log of glibc", 500, 199)


def test_a_log_that_is_gone_is_replaced_by_the_tail_of_the_event(log: Path) -> None:
    assert excerpt(failed(log)) == []
    (part,) = excerpt(failed(log, tail=("last words",)))
    assert part == Part(f"log of glibc, its last 1 line; the whole: {log}", ["last words"])


def test_an_error_without_lines_around_it_is_shown_alone(log: Path) -> None:
    write(log, 500, 0)
    failure = Failure("step", "glibc", "build", "x", log=str(log), error=LogError("gcc", "k", ERROR, 7))
    assert excerpt(failure)[0] == Part("log of glibc, line 7", [ERROR], 0)
