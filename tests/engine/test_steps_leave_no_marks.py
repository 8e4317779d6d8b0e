"""Small things a step can do that must not confuse its log, its key or the run."""

import pytest

from .conftest import Sandboxed


def one(body: str, *more: str, name: str = "s") -> str:
    lines = "".join(f"    {line}\n" for line in ("context host", *more))
    text = "".join(f"        {line}\n" for line in body.splitlines())
    return f"script {name} {{\n{lines}    install:\n{text}}}\n"


def log(project: Sandboxed, step: str = "s") -> str:
    return project.run("log", step).stdout


def test_writing_to_dev_stderr_keeps_the_log(project: Sandboxed) -> None:
    project.recipe(one("echo first\necho second > /dev/stderr\necho third"))
    project.run("s")
    assert log(project).endswith("first\nsecond\nthird\n")


def test_a_file_is_put_in_place_without_an_install_phase(project: Sandboxed) -> None:
    project.recipe("script s {\n    context host\n    build: true\n    file /etc/motd:\n        hello\n}\n")
    project.run("s")
    project.run("export", "s", "tree")
    assert (project.folder / "tree/etc/motd").read_text(encoding="utf-8") == "hello\n"


def test_a_renamed_step_is_the_same_step(project: Sandboxed) -> None:
    project.recipe(one("pwd > $LFS/where"))
    project.run("s")
    project.recipe(one("pwd > $LFS/where", name="renamed"))
    assert project.states() == {"renamed": "up-to-date"}


def test_an_unpacked_source_is_not_one_that_lies_beside(project: Sandboxed) -> None:
    project.tarball("foo-1.0", {"file": "x\n"})
    resource = 'resource foo 1.0 {\n    source "foo-1.0.tar.gz"\n}\n'
    install = "    context host\n    install: cp -r . $LFS/all\n}\n"
    project.recipe(resource + "script z {\n    with foo\n" + install)
    project.run("z")
    project.recipe(resource + "package z 1.0 from foo {\n" + install)
    assert project.states() == {"z": "build"}


@pytest.mark.parametrize("use", ["", "    echo $flavour\n"])
def test_a_fact_that_only_the_check_uses_concerns_only_the_check(project: Sandboxed, use: str) -> None:
    text = (
        "option flavour = a|b\nscript s {{\n    context host\n    tests critical\n    install: touch $LFS/s\n"
        "    check:\n        true\n    {use}}}\n"
    )
    project.recipe(text.format(use=use))
    project.run("s")
    key = project.plan("s")["s"]["key"]
    assert project.plan("--set", "flavour=b", "s")["s"]["key"] == key
    project.recipe(text.replace("        true\n", "        echo $flavour\n").format(use=use))
    changed = project.plan("s")["s"]
    assert (changed["key"], changed["state"]) == (key, "build")
    assert [reason["kind"] for reason in changed["reasons"]] == ["check-not-run"]


def test_an_alias_is_part_of_what_the_host_is(project: Sandboxed) -> None:
    host = 'host tools {\n    tool bash package "bash"\n}\n'
    step = one("sh -c 'echo $0' > $LFS/s", "needs build tools")
    project.recipe(host + step)
    project.run("s")
    project.recipe(host.replace("}\n", "    alias sh bash\n}\n") + step)
    assert project.states() == {"s": "build"}


def test_a_folder_that_is_not_utf8_and_one_that_is_gone(project: Sandboxed) -> None:
    project.recipe(
        "script s {\n    context host\n"
        "    prepare:\n        mkdir $'d\\xe9'\n        cd $'d\\xe9'\n"
        "    build:\n        touch here\n        mkdir gone\n        cd gone\n        rmdir ../gone\n"
        "    install: touch $LFS/s\n}\n"
    )
    project.run("s")
    assert project.outcomes() == {"s": "built"}


def test_an_archive_with_a_colon_in_its_name(project: Sandboxed) -> None:
    project.tarball("foo-1.0", {"file": "x\n"}).rename(project.recipes / "ho:foo-1.0.tar.gz")
    project.recipe(
        'package foo 1.0 {\n    context host\n    source "./ho:foo-1.0.tar.gz"\n    install: cp file $LFS/file\n}\n'
    )
    project.run("foo")
    assert project.outcomes() == {"foo": "built"}


def test_a_jobserver_filled_to_the_brim_by_a_step(project: Sandboxed) -> None:
    project.recipe(
        one(
            'fd=${MAKEFLAGS##*,}\npython3 - "$fd" <<EOF\nimport os, sys\n'
            "fd = int(sys.argv[1])\nos.set_blocking(fd, False)\n"
            "try:\n    while os.write(fd, b'+' * 65536): pass\nexcept BlockingIOError: pass\nEOF\ntouch $LFS/s"
        )
        + one("touch $LFS/t", name="t")
    )
    project.run("-j2")
    assert project.outcomes() == {"s": "built", "t": "built"}


def test_two_steps_with_one_key_are_built_once(project: Sandboxed) -> None:
    project.recipe(
        one("touch $LFS/same") + one("touch $LFS/same", name="t") + one("cat $LFS/same", "needs build s t", name="u")
    )
    project.run("-j2")
    found = project.outcomes()
    assert (found.pop("u"), sorted(found.values())) == ("built", ["built", "up-to-date"])  # whoever comes first


def test_a_damaged_layer_is_mended_by_building_it_again(project: Sandboxed) -> None:
    project.recipe(one("echo right > $LFS/s"))
    project.run("s")
    (layer,) = (project.store / "layers").iterdir()
    (layer / "s").write_text("wrong\n", encoding="utf-8")
    assert "lfsmake --rebuild s s" in project.run("store", "verify", code=1).stderr
    project.run("--rebuild", "s")
    project.run("store", "verify")


def test_a_damaged_source_in_the_store_is_not_used(project: Sandboxed) -> None:
    archive = project.tarball("foo-1.0", {"file": "x\n"})
    import hashlib

    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    moved = archive.rename(project.folder / archive.name)
    source = f'    source "file:{moved}"\n    sha256 {digest}\n'
    project.recipe(f"package foo 1.0 {{\n    context host\n{source}    install: cp file $LFS/f\n}}\n")
    project.run("foo")
    kept = project.store / "sources" / digest
    if not kept.exists():
        pytest.skip("files of this machine are used where they lie")
    kept.chmod(0o644)
    kept.write_bytes(b"other")
    assert "foo-1.0.tar.gz is damaged in the store" in project.run("--rebuild", "foo", code=4).stderr
