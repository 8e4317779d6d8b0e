"""The evidence is read right over a corpus of real builds that were broken on purpose."""

import gzip

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
    wrong = {
        each.name for each in seen if each.expected[:1] + each.expected[2:] != each.found[:1] + each.found[2:]
    }
    assert wrong == KNOWN_WRONG


KNOWN_WRONG: set[str] = set()


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
