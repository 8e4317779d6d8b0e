"""docs/reports.md describes every field of the JSON forms, and every metric."""

import re
from pathlib import Path

import pytest
from histories import everything

from lfsmake.ui import comparison, figures, records
from lfsmake.ui.history import History
from lfsmake.ui.prometheus import metrics_text

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([a-z_]+)`", PAGE))


@pytest.mark.parametrize(
    "record",
    [
        records.RunRecord, records.StepRecord, records.Attempt, records.PhaseRecord, records.StepSample,
        records.MachineSample, records.Link, records.FetchRecord, records.Counts, comparison.Comparison,
        comparison.RunFacts, comparison.StepChange, comparison.TestChange, figures.Figures,
    ],
)  # fmt: skip
def test_every_field_is_described(record):
    assert [name for name in record.__struct_fields__ if name not in WORDS] == []


def test_every_metric_is_described_and_no_other():
    history = History()
    for event in everything():
        history.apply(event)
    source = Path(metrics_text.__code__.co_filename).read_text(encoding="utf-8")
    made = set(re.findall(r'"(lfsmake_[a-z_]+)"', source))
    assert {word for word in WORDS if word.startswith("lfsmake_")} == made
    assert set(re.findall(r"# TYPE (\S+)", metrics_text(history))) <= made
