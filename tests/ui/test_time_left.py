"""How long a run still takes: what is left scheduled once more, never less than the longest path of it."""

from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.model.events import Cost
from lfsmake.ui import eta
from lfsmake.ui.eta import Estimate, Forecast, eta_text, longest_first, time_left

DURATIONS = st.integers(min_value=0, max_value=1000).map(float)  # whole, so that sums are exact


@st.composite
def graphs(draw):
    """(what each step needs, seconds each takes)."""
    count = draw(st.integers(min_value=1, max_value=12))
    names = [f"s{place}" for place in range(count)]
    needs = {}
    for place, name in enumerate(names):
        needs[name] = tuple(draw(st.lists(st.sampled_from(names[:place]), unique=True))) if place else ()
    return needs, {name: draw(DURATIONS) for name in names}


def paths(needs, left):
    """Seconds from the start of each step to the end of the last one above it."""
    path = {}
    for step in longest_first(needs):
        above = [path[other] for other in path if step in needs[other]]
        path[step] = left.get(step, 0.0) + max(above, default=0.0)
    return path


def played(needs, takes, slots):
    """[(at, {running: seconds left}, pending)] of a run in which every step takes what it should."""
    path, order = paths(needs, takes), longest_first(needs)
    now, running, done, moments = 0.0, [], set(), []
    pending = set(needs)
    while pending or running:
        ready = sorted(
            (step for step in pending if done >= set(needs[step])), key=lambda step: (-path[step], order.index(step))
        )
        for step in ready[: slots - len(running)]:
            pending.discard(step)
            heappush(running, (now + takes[step], order.index(step), step))
        moments.append((now, {step: end - now for end, _, step in running}, set(pending)))
        now, _, step = heappop(running)
        done.add(step)
    return moments, now


@given(graphs(), st.integers(min_value=1, max_value=5))
def test_it_is_never_below_the_longest_path_nor_above_one_at_a_time(graph, slots):
    needs, takes = graph
    seconds = time_left(takes, needs, running=(), slots=slots)
    assert seconds >= max(paths(needs, takes).values())
    assert seconds >= sum(takes.values()) / slots
    assert seconds <= sum(takes.values())


@given(graphs(), st.integers(min_value=1, max_value=5), st.floats(min_value=0, max_value=1))
def test_while_all_is_on_time_it_goes_down_as_the_clock_goes_up(graph, slots, part):
    needs, takes = graph
    moments, end = played(needs, takes, slots)
    for place, (at, running, pending) in enumerate(moments):
        until = moments[place + 1][0] if place + 1 < len(moments) else end
        passed = float(int((until - at) * part))
        left = {step: seconds - passed for step, seconds in running.items()} | {s: takes[s] for s in pending}
        assert time_left(left, needs, running=running, slots=slots) == end - at - passed


def test_what_is_done_no_longer_counts():
    needs = {"a": (), "b": ("a",), "c": ("b",)}
    assert time_left({"c": 5.0}, needs, running=(), slots=1) == 5.0


def test_a_record_in_which_steps_need_themselves_is_no_endless_loop():
    assert time_left({"a": 1.0, "b": 2.0, "c": 4.0}, {"a": ("b",), "b": ("a",), "c": ()}, running=(), slots=1) == 4.0


def estimate(seconds, *, sure, least=None):
    """With nothing that may be spared, or `least` without that."""
    return Estimate(seconds, sure, seconds if least is None else least)


def forecast(steps=("a", "b", "c"), needs=None, expected=None, jobs=2, **more):
    made = Forecast()
    given = {"a": (), "b": ("a",), "c": ("a",)} if needs is None else needs
    made.begin(0.0, steps, given, expected or {}, jobs=jobs, **more)
    return made


KNOWN = {"a": 100.0, "b": 30.0, "c": 20.0}


def test_a_run_on_time_counts_down():
    made = forecast(expected=KNOWN)
    assert [made.remaining(at, {"a": at}).seconds for at in (0.0, 10.0, 20.0)] == [130.0, 120.0, 110.0]


def test_it_is_sure_only_if_every_duration_is_known():
    assert forecast(expected=KNOWN).remaining(0.0, {}) == estimate(130.0, sure=True)
    assert forecast(expected={"a": 100.0, "b": 30.0}).remaining(0.0, {}) == estimate(200.0, sure=False)  # c: the median


def test_where_more_would_be_guessed_than_is_known_nothing_is_said():
    assert forecast(expected={"a": 100.0}).remaining(0.0, {}) is None
    assert forecast().remaining(0.0, {}) is None


def test_a_late_step_is_thought_to_take_a_tenth_longer_still_and_nothing_is_sure():
    made = forecast(("a",), expected=KNOWN)
    assert made.remaining(0.0, {"a": 200.0}) == estimate(20.0, sure=False)


def test_a_late_step_makes_the_rest_longer_before_it_has_ended():
    made = forecast(("a", "b"), expected={"a": 100.0, "b": 30.0})
    assert made.pace({"a": 100.0}) == 1.0
    assert made.pace({"a": 260.0}) == 2.0  # with the weight of a minute: (260 + 60) / (100 + 60)
    assert made.remaining(0.0, {"a": 260.0}) == estimate(26.0 + 60.0, sure=False)


def test_nothing_is_left_when_all_is_done():
    made = forecast(("a",), expected=KNOWN)
    made.closed("a")
    assert made.remaining(0.0, {}) is None


def test_the_first_steps_that_were_built_tell_what_an_sbu_is():
    costs = {"a": Cost(sbu=2.0), "b": Cost(sbu=3.0), "c": Cost(sbu=1.0)}
    made = forecast(costs=costs)
    assert made.remaining(0.0, {}) is None
    made.took("a", 20.0)
    made.closed("a")
    assert made.remaining(2.0, {}) == estimate(30.0, sure=False)
    assert made.sbu == 0.0  # only its own step says what one is


def test_binutils_pass_1_is_one_sbu():
    made = forecast(("binutils-pass1", "b"), needs={}, costs={"b": Cost(sbu=3.0)})
    made.took("binutils-pass1", 100.0)
    made.closed("binutils-pass1")
    assert (made.sbu, made.remaining(2.0, {})) == (100.0, estimate(300.0, sure=False))


def test_a_run_that_is_slower_than_those_before_makes_the_rest_longer():
    made = forecast(expected=KNOWN)
    made.took("a", 260.0)
    made.closed("a")
    assert made.remaining(2.0, {}).seconds == 60.0  # twice 30, with the weight of a minute: (260 + 60) / (100 + 60)


def test_how_many_run_at_once_is_learned_while_more_could():
    made = forecast(("a", "b", "c", "d"), needs={}, jobs=4)
    assert made.slots == 4
    made.passed(600.0, 1)
    assert made.slots == 1
    made = forecast(("a", "b"), needs={"a": (), "b": ("a",)}, jobs=4)
    made.passed(600.0, 1)  # nothing else could have started
    assert made.slots == 4


@settings(max_examples=50)
@given(graphs(), st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=30))
def test_what_is_ready_is_counted_whatever_opens_and_closes(graph, moves):
    needs, _ = graph
    made = Forecast()
    made.begin(0.0, needs, needs, {})
    for place, opens in moves:
        step = f"s{place % len(needs)}"
        (made.opened if opens else made.closed)(step)
        free = [step for step in made._open if not set(needs[step]) & made._open]
        assert made._free == len(free)


def test_an_answer_is_kept_for_a_second_and_longer_when_it_took_long(monkeypatch):
    made = forecast(expected=KNOWN)
    first = made.remaining(0.0, {})
    assert made.remaining(0.9, {"a": 0.9}) is first
    times = iter((0.0, 0.0125))
    monkeypatch.setattr(eta.time, "thread_time", lambda: next(times))
    second = made.remaining(1.0, {"a": 1.0})
    assert second.seconds == 129.0
    assert made.remaining(5.9, {"a": 5.9}) is second


@pytest.mark.parametrize(
    ("left", "sbu", "text"),
    [
        (estimate(1260.0, sure=True), 0.0, "ETA 21 min"),
        (estimate(1260.0, sure=False), 293.0, "ETA ~21 min (4.3 SBU)"),
        (estimate(12600.0, sure=True), 100.0, "ETA 3 h 30 min (126 SBU)"),
        (estimate(0.0, sure=True), 100.0, "ETA 1 s"),
        (None, 100.0, "ETA ?"),
        (estimate(9000.0, sure=True, least=2760.0), 0.0, "ETA 46 min to 2 h 30 min"),
        (estimate(9000.0, sure=False, least=2760.0), 120.0, "ETA ~46 min to 2 h 30 min (23 to 75 SBU)"),
        (estimate(2760.0, sure=True, least=540.0), 200.0, "ETA 9 to 46 min (2.7 to 14 SBU)"),
        (estimate(1270.0, sure=True, least=1150.0), 100.0, "ETA 21 min (13 SBU)"),
        (estimate(59.0, sure=True, least=0.0), 100.0, "ETA 1 to 59 s (0.0 to 0.6 SBU)"),
    ],
)
def test_it_is_said_in_minutes_and_sbus(left, sbu, text):
    assert eta_text(left, sbu) == text


def test_what_waits_may_be_spared_until_it_is_ready():
    made = forecast(expected=KNOWN, needs={"a": (), "b": ("a",), "c": ("b",)}, may_be_spared="bc")
    assert made.remaining(0.0, {"a": 40.0}) == estimate(110.0, sure=True, least=60.0)
    made.closed("a")  # and b was not told to be up to date: it is ready
    assert made.remaining(2.0, {}) == estimate(50.0, sure=True, least=30.0)
    assert made.remaining(4.0, {"b": 10.0}) == estimate(40.0, sure=True, least=20.0)


def test_what_may_be_spared_keeps_its_place_in_the_order():
    """c was never built: it is built whatever becomes of b, but after a, which b needs."""
    made = forecast(expected=KNOWN, needs={"a": (), "b": ("a",), "c": ("b",)}, may_be_spared="b")
    assert made.remaining(0.0, {}) == estimate(150.0, sure=True, least=120.0)


@given(graphs(), st.integers(min_value=1, max_value=5), st.sets(st.integers(0, 11)))
def test_sparing_steps_never_takes_longer(graph, jobs, spared):
    needs, takes = graph
    made = Forecast()
    made.begin(0.0, needs, needs, takes, jobs=jobs, may_be_spared={f"s{place}" for place in spared})
    left = made.remaining(0.0, {})
    assert left is None or left.least <= left.seconds
