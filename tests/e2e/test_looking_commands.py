"""The commands that look: what they print for people, and the documented shapes they print for programs."""

import json
from pathlib import Path

import pytest


def shape(result):
    assert result.err == ""
    return json.loads(result.out)


def test_plan_in_words(project, run):
    assert run("plan") == (
        0,
        "build       hello  never built\nwaiting     world  waits for hello\nlfsmake: 1 to build, 1 waiting\n",
        "",
    )


def test_a_dry_run_prints_what_would_be_built(project, run):
    assert run("-n", "world") == (
        0,
        "would build hello: never built\nmay build world: waits for hello\nlfsmake: 1 to build, 1 waiting\n",
        "",
    )
    assert shape(run("-n", "world", "--json")) == shape(run("plan", "world", "--json"))


def test_plan_as_json(project, run):
    plan = shape(run("plan", "--json"))
    assert plan["version"] == 1
    hello, world = plan["steps"]
    assert len(hello["key"]) == 64
    assert {**hello, "key": ""} | {"layer": ""} == {
        "name": "hello", "state": "build", "reasons": [{"kind": "never-built", "text": "never built"}],
        "needs": [], "key": "", "layer": "",
    }  # fmt: skip
    assert world | {"layer": ""} == {
        "name": "world", "state": "waiting",
        "reasons": [{"kind": "needs", "text": "waits for hello", "step": "hello"}],
        "needs": ["hello"], "key": "", "layer": "",
    }  # fmt: skip


def test_explain_separates_the_root_cause(project, run):
    assert run("explain").out == "hello is to be built:\n  never built\nworld is to be built:\n  never built\n"
    run("all")
    project.main.write_text(project.main.read_text().replace("echo hello", "echo Hello"))
    said = run("explain").out
    assert said.startswith("hello is to be built:\n  the phase install changed\n")
    assert said.endswith("\nworld waits: follows from hello\n")
    explanation = shape(run("explain", "--json"))["explanations"][0]
    assert explanation["target"] == "all"
    assert [(step["step"], step["role"], step["because"]) for step in explanation["steps"]] == [
        ("hello", "root cause", []),
        ("world", "follows", ["hello"]),
    ]


def test_why_shows_the_chain(project, run):
    assert run("why", "world", "hello") == (0, "world needs hello (build)\n", "")
    assert run("why", "hello", "world") == (1, "hello does not need world\n", "")
    assert shape(run("why", "world", "hello", "--json")) == {
        "version": 1,
        "chain": [{"step": "world", "scope": "build", "needs": "hello"}],
    }
    assert shape(run("why", "hello", "world", "--json"))["chain"] == []


def test_status_before_any_run(project, run, tmp_path):
    assert run("status").out == (
        f"run     none yet\nsteps   0 up to date, 1 to build, 1 waiting\nstore   {tmp_path}/cache/store\n"
    )
    status = shape(run("status", "--json"))
    assert (status["version"], status["run"], status["targets"], status["stale"]) == (1, None, ["all"], 1)


def test_list_in_words(project, run):
    assert run("list", "groups", "scripts").out == (
        "groups\n  all  2 steps, built by default  Everything\n\n"
        "scripts\n  hello    Says hello\n  world    Says world\n"
    )


def test_list_as_json(project, run):
    listed = shape(run("list", "options", "groups", "--json"))
    assert listed["groups"] == [{"name": "all", "title": "Everything", "members": ["hello", "world"]}]
    assert {"name": "init", "value": "sysv", "choices": ["sysv", "systemd"]} in listed["options"]
    assert set(listed) == {"version", "default", "groups", "options"}


def test_show_a_step_in_words(project, run):
    lines = run("show", "world").out.split("\n")
    assert lines[:4] == [
        "script world  Says world",
        "  declared    recipes/main.lfs:14:8",
        "  runs        in the host context as root",
        "  needs build  hello",
    ]
    assert "\n".join(lines[-3:]) == "install, recipes/main.lfs:18:9\n    echo world > $LFS/etc/world\n"


def test_show_as_json_fits_its_schema(project, run):
    import jsonschema

    from lfsmake.lang.shipped import shipped

    shown = shape(run("show", "world", "--json"))
    assert (shown["version"], shown["step"]["name"]) == (1, "world")
    schema = json.loads((shipped("grammar") / "step.schema.json").read_text())
    jsonschema.validate(shown["step"], schema)


@pytest.mark.parametrize(("name", "kind"), [("all", "group"), ("init", "option")])
def test_other_things_can_be_shown(project, run, name, kind):
    assert shape(run("show", name, "--json"))[kind]["name"] == name
    assert run("show", name).out.startswith(f"{kind} {name}\n")


def test_check_finds_every_problem_at_once(project, run):
    assert run("check") == (0, "lfsmake: 2 steps, no problems\n", "")
    project.main.write_text("script hello {\n    instal: true\n}\nscrip x {\n}\n")
    result = run("check")
    assert (result.code, result.out) == (2, "")
    assert "recipes/main.lfs:2:5: error: " in result.err
    assert "recipes/main.lfs:4:1: error: " in result.err
    problems = shape(run("check", "--json"))["problems"]
    assert [(p["file"], p["line"], p["column"], p["severity"]) for p in problems[:2]] == [
        (str(project.main), 2, 5, "error"),
        (str(project.main), 4, 1, "error"),
    ]


def test_check_of_named_files(project, run, tmp_path):
    other = tmp_path / "other.lfs"
    other.write_text("script x {\n    context host\n    install: true\n}\n")
    assert run("check", "../other.lfs").out == "lfsmake: 1 step, no problems\n"


def test_the_store_is_located_measured_and_collected(project, run, tmp_path):
    store = tmp_path / "cache" / "store"
    assert run("store", "path") == (0, f"{store}\n", "")
    assert run("--store", "mine", "store", "path").out == f"{project.folder}/mine\n"
    assert not (project.folder / "mine").exists()
    used = shape(run("store", "du", "--json"))
    assert (used["version"], used["path"], used["layers"]) == (1, str(store), 0)
    assert run("store", "gc", "-n").out == "lfsmake: would remove 0 things, 0 B\n"
    collected = shape(run("store", "gc", "--json"))
    assert (collected["version"], collected["removed"], collected["things"]) == (1, True, [])
    assert run("store", "verify") == (0, "lfsmake: every layer and source is what its digest says\n", "")


def test_a_store_is_collected_within_a_quota(project, run, tmp_path):
    store = tmp_path / "cache" / "store"
    assert run("store", "gc", "--quota", "4 TB").out.startswith("lfsmake: removed 0 things, 0 B; left are ")
    stray = store / "sources" / ("5" * 64)
    stray.write_bytes(b"x" * 1_000_000)
    assert run("store", "gc", "-n").out == "lfsmake: would remove 0 things, 0 B\n"
    project.config.write_text('recipes = ["recipes"]\n[store]\nquota = "900 kB"\n')
    said = run("store", "gc", "-n").out
    assert said.startswith(f"source     1.0 MB  {stray}\nlfsmake: would remove 1 thing, 1.0 MB; that would leave ")
    collected = shape(run("store", "gc", "--json"))
    assert [thing["path"] for thing in collected["things"]] == [str(stray)]
    assert collected["quota"] == 900_000
    assert collected["left"] < 900_000
    project.main.write_text("nonsense\n")
    assert run("store", "gc").code == 2, "without recipes nobody knows what is needed"


def test_a_quota_that_cannot_be_met_is_said(run):
    found = run("store", "gc", "--quota", "1 B")
    assert found.code == 1
    taken = found.out.rpartition("left are ")[2].strip()
    assert found.err == (
        f"lfsmake: error: the store takes {taken}\nexpected: at most 1 B, its quota\n"
        "hint: the recipes need the layers and sources that are left; `lfsmake store du` says what the rest is\n"
    )
    assert run("store", "gc", "--quota", "much") == (
        2, "", 'lfsmake: error: --quota cannot be "much"\nexpected: a size such as "40 GB"\n'
        "hint: units are B, kB, MB, GB and TB\n",
    )  # fmt: skip


def test_colors_when_asked_and_not_on_pipes(project, run, monkeypatch):
    assert "\x1b" not in run("plan").out
    assert run("plan", "--color=always").out.startswith("\x1b[1;33mbuild     \x1b[0m  hello  never built\n")
    assert run("helo", "--color", "always").err.startswith("\x1b[1mlfsmake:\x1b[0m \x1b[1;31merror:\x1b[0m ")


def test_names_that_are_not_utf8_do_not_end_a_command(project, run, tmp_path):
    folder = tmp_path / "caf\udce9"
    folder.mkdir()
    result = run("-C", str(folder), "-f", "nope.lfs", "check")
    assert result.code == 2
    assert "Traceback" not in result.err


def test_without_a_project_the_shipped_recipes_are_meant(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "toolchain" in run("list", "groups").out
    assert not (Path(tmp_path) / ".lfsmake").exists()
