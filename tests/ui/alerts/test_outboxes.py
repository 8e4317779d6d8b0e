"""What one receiver gets, and when: folded, tried again, given up; whoever puts something in never waits."""

import threading
from queue import SimpleQueue

import pytest

from lfsmake.ui.alerts.message import Alert
from lfsmake.ui.alerts.outbox import KEPT, Outbox

PATIENCE = 30.0  # seconds: only a test that fails waits so long


def alert(what, kind="failure"):
    return Alert((kind,), what, f"body of {what}", "failure")


class Receiver:
    """Answers as told: `answers` are whys, the last one for ever. With `held` it answers only when let go."""

    def __init__(self, *answers: str, held: bool = False) -> None:
        self.answers = list(answers) or [""]
        self.got: SimpleQueue[str] = SimpleQueue()
        self.go = threading.Semaphore(0)
        self.held = held
        self.cancelled = threading.Event()
        self.told: list[str] = []

    def __call__(self, sent: Alert) -> str:
        self.got.put(sent.what)
        if self.held:
            self.go.acquire(timeout=PATIENCE)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def cancel(self) -> None:
        self.cancelled.set()
        self.go.release(100)

    def outbox(self, fold: float = 0.0, pauses: tuple[float, ...] = (0.0, 0.0)) -> Outbox:
        return Outbox("me", self, self.cancel, self.told.append, fold=fold, pauses=pauses)

    def next(self) -> str:
        return self.got.get(timeout=PATIENCE)


def test_each_is_sent_and_the_end_waits_for_them():
    receiver = Receiver()
    box = receiver.outbox()
    box.put(alert("one"))
    assert receiver.next() == "one"
    box.put(alert("two"))
    box.close()
    assert box.done(PATIENCE)
    box.give_up()
    assert receiver.next() == "two"
    assert (receiver.got.empty(), receiver.told) == (True, [])


def test_an_outbox_that_nothing_was_put_in_has_no_thread():
    before = threading.active_count()
    box = Receiver().outbox()
    assert threading.active_count() == before
    box.close()
    assert box.done(0.0)
    box.give_up()


def test_what_comes_within_a_minute_goes_together_and_each_kind_has_its_own_minute():
    receiver = Receiver()
    box = receiver.outbox(fold=1e6)
    box.put(alert("one"))
    assert receiver.next() == "one"
    for what in ("two", "three"):
        box.put(alert(what))
    box.put(alert("slow one", "slow"))
    assert receiver.next() == "slow one"
    assert receiver.got.empty()
    box.close()
    assert box.done(PATIENCE)
    assert receiver.next() == "two, and 1 more"
    assert receiver.told == []


def test_the_minute_passes():
    receiver = Receiver()
    box = receiver.outbox(fold=0.01)
    for what in ("one", "two", "three"):
        box.put(alert(what))
        assert receiver.next() == what
    box.close()
    assert box.done(PATIENCE)


def test_a_receiver_that_stalls_makes_nobody_wait_and_the_flood_is_bounded():
    receiver = Receiver(held=True)
    box = receiver.outbox()
    box.put(alert("one"))
    assert receiver.next() == "one"
    for number in range(KEPT + 50):
        box.put(alert(f"more {number}"))
    receiver.go.release(2)
    assert receiver.next() == f"more 0, and {KEPT + 49} more"
    box.close()
    assert box.done(PATIENCE)


def test_what_failed_is_tried_twice_more():
    receiver = Receiver("refused", "refused", "")
    box = receiver.outbox()
    box.put(alert("one"))
    assert [receiver.next() for _ in range(3)] == ["one"] * 3
    box.close()
    assert box.done(PATIENCE)
    assert receiver.told == []


def test_a_dead_receiver_is_named_once_and_the_rest_counted_at_the_end():
    receiver = Receiver("refused")
    box = receiver.outbox(pauses=())
    for what in ("one", "two", "three"):
        box.put(alert(what))
        assert receiver.next() == what
    box.close()
    assert box.done(PATIENCE)
    box.give_up()
    assert receiver.told == ["an alert to me could not be sent: refused", "2 more to me could not be sent either"]


def test_the_end_of_the_run_ends_the_pause_before_another_try():
    receiver = Receiver("refused", "")
    box = receiver.outbox(pauses=(1e6,))
    box.put(alert("one"))
    assert receiver.next() == "one"
    box.close()
    assert box.done(PATIENCE)
    assert receiver.next() == "one"
    assert receiver.told == []


def test_what_fails_after_the_run_is_not_tried_again():
    receiver = Receiver("slow", "refused", held=True)
    box = receiver.outbox(pauses=(1e6, 1e6))
    box.put(alert("one"))
    assert receiver.next() == "one"
    box.put(alert("two", "end"))
    box.close()
    receiver.go.release(100)
    assert box.done(PATIENCE)
    assert [receiver.next() for _ in range(2)] == ["one", "two"]
    assert receiver.got.empty()


@pytest.mark.parametrize(("more", "told"), [(0, "an alert"), (2, "3 alerts")])
def test_what_is_not_sent_in_time_is_given_up_and_said(more: int, told: str):
    receiver = Receiver(held=True)
    box = receiver.outbox()
    box.put(alert("one"))
    assert receiver.next() == "one"
    for number in range(more):
        box.put(alert(f"more {number}"))
    box.close()
    assert not box.done(0.0)
    box.give_up()
    assert receiver.cancelled.is_set()
    assert box.done(PATIENCE)
    assert receiver.told == [f"{told} to me could not be sent in time"]
