"""A download onto a full disk: the error for the user, and no rests that keep it full."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

SCRIPT = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    from lfsmake.model.errors import DiskFullError, Span
    from lfsmake.model.step import Digest, Origin, Resource
    from lfsmake.sources.fetch import ensure
    from lfsmake.sources.lock import LockFile
    from lfsmake.store.store import Store

    folder, url = sys.argv[1:]
    span = Span("base.lfs", 1, 1)
    resource = Resource("t", "1", "t.tar", (Origin(url, (Digest("sha256", "0" * 64),), span),), span)
    store = Store.open(Path(folder) / "store")
    lock = LockFile.load(Path(folder) / "sources.lock")
    try:
        ensure(resource, store, lock, "auto", emit=lambda event: None, cancelled=lambda: False)
    except DiskFullError as error:
        print(error)
        print(error.hint)
    print(sorted(os.listdir(store.path / "sources" / "tmp")))
""")


@pytest.mark.parametrize("announced", [True, False])
def test_a_full_disk_is_named_and_the_partial_file_removed(
    site: Any, tmp_path: Path, announced: bool
) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no unshare: a small file system cannot be mounted")
    content = os.urandom(6 << 20)
    url = site.put(
        "/t.tar", lambda request: request.reply(200, content, announce=None if announced else -1)
    )
    mounted = f'mount -t tmpfs -o size=4m none {tmp_path} || exit 99; exec "$@"'
    unshare = ["unshare", "--mount", "--map-root-user", "sh", "-c", mounted, "sh"]
    if os.geteuid() == 0:
        unshare.remove("--map-root-user")
    answer = subprocess.run(
        [*unshare, sys.executable, "-c", SCRIPT, str(tmp_path), url],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    if answer.returncode in (1, 99) and "Traceback" not in answer.stderr:
        pytest.skip(f"a small file system cannot be mounted here: {answer.stderr.strip()}")
    assert answer.returncode == 0, answer.stderr
    message, hint, left = answer.stdout.splitlines()
    needs = "it needs 6.3 MB" if announced else "it does not fit"
    assert message.startswith(f"no space for t.tar: {needs} at {tmp_path}/store/sources/tmp (")
    assert message.endswith(" free)")
    assert hint == "free some space there, or run `lfsmake store gc` to remove layers that nothing needs"
    assert left == "[]"
