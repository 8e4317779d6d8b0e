"""On a pipe a run is plain lines: one when a step starts, one when it ends; a failure brings its log and card."""

import io

import pytest
from run_events import done, failed, over, phase, skipped, started, step

from lfsmake.model import events
from lfsmake.model.events import FetchDone, FetchStarted, LogError, Note, PhaseDone, Recovery, RunAdopted, StepCancelled
from lfsmake.ui.line import StatusLine


class Stream(io.StringIO):
    """Text in memory with an encoding, as a file has."""

    encoding = "utf-8"


def shown(*events, **options):
    stream = Stream()
    with StatusLine(stream, folder="/p", **options) as line:
        for event in events:
            line(event)
    return stream.getvalue()


def test_a_run_is_a_line_per_start_and_end():
    text = shown(
        started(), step("glibc"), phase("glibc", "build"), done("glibc"), step("gcc", reason="the patch x changed"),
        done("gcc", outcome="unchanged", wall=5), done("app", outcome="up-to-date"),
        over(built=1, unchanged=1, up_to_date=2),
    )  # fmt: skip
    assert text == (
        "lfsmake: 2 to build, 1 waiting for those, 1 up to date\n"
        "glibc: started, never built\n"
        "glibc: built in 4:31 (12 MB layer 3f2a91)\n"
        "gcc: started, the patch x changed\n"
        "gcc: built in 0:05, nothing changed (12 MB layer 3f2a91)\n"
        "lfsmake: 1 built, 1 unchanged, 2 up to date in 12:34\n"
    )


def test_a_run_with_nothing_to_do_is_one_line():
    assert shown(started(build=(), maybe=()), over(up_to_date=4)) == "lfsmake: all is up to date (4 steps)\n"


def test_nothing_to_do_for_several_targets():
    text = shown(started(build=(), maybe=(), targets=("a", "b"), steps=1), over(up_to_date=1))
    assert text == "lfsmake: everything is up to date (1 step)\n"


def test_verbose_tells_phases_downloads_and_cut_offs():
    text = shown(
        FetchStarted(at=1, file="a.tar", url="https://x/a.tar"), phase("glibc", "build"),
        PhaseDone(at=2, step="glibc", phase="build", wall=61, cpu=100), done("app", outcome="up-to-date"), verbose=True,
    )  # fmt: skip
    assert text == (
        "a.tar: fetching https://x/a.tar\n"
        "glibc: build\n"
        "glibc: build took 1:01 (1:40 of CPU)\n"
        "app: up to date, what it needs came out the same\n"
    )


def test_notes_downloads_retries_and_cancellations():
    text = shown(
        Note(at=1, text="origin debian chosen"), Note(at=1, text="slow disk", level="warning", step="gcc"),
        FetchDone(at=1, file="a.tar", url="u", size=92_300_000), failed("gcc", retrying=True, delay=5),
        Recovery(at=1, step="gcc", action="retry", text="again, time 1 of 2", delay=5),
        StepCancelled(at=1, step="gcc", reason="its recipe changed"),
    )  # fmt: skip
    assert text == (
        "lfsmake: origin debian chosen\n"
        "gcc: warning: slow disk\n"
        "a.tar: fetched (92 MB)\n"
        "gcc: failed in its build phase: exit status 2\n"
        "gcc: again, time 1 of 2, in 5 s\n"
        "gcc: stopped, its recipe changed\n"
    )


def test_what_is_tried_again_names_its_first_error():
    text = "lib/gen.c:3:10: fatal error: gen.h: No such file or directory"
    error = LogError(tool="gcc", kind="missing-header", text=f"  {text}\n", log_line=4)
    assert shown(failed("diff", retrying=True, error=error)) == (
        f"diff: failed in its build phase: exit status 2: {text}\n"
    )
    long = LogError(tool="gcc", kind="missing-header", text="x" * 500, log_line=4)
    (line,) = shown(failed("diff", retrying=True, error=long)).splitlines()
    assert line == f"diff: failed in its build phase: exit status 2: {'x' * 197}..."
    told = f"1 test failed: {text}"
    assert shown(failed("diff", retrying=True, message=told, error=error)) == (
        f"diff: failed in its build phase: {told}\n"
    )


CARD = (
    "a.lfs:7: error: glibc failed in its build phase: exit status 2\n"
    "  command  make all\n"
    "{log}"
    "  kept     /s/failed/x\n"
    "{look}"
    "  go on    lfsmake -k all\n"
)


def test_a_failure_brings_its_whole_log_and_its_card(tmp_path):
    log = tmp_path / "glibc.log"
    log.write_bytes(b"one\ntwo \x1b[31mred\x1b[0m\n")
    text = shown(
        started(), step("glibc"), failed("glibc", log), skipped("gcc", "glibc"), over(1, failed=1, skipped=1),
        program="lfsmake -f a.lfs", again="lfsmake -k all",
    )  # fmt: skip
    assert text == (
        "lfsmake: 2 to build, 1 waiting for those, 1 up to date\n"
        "glibc: started, never built\n"
        "── log of glibc ──\n"
        "one\n"
        "two \x1b[31mred\x1b[0m\n"
        "────\n"
        + CARD.format(
            log=f"  log      {log}\n",
            look="  look     lfsmake -f a.lfs log glibc\n           lfsmake -f a.lfs shell glibc --failed\n",
        )
        + "gcc: skipped, glibc failed\nlfsmake: 1 failed, 1 skipped in 12:34\n"
    )


def test_of_a_long_log_only_the_end_is_printed_and_the_whole_named(tmp_path):
    log = tmp_path / "glibc.log"
    log.write_text("".join(f"line {n}\n" for n in range(5000)))
    lines = shown(failed("glibc", log)).split("\n")
    assert lines[0] == "── log of glibc, its last 40 lines ──"
    assert lines[1] == "line 4960"
    assert lines[41] == "────"
    lines = shown(failed("glibc", log), verbose=True).split("\n")
    assert lines[0] == f"── log of glibc, its last 2,000 lines; the whole: {log} ──"
    assert lines[1] == "line 3000"
    assert lines[2000] == "line 4999"
    assert lines[2001] == "────"


def test_a_log_that_is_gone_is_replaced_by_the_tail_of_the_event(tmp_path):
    text = shown(failed("glibc", tmp_path / "gone.log", tail=("last words",)))
    assert text.startswith(f"── log of glibc, its last 1 line; the whole: {tmp_path}/gone.log ──\nlast words\n────\n")


def test_a_failure_without_a_place_log_or_folder_has_a_short_card():
    bare = {"file": "", "line": 0, "work": "", "command": ""}
    text = shown(failed("gcc", status=-9, message="out of memory", hint="use -j1", **bare))
    assert text == (
        "lfsmake: error: gcc failed in its build phase: out of memory\n"
        "  status   killed by SIGKILL\n"
        "  go on    lfsmake\n"
        "hint: use -j1\n"
    )


def test_a_command_of_several_lines_hangs_in_its_row():
    text = shown(failed("gcc", command="for x in a; do\n  false\ndone", work=""))
    assert "  command  for x in a; do\n             false\n           done\n" in text


def test_quiet_prints_failures_only():
    text = shown(
        started(), step("glibc"), Note(at=1, text="x", level="warning"), done("glibc"), failed("gcc", work=""),
        skipped("app", "gcc"), over(1, built=1, failed=1, skipped=1), quiet=True,
    )  # fmt: skip
    assert text == (
        "a.lfs:7: error: gcc failed in its build phase: exit status 2\n"
        "  command  make all\n"
        "  go on    lfsmake\n"
        "lfsmake: 1 failed, 1 skipped, 1 built in 12:34\n"
    )


def test_quiet_prints_nothing_when_all_is_well():
    assert shown(started(), step("glibc"), done("glibc"), over(built=1), quiet=True) == ""


def test_an_interrupted_run_says_so():
    assert shown(over(130, built=2)) == "lfsmake: interrupted, 2 built in 12:34\n"


def test_failures_go_to_their_own_stream():
    stream, errors = Stream(), Stream()
    with StatusLine(stream, errors=errors) as line:
        for event in (started(), step("glibc"), failed("glibc", work=""), over(1, failed=1)):
            line(event)
    assert stream.getvalue().endswith("glibc: started, never built\n")
    assert errors.getvalue().startswith("/p/a.lfs:7: error: glibc failed")
    assert errors.getvalue().endswith("lfsmake: 1 failed in 12:34\n")


def test_a_stream_that_cannot_show_the_marks_gets_ascii(tmp_path):
    log = tmp_path / "l"
    log.write_text("x\n")
    stream = Stream()
    stream.encoding = "ascii"
    with StatusLine(stream) as line:
        line(failed("glibc", log))
    assert stream.getvalue().startswith("-- log of glibc --\nx\n----\n")


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed")])
def test_a_stream_that_fails_does_not_end_the_run(error):
    class Broken(Stream):
        calls = 0

        def write(self, text):
            self.calls += 1
            raise error

    stream = Broken()
    with StatusLine(stream) as line:
        line(started())
        line(done("glibc"))
    assert stream.calls == 1


def report_of_tests(**more):
    given = {"at": 1, "step": "gcc", "style": "dejagnu", "total": 1200, "passed": 1190, "skipped": 0, **more}
    return events.TestsDone(**given)  # not imported by name: pytest would take it for a class of tests


def test_tests_are_one_line_and_regressions_are_named():
    assert shown(report_of_tests(passed=1200)) == "gcc: 1,200 tests: 1,200 passed\n"
    failed_ones = tuple(f"t{n}" for n in range(7))
    text = shown(
        report_of_tests(total=1201, skipped=3, failed=failed_ones, failures=8, expected=("old",), vanished=("gone",))
    )
    assert text == (
        "gcc: 1,201 tests: 1,190 passed, 7 failed (t0, t1, t2, t3, t4, +2), 1 failed as expected, 3 skipped, "
        "1 no longer fails (gone)\n"
    )


def test_tests_that_failed_without_a_name_are_counted():
    assert shown(report_of_tests(failures=10)) == "gcc: 1,200 tests: 1,190 passed, 10 failed\n"


def test_a_flaky_step_is_said_and_counted_at_the_end():
    text = shown(
        started(), step("gcc"), Recovery(at=1, step="gcc", action="flaky", text="it failed, and passed: it is flaky"),
        done("gcc"), over(built=1),
    )  # fmt: skip
    assert text.endswith(
        "gcc: it failed, and passed: it is flaky\n"
        "gcc: built in 4:31 (12 MB layer 3f2a91)\n"
        "lfsmake: 1 built, 1 flaky in 12:34\n"
    )


def test_recipes_read_anew_are_counted_anew():
    text = shown(started(), RunAdopted(at=2, steps=4, build=("gcc",), maybe=(), expected={}))
    assert text.endswith("lfsmake: 1 to build, 3 up to date\n")


def test_a_long_silence_is_broken_by_a_sign_of_life():
    times = [1000.0]
    stream = Stream()
    with StatusLine(stream, now=lambda: times[0], ticking=False) as line:
        for event in (
            started(expected={"glibc": 1000.0, "gcc": 500.0, "app": 60.0}, sbu=120.0), step("glibc", at=900),
            phase("glibc", "build"), step("gcc", at=800),
        ):  # fmt: skip
            line(event)
        before = stream.getvalue()
        times[0] = 1299.0
        line.tick()
        assert stream.getvalue() == before
        times[0] = 1301.0
        line.tick()
        line.tick()
    assert stream.getvalue()[len(before):] == (
        "lfsmake: 0 of 3 steps done; gcc 8:21 of 8:20, glibc build 6:41 of 16:40; ETA ~10 min (5.0 SBU)\n"
    )


def test_a_quiet_run_gives_no_sign_of_life():
    times = [1000.0]
    stream = Stream()
    with StatusLine(stream, now=lambda: times[0], ticking=False, quiet=True) as line:
        line(step("glibc"))
        times[0] = 9000.0
        line.tick()
    assert stream.getvalue() == ""


def test_colors_only_when_asked():
    assert shown(Note(at=1, text="x", level="warning"), color=True) == "\x1b[1;33mlfsmake: warning: x\x1b[0m\n"
    assert "\x1b" not in shown(Note(at=1, text="x", level="warning"))
