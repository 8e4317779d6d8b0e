"""Reach: a server that does not answer is asked once, and not again for a day."""

import time
from typing import Any

from lfsmake.sources.reach import Reach


def test_a_server_that_answers_anything_is_up_and_asked_once(bench: Any, things: Any, site: Any) -> None:
    reach = Reach(bench.store)
    transfer = things.transfer(bench.events)
    assert reach.down(f"{site.url}/nothing/here", transfer) == ""
    assert reach.down(f"{site.url}/else", transfer) == ""
    assert [method for method, _, _ in site.seen] == ["HEAD"]
    assert bench.notes() == []


def test_a_silent_server_is_remembered_for_a_day(bench: Any, things: Any, unused_url: str) -> None:
    transfer = things.transfer(bench.events)
    assert Reach(bench.store).down(unused_url, transfer) == "connection refused"
    assert len(bench.notes()) == 1
    assert Reach(bench.store).down(unused_url, transfer) == "connection refused"
    assert len(bench.notes()) == 1
    bench.store.remember("unreachable", "127.0.0.1", f"{int(time.time()) - 90_000} connection refused")
    assert Reach(bench.store).down(unused_url, transfer) == "connection refused"
    assert len(bench.notes()) == 2


def test_two_silent_servers_and_none_that_answers_are_a_closed_network(
    bench: Any, things: Any, unused_url: str
) -> None:
    transfer = things.transfer(bench.events)
    reach = Reach(bench.store)
    reach.down(unused_url, transfer)
    reach.down(unused_url.replace("127.0.0.1", "127.0.0.2"), transfer)
    assert reach.down("http://127.0.0.3:9/f", transfer) == "connection refused"
    assert len(bench.notes()) == 2  # the third was not asked
    assert (bench.store.recall("unreachable", "*") or "").endswith(" connection refused")


def test_one_that_answers_keeps_the_network_open(
    bench: Any, things: Any, site: Any, unused_url: str
) -> None:
    reach = Reach(bench.store)
    reach.down(site.url.replace("127.0.0.1", "127.0.0.2"), things.transfer())
    reach.down(site.url, things.transfer())
    reach.down(unused_url.replace("127.0.0.1", "127.0.0.3"), things.transfer())
    assert bench.store.recall("unreachable", "*") is None


def test_a_closed_network_is_forgotten_after_a_day(bench: Any, things: Any, site: Any) -> None:
    bench.store.remember("unreachable", "*", f"{int(time.time()) - 90_000} connection refused")
    assert Reach(bench.store).down(site.url, things.transfer()) == ""
