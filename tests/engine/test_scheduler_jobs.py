"""One budget of jobs for all steps together: never more run, and what a dead step held comes back."""

import os
from pathlib import Path

from lfsmake.engine.jobserver import Jobserver

from .conftest import Sandboxed
from .watching import events_of, named, runs_of, steps


def overlapping(events: list[dict[str, object]], kind: str, end: set[str]) -> int:
    """The most steps between `kind` and one of `end` at any moment."""
    now = most = 0
    for event in events:
        now += event["event"] == kind
        now -= event["event"] in end
        most = max(most, now)
    return most


def jobs_recipe(name: str, extra: str = "") -> str:
    """A step whose make has four jobs, each of which leaves the times of its begin and its end."""
    return (
        f"script {name} {{\n    context host\n{extra}    install:\n"
        "        cat > job <<'EOF'\n        date +%s%N > $1.begin; sleep 0.2; date +%s%N > $1.end\n        EOF\n"
        f"        printf '1 2 3 4:\\n\\tsh ./job $(LFS)/{name}-$@\\n' > Makefile\n"
        "        make LFS=$LFS 1 2 3 4\n}\n"
    )


def most_at_once(project: Sandboxed, targets: list[str]) -> int:
    """The most jobs of all steps at any moment, from the times that they left."""
    marks: list[tuple[int, int]] = []
    for target in targets:
        tree = project.folder / f"tree-{target}"
        project.run("export", target, str(tree))
        marks += [(int(path.read_text()), 1) for path in tree.glob("*.begin")]
        marks += [(int(path.read_text()), -1) for path in tree.glob("*.end")]
    assert len(marks) == 8 * len(targets)
    now = most = 0
    for _, change in sorted(marks):
        now += change
        most = max(most, now)
    return most


def test_all_makes_together_run_no_more_jobs_than_asked_for(project: Sandboxed) -> None:
    names = ["a", "b", "c"]
    bound = "    jobs 2\n"
    project.recipe("".join(jobs_recipe(name, bound if name == "b" else "") for name in names))
    project.run("-j3")
    assert 2 <= most_at_once(project, names) <= 3


def test_a_bound_of_one_is_kept_beside_a_wide_budget(project: Sandboxed) -> None:
    project.recipe(jobs_recipe("a", "    jobs 1\n"))
    project.run("-j8")
    assert most_at_once(project, ["a"]) == 1


def test_a_step_alone_has_the_whole_budget(project: Sandboxed) -> None:
    project.recipe(jobs_recipe("a"))
    project.run("-j4")
    assert most_at_once(project, ["a"]) > 1


def test_no_more_steps_than_jobs(project: Sandboxed) -> None:
    step = "script sN {\n    context host\n    install: sleep 0.05; echo N\n}\n"
    project.recipe("".join(step.replace("N", str(number)) for number in range(6)))
    project.run("-j2")
    (run,) = runs_of(project.folder)
    ends = {"step-done", "step-failed"}
    assert overlapping(events_of(run), "step-started", ends) <= 2


def test_the_longest_path_starts_first(project: Sandboxed) -> None:
    """Of equals, the one with most above it; unknown durations count a second each."""
    project.recipe(
        "script alone {\n    context host\n    install: true # alone\n}\n"
        "script low {\n    context host\n    install: true # low\n}\n"
        "script middle {\n    context host\n    needs build low\n    install: true # middle\n}\n"
        "script high {\n    context host\n    needs build middle\n    install: true # high\n}\n"
    )
    project.run("-j1")
    (run,) = runs_of(project.folder)
    assert [e["step"] for e in named(events_of(run), "step-started")] == ["low", "middle", "alone", "high"]


def test_what_a_killed_make_held_comes_back(project: Sandboxed) -> None:
    """A make with all tokens dies by its time limit; the next steps have the whole budget again."""
    hang = (
        "script hang {\n    context host\n    time 1 s\n    before a\n    install:\n"
        "        printf '1 2 3 4:\\n\\tsleep 1000\\n' > Makefile\n        make 1 2 3 4\n}\n"
    )
    project.recipe(hang + jobs_recipe("a"))
    project.run("-k", "-j4", code=1)
    (run,) = runs_of(project.folder)
    assert steps(events_of(run), "step-done") == {"a"}
    assert most_at_once(project, ["a"]) > 1


def test_a_chain_of_any_length_is_settled(project: Sandboxed) -> None:
    """1,500 steps that are up to date as soon as the first one is built: one body, one key."""
    lines = []
    for number in range(1500):
        before = f"    before s{number + 1}\n" if number < 1499 else ""
        lines.append(f"script s{number} {{\n    context host\n{before}    install: true\n}}\n")
    project.recipe("".join(lines))
    assert "lfsmake: 1 built, 1,499 up to date in " in project.run().stdout


def test_tokens_are_what_the_budget_says(tmp_path: Path) -> None:
    with Jobserver(str(tmp_path / "jobs"), 3) as server:
        assert [server.take() for _ in range(3)] == [True, True, False]
        server.give()
        assert [server.take(), server.take()] == [True, False]
        server.reset()
        assert [server.take() for _ in range(3)] == [True, True, False]
    assert not (tmp_path / "jobs").exists()


def test_a_budget_of_one_has_no_token_to_give(tmp_path: Path) -> None:
    with Jobserver(str(tmp_path / "jobs"), 1) as server:
        assert not server.take()
        read, write = server.open_for_step()
        assert not os.get_inheritable(read)
        os.close(read)
        os.close(write)
