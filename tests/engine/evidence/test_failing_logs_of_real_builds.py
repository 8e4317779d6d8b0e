"""The evidence is read right over a corpus of real builds that were broken on purpose."""

import gzip
import json

import pytest

from .figures import LOGS, Seen, all_seen, figures, index
from .make_corpus import expectations, held_out, label


@pytest.fixture(scope="module")
def seen() -> list[Seen]:
    """Every log of the corpus, read once."""
    return all_seen()


def test_classes_and_first_errors_are_found(seen: list[Seen]) -> None:
    assert len(seen) >= 100
    for part in ([each for each in seen if not each.held_out], [each for each in seen if each.held_out]):
        classes, causes, precision, recall = figures(part).shares
        assert classes >= 0.97
        assert causes >= 0.9
        assert precision >= 0.95
        assert recall >= 0.95


def test_nothing_that_was_right_goes_wrong(seen: list[Seen]) -> None:
    wrong = {each.name: (each.expected, each.found) for each in seen if each.expected != each.found}
    assert wrong == {
        # dash says "not found" of a script whose interpreter is missing: its log alone cannot tell that.
        "python-interpreter-missing": (("step", "bad-interpreter", 4), ("step", "missing-file", 4)),
        # The shell's line comes first, that of `missing` says more.
        "hello-automake-outdated": (("recipe", "missing-command", 302), ("recipe", "missing-command", 303)),
        # Of two compilers that are looked for, the shell says of the first that it may not be run.
        "perl-no-compiler": (("recipe", "missing-command", 40), ("step", "permission-denied", 30)),
    }


def test_what_fails_without_a_command_has_its_class_from_elsewhere() -> None:
    every = json.loads((LOGS / "index.json").read_text(encoding="utf-8"))
    others = {name: (entry["class"], entry["said"]) for name, entry in every.items() if not entry["scene"]}
    assert {"timeout-waiting", "wrong-digest"} <= set(others)
    assert all(expected == said for expected, said in others.values()), others


def test_the_index_says_what_the_recipes_expect() -> None:
    known = index()
    again = {name: {**entry} for name, entry in known.items()}
    label(again)
    assert again == known
    assert set(known) <= set(expectations())
    assert all(entry["held_out"] == held_out(name) for name, entry in known.items())


def test_the_logs_are_whole_and_small() -> None:
    logs = sorted(LOGS.glob("*.log.gz"))
    assert {path.name.removesuffix(".log.gz") for path in logs} >= set(index())
    assert sum(path.stat().st_size for path in logs) < 1_500_000
    assert all(
        gzip.decompress(path.read_bytes()).startswith(b"==> ") for path in logs if path.stat().st_size > 100
    )
