"""Metrics: Prometheus' own parser reads them, and the file is whole at any moment."""

import os
import stat

import pytest
from histories import RUN, T, ended, everything, started, step, written
from prometheus_client.parser import text_string_to_metric_families

from lfsmake.model import events as say
from lfsmake.model.errors import HostError
from lfsmake.model.events import PhaseStarted, StepStarted
from lfsmake.ui import prometheus
from lfsmake.ui.history import History
from lfsmake.ui.prometheus import MetricsFile, metrics_text


def history_of(events) -> History:
    history = History()
    for event in events:
        history.apply(event)
    return history


def parsed(text: str):
    """(name, labels) → value; each metric has a help, a type and a name of ours."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        assert family.type in ("gauge", "counter"), family.name
        assert family.name.startswith("lfsmake_")
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found
            found[key] = sample.value
    return found


def test_a_run_with_everything():
    found = parsed(metrics_text(history_of(everything())))
    for name, labels, value in (
        ("lfsmake_run_running", {}, 0),
        ("lfsmake_run_info", {"run": RUN, "targets": "all", "version": "0.1.0"}, 1),
        ("lfsmake_run_exit_code", {}, 1),
        ("lfsmake_run_duration_seconds", {}, 200),
        ("lfsmake_run_start_time_seconds", {}, T),
        ("lfsmake_sbu_seconds", {}, 100),
        ("lfsmake_steps", {"state": "built"}, 3),
        ("lfsmake_steps", {"state": "failed"}, 1),
        ("lfsmake_steps_flaky", {}, 1),
        ("lfsmake_failures_total", {"class": "step"}, 2),
        ("lfsmake_recoveries_total", {"action": "retry"}, 1),
        ("lfsmake_fetched_bytes_total", {}, 5_000_000),
        ("lfsmake_machine_memory_available_bytes", {}, 6e9),
        ("lfsmake_machine_pressure_ratio", {"resource": "cpu"}, 0.1),
        ("lfsmake_jobs", {}, 4),
        ("lfsmake_jobs_used", {}, 3),
        ("lfsmake_step_duration_seconds", {"step": "base"}, 100),
        ("lfsmake_step_layer_bytes", {"step": "base"}, 1e8),
        ("lfsmake_step_tests", {"step": "lib", "result": "regression"}, 2),
        ("lfsmake_steps_left_out", {}, 0),
    ):
        assert found[name, tuple(sorted(labels.items()))] == value, name
    assert ("lfsmake_machine_pressure_ratio", (("resource", "io"),)) not in found  # the kernel did not tell


def test_a_running_step_says_since_when_and_in_which_phase():
    history = history_of([
        started(("a",)),
        StepStarted(at=T + 1, step="a", key="k", reason="", log="", expected=60.0),
        PhaseStarted(at=T + 2, step="a", phase="build"),
    ])  # fmt: skip
    found = parsed(metrics_text(history))
    assert found["lfsmake_run_running", ()] == 1
    assert found["lfsmake_step_start_time_seconds", (("phase", "build"), ("step", "a"))] == T + 1
    assert found["lfsmake_step_expected_seconds", (("step", "a"),)] == 60
    assert parsed(metrics_text(history, live=False))["lfsmake_run_running", ()] == 0
    assert not any(name == "lfsmake_run_exit_code" for name, _ in found)


def test_no_run_is_said_too():
    assert metrics_text(History()) == (
        "# HELP lfsmake_run_running 1 while a run goes on\n"
        "# TYPE lfsmake_run_running gauge\n"
        "lfsmake_run_running 0\n"
    )


def test_labels_are_escaped():
    name = 'a"b\\c\nd{}é'
    found = parsed(metrics_text(history_of([started((name,), targets=(name,)), *step(name, T, 5), ended(T + 5)])))
    assert found["lfsmake_step_duration_seconds", (("step", name),)] == 5


def test_of_very_many_steps_the_newest_are_told(monkeypatch):
    monkeypatch.setattr(prometheus, "STEPS", 3)
    names = [f"s{at}" for at in range(5)]
    events = [started(names)]
    for at, name in enumerate(names):
        events += step(name, T + at, 1)
    found = parsed(metrics_text(history_of(events)))
    told = sorted(dict(labels)["step"] for name, labels in found if name == "lfsmake_step_duration_seconds")
    assert told == ["s2", "s3", "s4"]
    assert found["lfsmake_steps_left_out", ()] == 2


def test_only_the_last_tests_of_a_step_count():
    tests = [
        say.TestsDone(at=T, step="a", style="tap", total=2, passed=passed, skipped=0, failures=2 - passed)
        for passed in (1, 2)
    ]
    found = parsed(metrics_text(history_of([started(("a",)), *tests])))
    assert found["lfsmake_step_tests", (("result", "passed"), ("step", "a"))] == 2


def test_the_file_is_replaced_whole_and_readable_by_all(tmp_path):
    path = tmp_path / "lfsmake.prom"
    listener = MetricsFile(str(path))
    assert list(tmp_path.iterdir()) == []
    seen = []
    for event in everything():
        listener(event)
        seen.append((path.stat().st_ino, path.read_text()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert len({inode for inode, _ in seen}) == 2  # at the start and at the end: the rest took no fifteen seconds
    assert parsed(seen[0][1])["lfsmake_run_running", ()] == 1
    assert parsed(seen[-1][1])["lfsmake_run_exit_code", ()] == 1
    assert [one.name for one in tmp_path.iterdir()] == ["lfsmake.prom"]


def test_it_is_written_anew_when_it_is_time(tmp_path, monkeypatch):
    monkeypatch.setattr(prometheus, "PERIOD", 0.0)
    path = tmp_path / "lfsmake.prom"
    listener = MetricsFile(str(path))
    for event in everything()[:-1]:
        listener(event)
    assert parsed(path.read_text())["lfsmake_steps", (("state", "failed"),)] == 1


def test_a_file_that_cannot_be_is_an_error_before_the_run(tmp_path):
    for path, why in (
        (tmp_path, "is a directory"),
        (tmp_path / "no" / "x.prom", "no such file or directory"),
        ("/proc/x.prom", "no such file or directory" if os.geteuid() else ""),
    ):
        with pytest.raises(HostError) as caught:
            MetricsFile(str(path))
        assert caught.value.problems[0].message.startswith(f"{path} cannot be written: {why}")
        assert caught.value.hint == "name a file in a folder that exists and that you may write"


def test_a_folder_that_goes_away_does_not_end_the_run(tmp_path):
    folder = tmp_path / "metrics"
    folder.mkdir()
    listener = MetricsFile(str(folder / "x.prom"))
    folder.rmdir()
    for event in everything():
        listener(event)
    assert not folder.exists()


def test_bytes_of_a_journal_give_the_same(tmp_path):
    history = History()
    history.feed(written(everything()))
    assert metrics_text(history) == metrics_text(history_of(everything()))
