"""The failure of a step that really ran has its cause and the first real error of its log."""

from ..conftest import Sandboxed
from ..watching import events_of, named, runs_of

RECIPE = """\
script thing {
    context host
    build:
        printf 'int main(void) { return no_such_name; }\\n' > main.c
        printf 'all: main\\nmain: main.c\\n\\t-rm no-such-file\\n\\tgcc -o $@ main.c\\n' > Makefile
        make
}

script misspelt {
    context host
    build: frobnicate
}
"""


def test_a_failed_step_tells_its_cause(project: Sandboxed) -> None:
    project.recipe(RECIPE)
    project.run("thing", code=1)
    project.run("misspelt", code=2)
    events = [event for run in runs_of(project.folder) for event in named(events_of(run), "step-failed")]
    failures = {event["step"]: event["failure"] for event in events}
    thing = failures["thing"]
    assert (thing["failure_class"], thing["cause"]) == ("step", "undeclared")
    error = thing["error"]
    assert (error["tool"], error["kind"], error["file"], error["line"]) == ("gcc", "undeclared", "main.c", 1)
    assert "no_such_name" in error["text"]
    assert error["text"] in error["context"]
    misspelt = failures["misspelt"]
    assert (misspelt["failure_class"], misspelt["cause"]) == ("recipe", "missing-command")
    assert misspelt["error"]["advice"] == "", "the hint says it better"
    assert misspelt["hint"] == "there is no frobnicate on the host: is the word misspelt?"
