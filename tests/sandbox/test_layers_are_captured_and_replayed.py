"""What a command changes is found in the upper folder, and that folder used as a layer changes the same."""

import os
import stat

import pytest


@pytest.fixture(params=[True, False], ids=["fsconfig", "mount"])
def append_lowers(request):
    if request.param and tuple(map(int, os.uname().release.split("-")[0].split(".")[:2])) < (6, 5):
        pytest.skip("this kernel has no lowerdir+")
    return request.param


def test_deleted_files_and_replaced_folders_are_captured_and_replayed(account, append_lowers):
    lower = account.mkdir("lower")
    account.write(lower / "kept", "kept\n")
    account.write(lower / "deleted", "deleted\n")
    account.write(account.mkdir("lower/replaced") / "old", "old\n")
    account.write(account.mkdir("lower/removed") / "old", "old\n")

    first = account.run(
        "rm deleted && rm -r removed replaced && mkdir replaced && echo new >replaced/new && echo more >>kept",
        append_lowers=append_lowers,
    )

    assert (first.error, first.err, first.status) == ("", "", 0)
    upper = account.folder / "upper"
    assert sorted(os.listdir(upper)) == ["deleted", "kept", "removed", "replaced"]
    for name in ("deleted", "removed"):
        whiteout = os.lstat(upper / name)
        assert stat.S_ISCHR(whiteout.st_mode)
        assert whiteout.st_rdev == 0
    assert os.listdir(upper / "replaced") == ["new"]
    assert os.getxattr(upper / "replaced", "user.overlay.opaque") == b"y"
    assert (upper / "kept").read_text() == "kept\nmore\n"

    account.mkdir("upper2")
    account.mkdir("work2")
    second = account.run(
        "find . -type f | sort; cat kept",
        lowers=(str(lower), str(upper)),
        upper=str(account.folder / "upper2"),
        work=str(account.folder / "work2"),
        append_lowers=append_lowers,
    )
    assert second.out == "./kept\n./replaced/new\nkept\nmore\n"
    assert os.listdir(account.folder / "upper2") == []


def test_a_later_phase_goes_on_where_an_earlier_one_ended(account):
    first = account.run("echo one >one; chmod 750 one")
    second = account.run("cat one; echo two >two; rm one")
    third = account.run("ls")
    assert (first.status, second.out, third.out) == (0, "one\n", "sources\ntwo\n")
    assert os.listdir(account.folder / "upper") == ["two"], "a file that no layer below has leaves no whiteout"


def test_a_renamed_folder_of_a_lower_layer_is_copied_not_redirected(account):
    account.write(account.mkdir("lower/before") / "file", "text")
    assert account.run("mv before after").status == 0
    after = account.folder / "upper/after"
    assert (after / "file").read_text() == "text"
    assert "user.overlay.redirect" not in os.listxattr(after)


def test_mount_points_never_enter_the_upper_folder(account):
    given = account.mkdir("given")
    result = account.run(
        "touch sources/made && ls -d dev sources",
        mountpoints=("sources", "dev"),
        binds=((str(given), "/mnt/lfs/sources", False),),
    )
    assert result.out == "dev\nsources\n"
    assert os.listdir(given) == ["made"]
    assert os.listdir(account.folder / "upper") == []


def test_files_belong_to_id_zero_inside_whoever_makes_them(account):
    result = account.run("echo >root-made; ls -n root-made")
    assert result.out.split()[2:4] == ["0", "0"]
    result = account.run("echo >user-made; ls -n user-made", user=1000)
    assert result.out.split()[2:4] == ["1000", "1000"]
    for name in ("root-made", "user-made"):
        assert (account.folder / "upper" / name).stat().st_uid == account.uid


def test_other_owners_are_kept_where_there_are_ids_for_them(account):
    result = account.run("echo >file && chown 5:6 file && ls -n file")
    if account.kind == "single":
        assert result.status != 0
        assert "Invalid argument" in result.err
    else:
        assert result.out.split()[2:4] == ["5", "6"]
        inside = account.run("ls -n file", lowers=(str(account.folder / "upper"),), upper=str(account.mkdir("other")))
        assert inside.out.split()[2:4] == ["5", "6"]
