"""The table of remedies: what is done about a failure depends on the failure and on what was done, and always ends."""

from hypothesis import given
from hypothesis import strategies as st

from lfsmake.engine.failures import POLICIES, RETRY_DELAY
from lfsmake.engine.recover import Remedies, Remedy, remedy
from lfsmake.model.events import Failure

CAUSES = ("", "out-of-memory", "disk-full", "race", "missing-header", "killed")


def failure(failure_class: str = "step", cause: str = "") -> Failure:
    return Failure(failure_class, "a", "build", "exit status 2", cause=cause)


failures = st.builds(failure, st.sampled_from(sorted(POLICIES)), st.sampled_from(CAUSES))


@given(st.lists(failures, min_size=1, max_size=40), st.integers(0, 4), st.integers(1, 64))
def test_whatever_fails_how_often_it_is_given_up_in_the_end(
    one_after_the_other: list[Failure], retry: int, jobs: int
) -> None:
    """Bounded by the halvings of the jobs, a collection, a run with one job, and the recipe's `retry`."""
    remedies = Remedies()
    tried = 0
    for each in one_after_the_other:
        had = remedies.jobs("a", jobs)
        found = remedies.find(each, retry=retry, jobs=had)
        if found is None:
            continue
        tried += 1
        assert remedies.current("a") == found
        assert 1 <= remedies.jobs("a", jobs) <= had
        if found.action == "fewer-jobs":
            assert found.alone
            assert remedies.jobs("a", jobs) == had // 2
        if found.action == "serial":
            assert remedies.jobs("a", jobs) == 1
        if found.action == "retry":
            assert POLICIES[each.failure_class].retries
    assert tried <= jobs.bit_length() + 1 + 1 + retry
    assert len(remedies.tried("a")) == tried


@given(failures, st.integers(1, 64))
def test_without_retry_in_the_recipe_only_what_is_known_to_help_is_done(each: Failure, jobs: int) -> None:
    found = remedy(each, (), retry=0, jobs=jobs)
    helps = {"disk-full"} if jobs == 1 else {"disk-full", "out-of-memory", "race"}
    assert (found is not None) == (each.cause in helps)


def test_memory_is_answered_by_half_the_jobs_until_one_is_left() -> None:
    remedies = Remedies()
    seen = []
    out = failure("environment", "out-of-memory")
    while (found := remedies.find(out, retry=0, jobs=remedies.jobs("a", 6))) is not None:
        seen.append((found.action, found.text, found.jobs, found.alone))
    assert seen == [
        ("fewer-jobs", "memory ran out: again with 3 jobs, alone", 3, True),
        ("fewer-jobs", "memory ran out: again with one job, alone", 1, True),
    ]
    assert remedies.jobs("a", 6) == 1


def test_a_race_is_answered_by_one_job_once() -> None:
    remedies = Remedies()
    race = failure(cause="race")
    found = remedies.find(race, retry=0, jobs=4)
    assert found == Remedy(
        "serial", "perhaps two jobs of make got into each other's way: again with one job", jobs=1
    )
    proof = remedies.proof("a")
    assert proof is not None
    assert (proof.action, proof.text) == (
        "race", "it failed with several jobs, not with one: `jobs 1` in its recipe avoids that",
    )  # fmt: skip
    assert remedies.find(race, retry=0, jobs=1) is None


def test_retries_wait_twice_as_long_each_time() -> None:
    remedies = Remedies()
    delays = []
    while (found := remedies.find(failure(), retry=3, jobs=4)) is not None:
        delays.append((found.text, found.delay))
    assert delays == [
        ("exit status 2: again, time 1 of 3", RETRY_DELAY), ("exit status 2: again, time 2 of 3", 2 * RETRY_DELAY),
        ("exit status 2: again, time 3 of 3", 4 * RETRY_DELAY),
    ]  # fmt: skip
    proof = remedies.proof("a")
    assert proof is not None
    assert (proof.action, proof.text) == ("flaky", "it failed, and was built unchanged when tried again: it is flaky")


def test_what_lay_outside_the_step_does_not_make_it_flaky() -> None:
    for each in (failure("environment", "disk-full"), failure("source"), failure("environment", "out-of-memory")):
        remedies = Remedies()
        remedies.asked("a", each)
        assert remedies.proof("a") is None
    remedies = Remedies()
    remedies.find(failure("environment", "disk-full"), retry=0, jobs=2)
    assert remedies.proof("a") is None
    assert Remedies().proof("a") is None


def test_who_is_asked_for_another_try_keeps_what_memory_taught() -> None:
    remedies = Remedies()
    remedies.find(failure("environment", "out-of-memory"), retry=0, jobs=2)
    remedies.asked("a", failure("environment", "out-of-memory"))
    found = remedies.current("a")
    assert found is not None
    assert found.alone
    assert remedies.jobs("a", 8) == 1


def test_other_recipes_begin_anew() -> None:
    remedies = Remedies()
    remedies.find(failure(cause="race"), retry=0, jobs=4)
    remedies.clear()
    assert remedies.jobs("a", 4) == 4
    assert remedies.tried("a") == ()
