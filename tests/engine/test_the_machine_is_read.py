"""What the machine has left is read from the kernel, and unknown where the kernel does not tell."""

from pathlib import Path

import pytest

from lfsmake.engine.machine import Meter, available_memory, free_disk, oom_kills, pressure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("some avg10=12.50 avg60=1.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0 avg300=0 total=0\n", 0.125),
        ("some avg10=0.00 avg60=1.00 avg300=0.00 total=5\n", 0.0),
        ("", -1.0),
        ("some avg10=lots\n", -1.0),
    ],
)
def test_pressure_is_a_share_of_the_last_ten_seconds(tmp_path: Path, text: str, expected: float) -> None:
    (tmp_path / "memory").write_text(text)
    assert pressure("memory", str(tmp_path)) == expected


def test_a_kernel_without_pressure_tells_nothing(tmp_path: Path) -> None:
    assert pressure("memory", str(tmp_path)) == -1.0


def test_a_disk_that_is_gone_has_no_room(tmp_path: Path) -> None:
    assert free_disk(str(tmp_path)) > 0
    assert free_disk(str(tmp_path / "gone")) == 0


def test_the_meter_reads_this_machine(tmp_path: Path) -> None:
    seen = Meter(str(tmp_path), lambda: 3).read()
    assert 0.0 <= seen.cpu <= 1.0
    assert 0 < seen.memory_free <= seen.memory_total
    assert seen.disk_free > 0
    assert seen.jobs == 3
    assert available_memory() > 0
    assert oom_kills() >= 0
