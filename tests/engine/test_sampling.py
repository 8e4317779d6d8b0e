"""Who belongs to a running step: its process and all below it, by what the kernel tells of each or of all."""

import subprocess

import pytest

from lfsmake.engine import sample


@pytest.fixture
def family():
    """A shell, its child and its grandchildren, all of them waiting. Gives the shell."""
    script = "bash -c 'sleep 600 & sleep 600 & echo there; wait' & wait"
    with subprocess.Popen(
        ["bash", "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as shell:
        assert shell.stdout.readline() == "there\n"
        yield shell
        for member in sample._trees([shell.pid])[shell.pid]:
            member.kill()


def test_all_below_a_process_are_found_in_any_generation(family, monkeypatch):
    found = [member.pid for member in sample._trees([family.pid])[family.pid]]
    assert len(set(found)) == 4
    assert found[0] == family.pid
    # A kernel that does not tell the children of one process has all processes looked at, to the same end.
    monkeypatch.setattr(sample.os.path, "exists", lambda path: path != "/proc/thread-self/children")
    assert sorted(member.pid for member in sample._trees([family.pid])[family.pid]) == sorted(found)


def test_who_has_ended_is_left_out():
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    assert sample._trees([gone.pid]) == {gone.pid: []}


def test_what_they_use_is_added_up(family):
    found = sample._sum("gcc", "build", sample._trees([family.pid])[family.pid])
    assert (found.step, found.phase, found.processes) == ("gcc", "build", 4)
    assert found.rss > 4 * 500_000
