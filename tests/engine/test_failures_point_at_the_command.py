"""A failed step names the command that failed and its line of the recipe, wherever in a body it stands."""

import re
from pathlib import Path

from .conftest import Sandboxed
from .watching import events_of, named, runs_of

# name → (body, exit status, the command, its line in the body)
BODIES = {
    "plain": ("true\ntrue\nsh -c 'exit 2'\ntrue", 2, "sh -c 'exit 2'", 3),
    "continued": ("true &&\n  cd / &&\n  sh -c 'exit 2'", 2, "sh -c 'exit 2'", 3),
    "loop": ("for i in 1 2; do\n  true\n  sh -c 'exit 2'\ndone", 2, "sh -c 'exit 2'", 3),
    "function": ("try() {\n  true\n  sh -c 'exit 3'\n}\ntrue\ntry", 3, "sh -c 'exit 3'", 3),
    "after a here document": ("cat > x <<'EOF'\none\n  two $((\nEOF\n\nfalse", 1, "false", 6),
    "subshell": ("(\n  true\n  sh -c 'exit 4'\n)", 4, "sh -c 'exit 4'", 3),
    "subshell in a subshell": ("(\n  (\n    false\n  )\n)", 1, "false", 3),
    "group in a pipeline": ("{\n  true\n  sh -c 'exit 2'\n} 2>&1 | cat", 2, "sh -c 'exit 2'", 3),
    "loop in a pipeline": ("for i in 1 2; do\n  (exit 5)\ndone | cat", 5, "( exit 5 )", 2),
    "first of a pipeline": ("true\nsh -c 'exit 3' | cat", 3, "… | cat", 2),
    "last of a pipeline": ("true\ntrue | sh -c 'exit 3'", 3, "sh -c 'exit 3'", 2),
    "assignment": ("true\nx=$(echo; sh -c 'exit 7')\ntrue", 7, "sh -c 'exit 7'", 2),
    "unknown command": ("true\nno-such-command --with words", 127, "no-such-command --with words", 2),
    "test": ("true\n[ -e /nowhere ]", 1, "[ -e /nowhere ]", 2),
    "after one that was meant to fail": (
        "x=\"$(cat /nowhere; true)\"\necho $(false)\ngrep x /dev/null || true\nif false; then :; fi\nsh -c 'exit 1'",
        1, "sh -c 'exit 1'", 5,
    ),
    "while failures are allowed": ("set +e\nfalse\nfalse\nset -e\nsh -c 'exit 6'", 6, "sh -c 'exit 6'", 5),
}  # fmt: skip
# What ends the shell itself: no command to name, the body's first line.
ENDS = {
    "exit": ("true\nexit 3", 3),
    "exit after a failure that was allowed": ("set +e\nfalse\nexit 3", 3),
    "unset variable": ('true\necho "${nothing:?is not set}"', 1),
}


def script(name: str, body: str, before: str = "") -> str:
    text = "\n".join(f"        {line}" for line in body.splitlines())
    return f"script {name} {{\n    context host\n{before}    build:\n{text}\n}}\n"


def failures(project: Sandboxed) -> dict[str, dict[str, object]]:
    """The failures of a run of everything, by step."""
    project.run("-k", code=1)
    (run,) = runs_of(project.folder)
    return {str(event["step"]): event["failure"] for event in named(events_of(run), "step-failed")}


def test_the_command_and_its_line_are_named(project: Sandboxed) -> None:
    names = {f"s{number}": name for number, name in enumerate({**BODIES, **ENDS})}
    for step, name in names.items():
        project.recipe(script(step, {**BODIES, **ENDS}[name][0]), step)
    found = {names[step]: failure for step, failure in failures(project).items()}
    said = {name: (f["message"], f["command"], f["line"]) for name, f in found.items()}
    # The body's first line is the recipe's fourth.
    assert said == {
        **{name: (f"exit status {status}", command, line + 3) for name, (_, status, command, line) in BODIES.items()},
        **{name: (f"exit status {status}", "", 4) for name, (_, status) in ENDS.items()},
    }
    for step, name in names.items():
        assert found[name]["file"] == str(project.recipes / f"{step}.lfs")


def failure(project: Sandboxed, body: str, before: str = "") -> dict[str, object]:
    """The failure of a step with this body after lines `before`, which start at line 3 of the recipe."""
    project.recipe(script("fails", body, before))
    return failures(project)["fails"]


def test_a_hook_is_named_by_its_own_lines(project: Sandboxed) -> None:
    found = failure(project, "true", before="    pre build:\n        true\n        false\n    post build: true\n")
    assert (found["phase"], found["command"], found["line"]) == ("build", "false", 5)


def test_a_style_s_hook_is_named_in_the_style_s_file(project: Sandboxed) -> None:
    project.recipe("style tidy {\n    post build:\n        true\n        false\n}\n", "styles")
    found = failure(project, "true", before="    style tidy\n")
    assert (Path(str(found["file"])).name, found["line"]) == ("styles.lfs", 4)


def test_the_whole_card(project: Sandboxed) -> None:
    project.recipe(
        "script fails {\n    context host\n    build:\n        echo begins\n        cat > x <<EOF\n"
        "        text\n        EOF\n        make() {\n            echo 'main.c:1: error: no' >&2\n"
        "            return 2\n        }\n        make all\n}\n"
    )
    done = project.run("fails", code=1)
    (log,) = (project.store / "logs").glob("*/fails.log")
    run = log.parent.name
    assert done.stdout.splitlines()[:2] == ["lfsmake: 1 to build", "fails: started, never built"]
    assert log.read_text() == "==> fails: build\nbegins\nmain.c:1: error: no\n"
    said = re.sub(r"in \d+:\d\d$", "in 0:00", done.stderr, flags=re.MULTILINE)
    said, advice = re.subn(r"^  advice   .+\n", "", said, flags=re.MULTILINE)  # as the patterns of errors have it
    assert advice == 1
    assert said == CARD.format(run=run, store=project.store)


CARD = """\
── log of fails ──
==> fails: build
begins
main.c:1: error: no
────
recipes/main.lfs:12: error: fails failed in its build phase: exit status 2
  command  return 2
  error    main.c:1: error: no (line 3 of the log)
  log      store/logs/{run}/fails.log
  kept     store/work/failed/fails
  look     lfsmake --store store log fails
           lfsmake --store store shell fails --failed
  go on    lfsmake --store {store} fails
lfsmake: 1 failed in 0:00
"""
