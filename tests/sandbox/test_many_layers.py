"""Hundreds of layers, and which of them wins."""

import pytest

from lfsmake.model.errors import SandboxError
from lfsmake.sandbox import start


@pytest.mark.parametrize("append_lowers", [None, False], ids=["as the kernel can", "mount"])
def test_two_hundred_layers_mount_and_the_last_one_wins(account, append_lowers):
    # Long names: neither fsconfig's 255 characters a value nor mount's one page in all would hold them.
    long = "layer-" + "x" * 120
    lowers = []
    for number in range(200):
        lower = account.mkdir(f"{long}/{long}/{number}")
        account.write(lower / f"only-{number}")
        account.write(lower / "shared", f"{number}\n")
        lowers.append(str(lower))
    result = account.run("ls | grep -c only; cat shared", lowers=tuple(lowers), append_lowers=append_lowers)
    assert (result.error, result.out) == ("", "200\n199\n")


def test_no_layers_at_all_is_an_empty_root(me):
    assert me.run("ls", lowers=()).out == "sources\n"


def test_more_layers_than_overlayfs_takes_are_refused(me):
    with pytest.raises(SandboxError) as caught:
        start(me.spec("true", lowers=("/nowhere",) * 500))
    (problem,) = caught.value.problems
    assert problem.message == "a root of 500 layers cannot be mounted"
    assert problem.expected == "at most 499 layers"
    assert problem.hint == "let the step need fewer others, or merge small packages into one"
