"""A full disk is an error with the path, the room left and the cure, and leaves nothing half-written."""

from collections.abc import Callable
from pathlib import Path

InPrivateMounts = Callable[[str], str]

HEAD = """
import hashlib, os, subprocess, sys
from pathlib import Path
from lfsmake.model.errors import DiskFullError, LfsmakeError
from lfsmake.model.plan import Trace
from lfsmake.store import programs, tree
from lfsmake.store.layers import Captured
from lfsmake.store.store import Store

where = Path({where!r})
subprocess.run(["mount", "-t", "tmpfs", "-o", "size={size}", "none", str(where)], check=True)

def fill(leave=0):
    "Use all the room there is but so many bytes."
    path = where / "ballast"
    with path.open("ab", buffering=0) as file:
        block = bytes(4096)
        try:
            while True:
                file.write(block)
        except OSError:
            pass
        file.truncate(max(0, file.tell() - leave))

def run(request):
    done = subprocess.run(request.argv, input=request.stdin, capture_output=True)
    return programs.Answer(done.returncode, done.stdout, done.stderr)

def trace(key, size=10):
    return Trace(key, "s", "0" * 64, "", 0.0, 1.0, 0.0, 0, 0, "", {{"f": {{"n": "x" * size}}}})

def said(action):
    try:
        action()
    except DiskFullError as failure:
        print(type(failure).__name__, failure, failure.hint, sep="; ")
    else:
        print("no error")
"""
CURE = "free some space there, or run `lfsmake store gc` to remove layers that nothing needs"


def test_a_trace_that_does_not_fit_is_not_recorded(tmp_path: Path, in_private_mounts: InPrivateMounts) -> None:
    out = in_private_mounts(HEAD.format(where=str(tmp_path), size="4m") + """
store = Store.open(where / "s")
store.record(trace("before"))
fill()
said(lambda: store.record(trace("after", 3_000_000)))
store.close()
(where / "ballast").unlink()
print(sorted(store.summaries()), [n for n in os.listdir(store.path) if n.endswith(".tmp")])
store.record(trace("after"))
print(sorted(store.summaries()))
""")
    first, *rest = out.splitlines()
    assert first.startswith(f"DiskFullError; no space left while writing {tmp_path}/s/")
    assert first.endswith(f" free); {CURE}")
    assert rest == ["['before'] []", "['after', 'before']"]


def test_a_store_that_cannot_be_made_says_so(tmp_path: Path, in_private_mounts: InPrivateMounts) -> None:
    out = in_private_mounts(HEAD.format(where=str(tmp_path), size="64k") + """
fill()
said(lambda: Store.open(where / "s"))
(where / "ballast").unlink()
Store.open(where / "s").close()
print("made")
""")
    path = tmp_path / "s"
    assert out == f"DiskFullError; no space left while writing {path} (0 bytes free); {CURE}\nmade\n"


def test_a_layer_whose_manifest_does_not_fit_is_not_captured(
    tmp_path: Path, in_private_mounts: InPrivateMounts
) -> None:
    out = in_private_mounts(HEAD.format(where=str(tmp_path), size="4m") + """
store = Store.open(where / "s")
work = store.new_work("step")
(work / "upper").mkdir()
for number in range(400):
    (work / "upper" / f"{number:0100}").touch()
fill()
request = programs.capture(work / "upper", work / "manifest")
said(lambda: programs.captured(run(request), work / "upper", work / "manifest"))
print(sorted(os.listdir(work)), store.layer_digests())
(where / "ballast").unlink()
captured = programs.captured(run(request), work / "upper", work / "manifest")
store.add_layer(work / "upper", captured)
print(store.layer_digests() == {captured.digest})
""")
    first, *rest = out.splitlines()
    assert first.startswith(f"DiskFullError; no space left while writing {tmp_path}/s/work/step.")
    assert first.endswith(f"(0 bytes free); {CURE}")
    assert rest == ["['.lock', 'upper'] set()", "True"]


def test_an_export_that_does_not_fit_leaves_no_destination(
    tmp_path: Path, in_private_mounts: InPrivateMounts
) -> None:
    out = in_private_mounts(HEAD.format(where=str(tmp_path), size="2m") + """
layer = where / "layer"
for name in ("a", "b/c", "d"):
    (layer / name).parent.mkdir(parents=True, exist_ok=True)
    (layer / name).write_bytes(os.urandom(300_000))
fill(500_000)
(where / "empty").mkdir()
for name in ("new", "empty"):
    request = programs.merge([layer], where / name)
    said(lambda: programs.merged(run(request), where / name))
    print(sorted(os.listdir(where)), os.listdir(where / "empty"))
""")
    new, after, empty, after_empty = out.splitlines()
    assert new.startswith(f"DiskFullError; no space left while writing {tmp_path}/new ")
    assert empty.startswith(f"DiskFullError; no space left while writing {tmp_path}/empty ")
    assert after == after_empty == "['ballast', 'empty', 'layer'] []"


def test_digests_of_files_that_cannot_be_kept_are_still_told(
    tmp_path: Path, in_private_mounts: InPrivateMounts
) -> None:
    out = in_private_mounts(HEAD.format(where=str(tmp_path), size="1m") + """
import time
now = time.time
time.time = lambda: now() + 3600
store = Store.open(where / "s")
store.generation()
fill()
path = Path(tree.__file__)
print(store.file_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest())
said(store.flush)
(where / "ballast").unlink()
store.close()
""")
    first, second = out.splitlines()
    assert first == "True"
    assert second.startswith(f"DiskFullError; no space left while writing {tmp_path}/s/traces.sqlite ")
