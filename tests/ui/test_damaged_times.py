"""A damaged record may say anything of when it was: lists of runs and the status go on."""

import msgspec
import pytest

from lfsmake.cli.runs import run_lines
from lfsmake.cli.statuslines import run_lines as status_lines
from lfsmake.engine.runs import RunHead
from lfsmake.engine.status import RunSummary


@pytest.mark.parametrize("at", [-1e308, 1e18, 1e308])
def test_a_time_that_cannot_be_is_told_as_unknown(at: float) -> None:
    head = RunHead(
        run="r", number=0, state="done", targets=("all",), started=at, ended=5.0, wall=4.0, exit_code=0,
        built=1, unchanged=0, up_to_date=0, failed=0, skipped=0,
    )  # fmt: skip
    assert run_lines((head,), 10.0) == ["0  r  at an unknown time  0:04  done  1 built  all"]
    summary = RunSummary(
        run="r", targets=("all",), started=at, ended=5.0, exit_code=0, live=False, running=(), done=1, total=1,
        failed=(),
    )  # fmt: skip
    assert status_lines(summary, 10.0)[0].startswith("run     r: all, begun at an unknown time, done after ")
    assert status_lines(msgspec.structs.replace(summary, started=0.0), 10.0)
