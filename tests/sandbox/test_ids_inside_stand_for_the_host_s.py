"""Which ids there are inside, from subuid(5) files, and commands run with them."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.sandbox.ids import parse_subordinate

NAMES = st.sampled_from(["builder", "1001", "other", "builder2"])
RANGES = st.lists(st.tuples(NAMES, st.integers(100_000, 1_000_000), st.integers(0, 70_000)))


@given(RANGES)
def test_ranges_lie_end_to_end_from_one_on(ranges):
    text = "".join(f"{owner}:{first}:{count}\n" for owner, first, count in ranges)
    extents = parse_subordinate(text, "builder", 1001)
    mine = [(first, count) for owner, first, count in ranges if owner in ("builder", "1001") and count]
    assert [(first, count) for _, first, count in extents] == mine
    inside = 1
    for start, _, count in extents:
        assert start == inside
        inside += count


@given(st.text())
def test_any_text_at_all_is_read(text):
    parse_subordinate(text, "builder", 1001)


def test_lines_that_are_not_ranges_are_skipped():
    text = "# builder:1:1\n\nbuilder\nbuilder:1\nbuilder:x:5\nbuilder:5:\nbuilder:7:-1\n  builder:100:10  \n"
    assert parse_subordinate(text, "builder", 1001) == ((1, 100, 10),)


SCRIPT = """
import json, sys
from lfsmake.sandbox import Ways, run_mapped
from lfsmake.model.errors import SandboxError
ways = Ways(*json.loads(sys.argv[1]))
try:
    done = run_mapped(sys.argv[3:], stdin=b"given", cwd=sys.argv[2], ways=ways)
    print(json.dumps([done.returncode, done.stdout.decode(), done.stderr.decode(), done.args]))
except SandboxError as error:
    print(json.dumps(str(error)))
"""


def mapped(account, *argv):
    """run_mapped as that account."""
    done = account.python_run(["-c", SCRIPT, json.dumps(account.ways), str(account.folder), *argv])
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_a_mapped_command_is_root_inside_and_gets_its_input(account):
    argv = ["/bin/sh", "-c", "id -u; id -g; cat; pwd >&2; exit 3"]
    assert mapped(account, *argv) == [3, "0\n0\ngiven", f"{account.folder}\n", argv]


def test_a_mapped_command_sees_the_owners_that_the_sandbox_saw(account):
    account.run("echo >file" + (" && chown 5:6 file" if account.kind != "single" else ""))
    (_, out, _, _) = mapped(account, "stat", "-c", "%u:%g", "upper/file")
    assert out == ("0:0\n" if account.kind == "single" else "5:6\n")


def test_a_mapped_command_that_does_not_exist_is_an_error(account):
    if account.kind == "root":
        pytest.skip("a plain run, with Python's own FileNotFoundError")
    assert mapped(account, "/no/such/program") == "executing /no/such/program: ENOENT"


def test_a_big_answer_comes_back_whole(account):
    (_, out, _, _) = mapped(account, account.python, "-c", "print('x' * 1_000_000)")
    assert len(out) == 1_000_001


def test_root_of_a_namespace_with_one_id_has_one_id(tmp_path):
    code = "from lfsmake.sandbox.ids import ids_here; print(ids_here())"
    here = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    alone = subprocess.run(
        ["unshare", "--map-root-user", sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    if alone.returncode:
        pytest.skip(f"no user namespaces here: {alone.stderr.strip()}")
    assert alone.stdout == "1\n"
    assert here.stdout == "0\n" or int(here.stdout) > 1
