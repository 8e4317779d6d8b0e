"""`lfsmake check`: findings in recipes and scripts, allowed, mended, exported, explained; and what stops a build."""

import json
from pathlib import Path

import jsonschema
import pytest

pytestmark = pytest.mark.slow

BAD = """\
script bad "Bad" {
    context host
    install:
        rm -rf "$BUILD/tmp"
        make -j
        make check || true
}
"""
SAID = """\
recipes/bad.lfs:4:16: error: where $BUILD is empty, this removes /tmp [unsafe-rm]
          rm -rf "$BUILD/tmp"
                 ^^^^^^^^^^^^
why: where the variable is not set, the path begins at / and what is removed is the host's
hint: write "${NAME:?}/…": the shell stops where it is empty

recipes/bad.lfs:5:14: error: make -j starts any number of jobs [bare-jobs]
          make -j
               ^^
why: make starts as many jobs as it finds work: hundreds of compilers, and no memory left
hint: leave -j out: lfsmake shares its jobs with make; by hand: make -j$(nproc)

recipes/bad.lfs:6:9: warning: || true hides whether tests fail [silenced-test]
          make check || true
          ^^^^^^^^^^
why: the failure that matters is not seen among those that do not
hint: name the tests that are known to fail: fails "TEST" because "…", and run the check plainly

lfsmake: 3 steps, 2 errors, 1 warning; --fix mends 2
"""


@pytest.fixture
def bad(project) -> Path:
    path = project.recipes / "bad.lfs"
    path.write_text(BAD)
    return path


def test_findings_have_place_reason_and_mend(run, bad) -> None:
    assert run("check") == (2, SAID, "")


def test_one_step_or_group_alone(run, bad) -> None:
    assert run("check", "hello").out == "lfsmake: 1 step, no problems\n"
    assert run("check", "all").out == "lfsmake: 2 steps, no problems\n"
    assert run("check", "bad").code == 2
    missing = run("check", "bda")
    assert missing.code == 2
    assert 'there is no file, folder, step or group "bda"' in missing.err
    assert 'did you mean "bad"?' in missing.err


def test_severities_and_ids_choose(run, bad) -> None:
    assert run("check", "--severity", "error").out.endswith("2 errors; 1 warning (--severity warning); --fix mends 2\n")
    assert run("check", "--only", "silenced-test").code == 0
    assert run("check", "--only", "silenced-test", "--strict").code == 2
    assert run("check", "--ignore", "unsafe-rm", "--ignore", "bare-jobs", "-q").out == (
        "recipes/bad.lfs:6:9: warning: || true hides whether tests fail [silenced-test]\n"
    )
    wrong = run("check", "--only", "unsafe-mr")
    assert (wrong.code, 'did you mean "unsafe-rm"?' in wrong.err) == (2, True)


def test_what_is_meant_is_allowed_with_a_reason(run, bad) -> None:
    ids = ("unsafe-rm", "bare-jobs", "silenced-test")
    allows = "".join(f'    allow {rule} because "tests"\n' for rule in ids)
    bad.write_text(BAD.replace("    context host\n", "    context host\n" + allows))
    assert run("check") == (0, "lfsmake: 3 steps, no problems\n", "")
    bad.write_text('script bad {\n    allow unsafe-rm because "tests"\n    install: make\n}\n')
    found = run("check", "--severity", "note")
    assert "note: unsafe-rm is allowed in bad, where nothing of it is found [needless-allow]\n" in found.out
    assert found.code == 0


def test_safe_mends_are_shown_then_made(run, bad) -> None:
    shown = run("check", "--fix", "-n")
    assert '-        rm -rf "$BUILD/tmp"\n-        make -j\n+        rm -rf "${BUILD:?}/tmp"\n' in shown.out
    assert bad.read_text() == BAD
    done = run("check", "--fix")
    assert done.out.startswith("lfsmake: 2 findings mended in 1 file\n")
    assert done.code == 0
    assert bad.read_text() == BAD.replace('"$BUILD/tmp"', '"${BUILD:?}/tmp"').replace(
        "make -j\n", 'make -j"$(nproc)"\n'
    )
    assert run("check", "--fix").out.endswith("lfsmake: 3 steps, 1 warning\n")


def test_json_and_sarif_have_them_all(run, bad, tmp_path) -> None:
    told = json.loads(run("check", "--json").out)
    assert (told["version"], told["steps"], told["scripts"], told["problems"]) == (1, 3, 0, [])
    first = told["findings"][0]
    assert (first["rule"], first["subject"], first["line"], first["fixable"]) == ("unsafe-rm", "bad", 4, True)
    assert run("check", "--sarif", str(tmp_path / "out.sarif")).code == 2
    log = json.loads((tmp_path / "out.sarif").read_text())
    assert json.loads(run("check", "--sarif", "-").out) == log
    (made,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert {rule["id"] for rule in made["tool"]["driver"]["rules"]} == {"unsafe-rm", "bare-jobs", "silenced-test"}
    result = made["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "recipes/bad.lfs", "uriBaseId": "ROOT"}
    assert place["region"] == {"startLine": 4, "startColumn": 16, "endLine": 4, "endColumn": 28}
    jsonschema.validate(log, SARIF)


# What SARIF 2.1.0 asks of what is written here.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "runs": {
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "results": {
                        "items": {
                            "required": ["message"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "message": {"required": ["text"]},
                            },
                        }
                    }
                },
            }
        }
    },
}


def test_every_finding_is_explained(run, project) -> None:
    listed = run("check", "--explain", "all").out.splitlines()
    assert any(line.startswith("unsafe-rm ") for line in listed)
    told = run("check", "--explain", "unsafe-rm").out
    assert told.startswith("unsafe-rm (error): a deletion whose path begins with a variable that may be empty\n\nwhy: ")
    assert '\nbad:\n    rm -rf "$BUILD/tmp"\n' in told


def test_a_folder_of_scripts_is_judged(run, project) -> None:
    folder = project.folder / "scripts"
    folder.mkdir()
    (folder / "01-m4.sh").write_text(
        "#!/bin/bash\ntar xf m4-1.4.19.tar.xz\ncd m4-1.4.19\n./configure\nmake\nmake install\n"
    )
    done = run("check", "scripts")
    assert done.code == 0
    assert (
        "scripts/01-m4.sh:1:1: warning: 4 commands that build may fail, and the script goes on [no-errexit]" in done.out
    )
    assert done.out.endswith("lfsmake: 1 script, 2 warnings; 1 note (--severity note)\n"), done.out
    assert run("check", "scripts", "--sources", "recipes").out.count("[missing-source]") == 1
    assert "m4-1.4.19.tar.xz is not in " in run("check", "scripts", "--sources", "recipes").out
    one = run("check", "scripts/01-m4.sh")
    assert one.out.endswith("lfsmake: 1 script, 2 warnings; 1 note (--severity note)\n")
    run("check", "--fix", "scripts")
    assert (folder / "01-m4.sh").stat().st_mode & 0o111


def test_hooks_of_the_project_are_asked(run, project) -> None:
    hook = project.folder / "hook.sh"
    hook.write_text(
        '#!/bin/sh\necho \'{"findings": [{"id": "no", "severity": "error", "message": "no", "subject": "hello"}]}\'\n'
    )
    hook.chmod(0o755)
    project.config.write_text(project.config.read_text() + '[[check.hook]]\nname = "us"\ncommand = ["./hook.sh"]\n')
    done = run("check")
    assert done.code == 2
    assert "recipes/main.lfs:7:8: error: no [us/no]\n" in done.out
    assert run("check", "--ignore", "us/no").code == 0


def test_what_could_hurt_the_machine_stops_a_build_before_it_begins(run, bad) -> None:
    done = run("bad")
    assert done.code == 2
    assert done.err == (
        "recipes/bad.lfs:4:16: error: where $BUILD is empty, this removes /tmp [unsafe-rm]\n"
        '          rm -rf "$BUILD/tmp"\n'
        "                 ^^^^^^^^^^^^\n"
        'hint: write "${NAME:?}/…": the shell stops where it is empty; if it is meant: allow unsafe-rm because "…"\n'
    )
    assert not (bad.parent.parent / ".lfsmake" / "runs").exists()
    bad.chmod(0o666)
    assert "everybody may write here [world-writable]" in run("hello").err
