"""Reading the machine's apt configuration and making a private one from it."""

from pathlib import Path

import pytest

from lfsmake.sources.aptsources import (
    Entry,
    deb822_entries,
    entry_for,
    machine_entries,
    one_line_entries,
    plain_uri,
    private_configuration,
    private_sources,
    stanzas,
)

DEB822 = """\
# the machine's own
Types: deb deb-src
URIs: http://mirror.example/debian http://other.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Trusted: yes
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc=
# a comment inside
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/one.gpg

Enabled: no
Types: deb
URIs: http://off.example/
Suites: bookworm
Components: main
"""
KEY = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc=\n -----END PGP PUBLIC KEY BLOCK-----"
MAIN = Entry(
    "http://mirror.example/debian",
    ("bookworm", "bookworm-updates"),
    ("main", "contrib"),
    (("Signed-By", KEY),),
)
SECURITY = Entry(
    "http://mirror.example/debian-security",
    ("bookworm-security",),
    ("main",),
    (("Signed-By", "/usr/share/keyrings/one.gpg"),),
)


def test_deb822_entries_are_read_with_their_keys() -> None:
    assert deb822_entries(DEB822) == [MAIN, SECURITY]


def test_one_line_entries_are_read_with_their_keys() -> None:
    text = (
        "# deb http://no.example/ bookworm main\n"
        "deb [arch=amd64 signed-by=/a.gpg,/b.gpg trusted=yes] http://mirror.example/debian bookworm main contrib # x\n"
        "deb-src http://mirror.example/debian bookworm-updates main\n"
        "deb cdrom:[Debian]/ bookworm main\n"
        "nonsense\n"
    )
    assert one_line_entries(text)[:2] == [
        Entry(
            "http://mirror.example/debian",
            ("bookworm",),
            ("main", "contrib"),
            (("Signed-By", "/a.gpg /b.gpg"),),
        ),
        Entry("http://mirror.example/debian", ("bookworm-updates",), ("main",)),
    ]


def test_the_private_entry_is_signed_and_never_trusted() -> None:
    text = private_sources(MAIN, "trixie")
    assert text == (
        "Types: deb-src\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main contrib\n"
        f"Signed-By: {KEY}\n"
    )
    assert stanzas(text)[0]["signed-by"] == KEY


OURS = Entry("http://mirror.example/debian", ("bookworm",), ("main",))
BROWSER = Entry("http://browser.example/linux", ("stable",), ("main",))
DATABASE = Entry("http://database.example/apt", ("bookworm-pgdg",), ("main",))
TESTING = Entry("http://mirror.example/testing", ("trixie",), ("main",))


@pytest.mark.parametrize(
    ("suite", "expected"),
    [
        ("trixie", OURS),
        ("bookworm", OURS),
        ("stable", BROWSER),  # whoever names it is taken at their word
        ("trixie-security", SECURITY),
        ("bookworm-pgdg", DATABASE),
    ],
)
def test_the_archive_of_the_release_is_found_among_others(suite: str, expected: Entry) -> None:
    entries = [BROWSER, DATABASE, SECURITY, OURS]
    assert entry_for(entries, suite, "bookworm") == expected


def test_an_entry_that_names_the_suite_comes_first() -> None:
    assert entry_for([OURS, TESTING], "trixie", "bookworm") == TESTING
    assert entry_for([DATABASE], "trixie", "bookworm") is None


def test_a_list_of_mirrors_gives_its_first(tmp_path: Path) -> None:
    mirrors = tmp_path / "mirrors.txt"
    mirrors.write_text("# ours\n\nhttp://near.example/debian\tpriority:1\nhttp://far.example/debian\n")
    assert plain_uri(f"mirror+file:{mirrors}") == "http://near.example/debian"
    assert plain_uri("http://mirror.example/debian") == "http://mirror.example/debian"


def test_the_private_configuration_refuses_what_is_not_signed(tmp_path: Path) -> None:
    text = private_configuration(tmp_path)
    for line in (
        'Acquire::AllowInsecureRepositories "false";',
        'APT::Get::AllowUnauthenticated "false";',
        f'Dir::State::lists "{tmp_path}/state/lists";',
        "#clear APT::Update::Post-Invoke-Success;",
    ):
        assert line in text


def test_the_machine_s_own_configuration_can_be_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    if shutil.which("apt-config") is None:
        pytest.skip("no apt on this machine")
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "b.sources").write_text(DEB822)
    (parts / "a.list").write_text("deb http://mirror.example/debian bookworm main\n")
    (parts / "c.list.disabled").write_text("deb http://no.example/debian bookworm main\n")
    configuration = tmp_path / "apt.conf"
    configuration.write_text(f'Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "{parts}";\n')
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    assert machine_entries() == [OURS, MAIN, SECURITY]
