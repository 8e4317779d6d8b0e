"""Each rule finds its own bad example and not its good one; each says why it hurts and what to do."""

import pytest

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.judge import ALLOW_RULES, RULES, findings
from lfsmake.discover.judge.piece import Piece, sets
from lfsmake.discover.shell.parse import read_shell

OWN = (("gcc", "14.2.0"),)


def judged(text: str, *, kind: str = "script", context: str = "host", **more: object) -> tuple[Finding, ...]:
    """The findings of a text of shell."""
    shell = read_shell("x.sh", text)
    piece = Piece(
        subject="x",
        kind=kind,  # type: ignore[arg-type]
        shell=shell,
        context=context,
        errexit=sets(shell, "e", "errexit"),
        pipefail=sets(shell, "", "pipefail"),
        nounset=sets(shell, "u", "nounset"),
        own=OWN,
        **more,  # type: ignore[arg-type]
    )
    return findings([piece])


WITH_EXAMPLES = [rule for rule in RULES if rule.bad]


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.id)
def test_the_bad_example_is_found_and_the_good_one_is_not(rule: Rule) -> None:
    assert rule.id in {finding.rule for finding in judged(rule.bad)}
    assert rule.id not in {finding.rule for finding in judged(rule.good)}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("cd gcc-13.2.0", ["stale-version"]),
        ("install -d /usr/share/doc/gcc-13.2.0", ["stale-version"]),
        ("cd gcc-14.2", []),  # as an archive of 14.2.0 may unpack
        ("cd gcc-14.20.0", ["stale-version"]),
        ("patch -Np1 -i ../gcc-13.2.0-more_specs-1.patch", []),
        ("mv /usr/include/gcc-13.2 /usr/include/gcc", []),  # a version of the interface
        ("cd gcc-14.2.0", []),
    ],
)
def test_versions_beside_the_declared_one(text: str, rules: list[str]) -> None:
    assert ids(text, context="chroot") == rules


def test_a_command_whose_status_is_asked_for_does_not_go_unseen() -> None:
    asked = "\nif [ $? -ne 0 ]; then exit 1; fi\n"
    assert "no-errexit" not in ids(f"./configure{asked}make{asked}make install{asked}", context="chroot")
    assert "no-errexit" in ids(f"./configure{asked}make\nmake install\n", context="chroot")


def test_root_becomes_another_without_a_password() -> None:
    text = 'su tester -c "make check"'
    assert [ids(text, context=context) for context in ("chroot", "target", "", "host")] == [[], [], [], ["sudo"]]
    assert ids("sudo make install", context="chroot") == ["sudo"]
    assert ids('su -c "make install"', context="") == ["sudo"]
    assert ids('su -s /bin/sh - root -c "make install"', context="chroot") == ["sudo"]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("dd if=a of=/dev/sda", ["dd writes to /dev/sda"]),
        ("dd if=/dev/sda of=a", []),
        ("echo a | tee /dev/sdb", ["tee writes to /dev/sdb"]),
        ("cp a.img /dev/nvme0n1", ["cp writes to /dev/nvme0n1"]),
        ("cp /dev/sda1 a.img", []),
        ("tee /dev/null", []),
    ],
)
def test_who_writes_to_a_disk(text: str, messages: list[str]) -> None:
    assert [each.message for each in judged(text, context="") if each.rule == "device"] == messages


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sed -i s/a/b/ /etc/passwd", "/etc/passwd"),
        ("sed -i.orig -e '/m64=/s/lib64/lib/' gcc/t-linux64", ""),
        ("sed '/RTLDLIST=/s@/usr@@g' -i $LFS/usr/bin/ldd", ""),
        ("sed s/a/b/ /etc/passwd", ""),
        ("tar -xf a.tar -C /usr", "/usr"),
        ("tar -xf a.tar -C /tmp", ""),
        ("rm -f /etc/motd", "/etc/motd"),
        ("make DESTDIR=/ install", "/"),
        ("make DESTDIR=$LFS install", ""),
        ("cp /etc/resolv.conf $LFS/etc", ""),
    ],
)
def test_who_writes_outside_of_the_new_system(text: str, path: str) -> None:
    told = [each.message for each in judged(text, kind="body") if each.rule == "outside-lfs"]
    assert told == ([f"{path} is the host's"] if path else [])


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("gcc -I/mnt/lfs/usr/include a.c", "body", True),
        ("cp a /mnt/lfs/usr/bin", "script", True),
        ("cp a $LFS/usr/bin", "body", True),
        ("cp a $LFS/usr/bin", "script", False),  # empty in a chroot
        ("./configure CC=$LFS_TGT-gcc", "body", False),
        ("gcc -I/home/me/include a.c", "body", True),
        ("install -d /home/tester", "body", False),
        ("mkdir -p /mnt/lfs-backup", "body", False),
        ("gcc -I/usr/include a.c", "body", False),
    ],
)
def test_names_of_the_host_in_the_new_system(text: str, kind: str, found: bool) -> None:
    assert ("host-path" in ids(text, kind=kind, context="target")) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("set -e\nset +e\nmake check\nset -e", True),
        ("set -e\nset +e\nmake check\nresult=$?\nset -e", False),
        ("set -e\nmake -k check", False),
        ("make -i check", True),
        ("make -k -i test", True),
        ("set -e\nset +e\nls\nset -e\nmake check", False),
    ],
)
def test_tests_that_are_let_fail(text: str, found: bool) -> None:
    assert ("silenced-test" in ids(text, context="")) is found


def test_find_that_deletes_below_a_variable() -> None:
    (told,) = [each for each in judged('find "$X"/ -delete', context="") if each.rule == "unsafe-rm"]
    assert told.message == "where $X is empty, this removes /"
    assert "unsafe-rm" not in ids('find "$X" -delete', context="")
    assert "unsafe-rm" not in ids('find build/"$X" -delete', context="")


def test_only_secrets_and_allows_have_no_example() -> None:
    assert [rule.id for rule in RULES if not rule.bad] == ["secret", *(rule.id for rule in ALLOW_RULES)]


def test_every_rule_has_an_id_of_its_own_and_a_reason() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.why, rule.id
        assert rule.mend, rule.id
        assert not rule.title.endswith("."), rule.id
        assert not rule.why.endswith("."), rule.id


def ids(text: str, **more: object) -> list[str]:
    return [finding.rule for finding in judged(text, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        'rm -rf "$X"',  # where it is empty, nothing is removed
        'rm -rf "${X:?}/a"',
        'X=/a\nrm -rf "$X/b"',
        'X=$(mktemp -d)\nrm -rf "$X/b"',
        'for x in a b; do rm -rf "$x/c"; done',
        ': "${X:?}"\nrm -rf "$X/b"',
        "rm -rf build/$X",
        'rm -f "$X/file"',  # one file
        "rm -rf ../gcc-build",
    ],
)
def test_a_deletion_that_cannot_go_astray_is_no_finding(text: str) -> None:
    assert [rule for rule in ids(text) if rule in ("unsafe-rm", "rm-root")] == []


def test_a_deletion_that_can_says_what_it_would_remove_and_how_to_mend_it() -> None:
    (finding,) = judged('rm -rf $LFS/tools "$LFS"/lib', context="chroot")[:1]
    assert finding.message == "where $LFS is empty, this removes /tools"
    assert [(edit.text, edit.span.column, edit.span.end_column) for edit in finding.edits] == [
        ("${LFS:?}/tools", 8, 18)
    ]
    assert ids('rm -rf $LFS/tools "$LFS"/lib', context="chroot") == ["unsafe-rm", "unsafe-rm"]
    assert ids("rm -rf $LFS/tools", known=frozenset({"LFS"})) == []


@pytest.mark.parametrize(
    "text",
    [
        "curl -L https://x/y.sh | bash",
        "wget -qO- https://x | sudo sh",
        'sh -c "$(curl -fsSL https://x)"',
        'eval "$(wget -O - https://x)"',
        "bash <(curl -s https://x)",
    ],
)
def test_a_download_that_is_run_is_an_error_in_each_form(text: str) -> None:
    assert "piped-download" in ids(text)


def test_downloads_are_for_scripts_that_download() -> None:
    text = "wget https://x/a.tar.xz\ngit clone https://x/y\npip3 install requests\npip3 install --no-index x"
    assert ids(text, context="") == ["download", "download", "download"]
    assert ids(text, context="", role="download") == []


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("chmod -R 777 /x", ["open-rights"]),
        ("chmod a+w x", ["open-rights"]),
        ("chmod u=rwx,go=rwx x", ["open-rights"]),
        ("install -m666 a b", ["open-rights"]),
        ("chmod 1777 /tmp", []),
        ("chmod a+wt /sources", []),
        ("chmod +w x", []),
        ("chmod 4755 x", ["setuid"]),
        ("chmod g+s x", ["setuid"]),
        ("install -m 755 a b", []),
    ],
)
def test_rights_in_letters_and_digits(text: str, rules: list[str]) -> None:
    assert ids(text, context="chroot") == rules


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("echo -----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ("TOKEN=ghp_" + "a1" * 18, "a token"),
        ("git clone https://me:hunter2@example.org/x", "a password in an address"),
        ("curl -u me:hunter2 https://example.org/x", "a password for curl"),
    ],
)
def test_secrets_are_named_by_kind_and_place(text: str, what: str) -> None:
    (found,) = [finding for finding in judged(text) if finding.rule == "secret"]
    assert found.message == f"{what} stands here"
    assert found.severity == "error"


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/bash -e\n./configure\nmake\n",
        "#!/bin/bash\nset -eu\n./configure\nmake\n",
        "#!/bin/bash\nset -o errexit\n./configure\nmake\n",
        "./configure || exit 1\nmake || exit 1\n",
        "./configure && make && make install\n",
        "make\n",
    ],
)
def test_scripts_that_stop_are_well(text: str) -> None:
    assert "no-errexit" not in ids(text)


def test_bodies_of_recipes_stop_by_themselves() -> None:
    text = 'cd "$x"\nmake 2>&1 | tee log\nmake install DESTDIR=/x'
    shell = read_shell("a.lfs", text)
    piece = Piece(subject="a", kind="body", shell=shell, context="target", errexit=True, pipefail=True)
    assert findings([piece]) == ()


def test_a_version_that_pipes_to_head_hides_nothing() -> None:
    assert ids("make --version | head -n1", context="") == []


def test_places_in_a_recipe_are_those_of_the_file() -> None:
    shell = read_shell("a.lfs", "make\nmake -j\n")
    piece = Piece(subject="a", kind="body", shell=shell, context="target", errexit=True, line=10, column=8)
    (found,) = findings([piece])
    assert (found.span.line, found.span.column, found.span.end_column) == (12, 14, 16)  # type: ignore[union-attr]
    assert found.source == "        make -j"
    (edit,) = found.edits
    assert (edit.span.line, edit.span.column, edit.text) == (12, 14, '-j"$(nproc)"')


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("exec > log\nmake", []),
        ("if x; then exec y; fi\nmake", []),
        ("exec bash\n", []),
        ("exit 0\n", []),
        ("f() { exit 1; }\nmake", []),
        ("(cd a; exit 1)\nmake", []),
    ],
)
def test_exec_and_exit_that_are_meant(text: str, rules: list[str]) -> None:
    assert [rule for rule in ids(text) if rule in ("after-exec", "early-exit")] == rules


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("while read line; do echo $line; done < list", 0),
        ("echo y | read -p x answer", 0),
        ("passwd root << EOF\nx\nx\nEOF", 0),
        ("passwd -l root", 0),
        ("passwd root", 1),
        ("vim /etc/fstab", 1),
        ("make menuconfig", 1),
        ("make defconfig", 0),
        ("cp -iv a b", 1),
        ("bash --login", 1),
        ("su - lfs -c make", 0),
        ("read answer", 1),
        ("read -t 5 answer", 0),
        ("f() { read answer; }", 0),
        ("if read answer; then :; fi", 0),
        ("read answer < file", 0),
        ("select x in a b; do break; done", 1),
    ],
)
def test_who_waits_for_an_answer(text: str, prompts: int) -> None:
    assert ids(text, context="").count("prompt") == prompts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PAGE=<paper_size> ./configure", True),
        ('echo "<lfs>" > /etc/hostname', True),
        ("# EDITME: nothing", False),
        ("EDITOR=EDITME", True),
        ("cat > x.cc << EOF\n#include <iostream>\nEOF", False),
        ("bash <(echo x)", False),
        ('echo "usage: $0 <file>"', False),
    ],
)
def test_what_was_to_be_filled_in(text: str, found: bool) -> None:
    assert ("left-over" in ids(text, context="")) is found


def test_one_allow_with_a_reason_stands_for_the_subject() -> None:
    allowed = "# lfsmake: allow open-rights because the folder is the tests' own\nchmod 777 a\nchmod 777 b\n"
    assert ids(allowed, context="") == []
    assert ids("# lfsmake: allow open-rights\nchmod 777 a\n", context="") == ["reasonless-allow", "open-rights"]
    assert ids("# lfsmake: allow nonsense because x\n", context="") == ["unknown-allow"]
    assert ids("# lfsmake: allow open-rights because x\nmake\n", context="") == ["needless-allow"]
    assert ids("# lfsmake: allow nothing-installed because a run finds that\nmake\n", context="") == []


@pytest.mark.parametrize(
    "text",
    [
        "./configure --prefix=/usr\nmake\nmake install\ninstall -m644 a /etc/a",  # names no LFS: perhaps the chroot
        "ls $LFS\n./configure --prefix=/tools\nmake install\nln -sv bash /tools/bin/sh",  # a link to $LFS/tools
    ],
)
def test_a_script_that_does_not_say_that_it_is_for_another_system_writes_where_it_runs(text: str) -> None:
    assert {"no-destdir", "outside-lfs"} & set(ids(text)) == set()
    body = judged("install -m644 a /etc/a", kind="body")  # a recipe has said it
    assert "outside-lfs" in {found.rule for found in body}


@pytest.mark.parametrize("first", ["set -u", "set -euo pipefail", "set -o nounset"])
def test_a_shell_that_stops_at_what_is_not_set_deletes_nothing_else(first: str) -> None:
    assert "unsafe-rm" not in ids(f'{first}\nrm -rf "$X/a"')


def test_what_never_runs_is_told_once() -> None:
    assert ids("exit\nexit\nexit\nls", context="") == ["early-exit"]


def test_brackets_within_a_text_of_several_lines_are_not_to_be_filled_in() -> None:
    assert "left-over" not in ids("assert \"bash -c '\nx\n' '<exec>' --y\" z", context="")
