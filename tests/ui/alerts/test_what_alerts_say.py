"""The texts of alerts: a short subject, the essentials of the failure card in plain text, nothing that could drive a
terminal or a mail program."""

from hypothesis import given
from hypothesis import strategies as st
from run_events import failed, over

from lfsmake.model import events
from lfsmake.model.events import Failure, LogError
from lfsmake.ui.alerts.message import (
    Alert,
    Place,
    Progress,
    end_alert,
    failure_alert,
    low,
    regression_alert,
    together,
    trouble_alert,
)
from lfsmake.ui.text import safe, width

PLACE = Place("builder", "/home/me/lfs", "lfsmake -f my.lfs", "lfsmake -f my.lfs toolchain")
FAR = Progress("20261122-140245-517320", ("toolchain",), 12, 40, 4211.0)


def test_a_failure_has_what_its_card_has():
    error = LogError("gcc", "missing-header", "foo.c:12:10: fatal error: bar.h: No such file or directory", 1234,
                     advice="install the headers of bar")  # fmt: skip
    failure = failed(
        "glibc", log="/s/log", error=error, tried=("again with one job",), hint="look at bar",
        file="/home/me/lfs/recipes/glibc.lfs", line=41,
    ).failure  # fmt: skip
    alert = failure_alert(("failure",), failure, PLACE, FAR)
    assert alert.subject == "lfsmake: glibc failed in build on builder"
    assert alert.tone == "failure"
    assert alert.body == """\
glibc failed in its build phase: exit status 2

error    foo.c:12:10: fatal error: bar.h: No such file or directory (line 1,234 of the log)
advice   install the headers of bar
recipe   recipes/glibc.lfs:41
command  make all
tried    again with one job
hint     look at bar
look     lfsmake -f my.lfs log glibc
         lfsmake -f my.lfs shell glibc --failed
go on    lfsmake -f my.lfs toolchain
where    builder:/home/me/lfs
run      20261122-140245-517320, 12 of 40 steps done after 1:10:11"""


def test_without_a_known_error_the_end_of_the_log_is_shown():
    failure = Failure("source", "", "", "the server answered 404", tail=tuple("abcdefg"))
    alert = failure_alert(("failure",), failure, PLACE, FAR)
    assert alert.subject == "lfsmake: the run failed on builder"
    assert alert.body.startswith("the run failed: the server answered 404\n\nlog      c\n         d\n         e\n")
    assert "look" not in alert.body


def test_the_end_of_a_run_says_how_it_went():
    event = over(code=1, failed=2, skipped=1, built=9)
    alert = end_alert(("end",), event, ("a", "b"), PLACE, FAR)
    assert (alert.subject, alert.tone) == ("lfsmake: toolchain failed after 12:34 on builder", "failure")
    head = "toolchain failed after 12:34\n\nsteps    2 failed, 1 skipped, 9 built\nfailed   a\n         b\nlook  "
    assert alert.body.startswith(head)
    good = end_alert(("end",), over(built=9), (), PLACE, FAR)
    assert (good.subject, good.tone) == ("lfsmake: toolchain is done after 12:34 on builder", "success")
    assert "look" not in good.body
    assert "go on" not in good.body


def test_success_after_failure_says_so():
    alert = end_alert(("fixed", "end"), over(built=1), (), PLACE, FAR)
    assert alert.subject == "lfsmake: toolchain is fixed after 12:34 on builder"
    assert alert.body.startswith("toolchain is fixed after 12:34 (the run before had failed)\n")


def test_many_targets_are_counted():
    alert = end_alert(("end",), over(built=1), (), PLACE, Progress("r", ("a", "b", "c")))
    assert alert.what == "a and 2 more is done after 12:34"


def test_regressions_are_named():
    event = events.TestsDone(
        at=1.0, step="gcc", style="dejagnu", total=1200, passed=1180, skipped=8, failures=12,
        failed=tuple(f"t{number}" for number in range(12)),
    )  # fmt: skip
    alert = regression_alert(event, PLACE, FAR)
    assert alert.subject == "lfsmake: 12 tests of gcc failed, not expected to on builder"
    assert "tests    t0\n         t1\n" in alert.body
    assert "         t9\n         and 2 more\ncounts   1,180 of 1,200 passed, 8 skipped\n" in alert.body


def test_a_shortage_has_figures():
    assert low("disk", 1_900_000_000, 2 << 30) == "disk is low: 1.9 GB are free, less than 2.1 GB"
    alert = trouble_alert(("low-disk",), "disk is low", PLACE, FAR)
    assert (alert.subject, alert.tone) == ("lfsmake: disk is low on builder", "warning")


def test_several_of_a_kind_become_one():
    alerts = [failure_alert(("failure",), failed(name).failure, PLACE, FAR) for name in "abc"]
    whole = together(alerts, 4)
    assert whole.subject == "lfsmake: a failed in build, and 6 more on builder"
    assert whole.body.startswith(
        "- a failed in build\n- b failed in build\n- c failed in build\n- 4 more\n\na failed in its build phase:"
    )
    assert together(alerts[:1]) is alerts[0]


def test_nothing_in_a_message_can_drive_a_terminal_or_forge_a_header():
    evil = "x\r\nBcc: all@example.org\x1b[2J\x00\u202e"
    failure = failed(evil, message=evil, command=evil, hint=evil, tail=(evil,)).failure
    alert = failure_alert(("failure",), failure, PLACE, FAR)
    assert alert.subject == r"lfsmake: x Bcc: all@example.org\x1b[2J\x00\u202e failed in build on builder"
    assert {char for char in alert.body if not char.isprintable()} == {"\n"}


@given(st.text(max_size=300), st.text(max_size=2000))
def test_whatever_fails_its_message_is_short_and_plain(step: str, text: str):
    failure = failed(step, message=text, command=text, tail=text.split("\n"), hint=text * 20).failure
    alert = together([failure_alert(("failure",), failure, PLACE, FAR)] * 3)
    assert width(alert.subject) <= 140
    assert "\n" not in alert.subject
    assert alert.body.count("\n") <= 70
    assert safe(alert.subject + alert.body) == alert.subject + alert.body


def test_an_alert_without_a_machine_has_no_place_in_its_subject():
    assert Alert(("test",), "x", "", "info").subject == "lfsmake: x"
