"""The binds that a step has, together: a writable sources folder, archives in it, scripts below /run, covered tools."""

import os

import pytest


@pytest.fixture(params=["host", "target"])
def in_context(request, tiny_root):
    def changes(account):
        if request.param == "target":
            return tiny_root(account) | {"prefix": ""}
        return {"binds": (), "prefix": "/mnt/lfs"}

    return changes


def test_sources_archives_and_scripts_are_where_they_belong(account, in_context):
    changes = in_context(account)
    prefix = changes.pop("prefix")
    sources, control, scratch = (account.mkdir(name) for name in ("given", "control", "scratch"))
    account.write(sources / "m4.tar")  # what the archive is bound over
    archive = account.write(account.mkdir("store") / "0123abcd", "the archive\n")
    account.write(control / "build.sh", f"cd {prefix}/sources && cat m4.tar && echo made >made && echo x >m4.tar")
    binds = (
        *changes.pop("binds"),
        (str(sources), f"{prefix}/sources", False),
        (str(archive), f"{prefix}/sources/m4.tar", True),
        (str(scratch), "/tmp", False),
        (str(control), "/run/lfsmake", False),
    )
    mountpoints = ("dev", "proc", "run", "sys", "tmp", "sources", *changes.pop("mountpoints", ()))
    result = account.run("sh /run/lfsmake/build.sh", binds=binds, mountpoints=mountpoints, **changes)
    assert (result.error, result.out) == ("", "the archive\n")
    assert "Read-only file system" in result.err
    assert sorted(os.listdir(sources)) == ["m4.tar", "made"]
    assert archive.read_text() == "the archive\n"
    assert os.listdir(account.folder / "upper") == []


def test_a_host_s_tool_can_be_covered_by_another(account):
    tool = account.write(account.folder / "tool", "#!/bin/sh\necho covered\n")
    tool.chmod(0o755)
    assert account.run("env", binds=((str(tool), "/usr/bin/env", True),)).out == "covered\n"


def test_a_covered_tool_that_is_a_link_covers_what_it_leads_to(account):
    tool = account.write(account.folder / "tool", "#!/bin/sh\necho covered\n")
    tool.chmod(0o755)
    account.write(account.mkdir("lower/bin") / "real", "#!/bin/sh\necho real\n").chmod(0o755)
    (account.folder / "lower/bin/link").symlink_to("/mnt/lfs/bin/real")
    result = account.run("bin/link; bin/real", binds=((str(tool), "/mnt/lfs/bin/link", True),))
    assert result.out == "covered\ncovered\n"
