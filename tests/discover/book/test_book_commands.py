"""`lfsmake book import`, `check` and `upgrade` through the command line, on a book of one package."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.cli.main import main
from lfsmake.discover.book.site import shipped_sites
from tests.warm import warm

Run = Callable[..., tuple[int, str, str]]

INDEX = """\
<?xml version="1.0"?>
<!DOCTYPE book PUBLIC "-//OASIS//DTD DocBook XML V4.5//EN" "x" [
  <!ENTITY % general-entities SYSTEM "general.ent">
  %general-entities;
]>
<book>
  <bookinfo><title>A Book</title><subtitle>Version &version;</subtitle></bookinfo>
  <chapter id="chapter-one"><title>Materials</title>
    <sect1 id="ch-materials-packages"><title>All Packages</title>
      <variablelist role="materials">
        <varlistentry>
          <term>Zlib (&zlib-version;) - <token>1 KB</token>:</term>
          <listitem>
            <para>Download: <ulink url="&zlib-url;"/></para>
            <para>MD5 sum: <literal>&zlib-md5;</literal></para>
          </listitem>
        </varlistentry>
      </variablelist>
    </sect1>
  </chapter>
  <chapter id="chapter-two"><title>Tools</title>
    <sect1 id="ch-tools-zlib">
      <sect1info condition="script">
        <productname>zlib</productname><productnumber>&zlib-version;</productnumber><address>&zlib-url;</address>
      </sect1info>
      <title>Zlib-&zlib-version;</title>
      <screen><userinput remap="configure">./configure --prefix=/usr &options;</userinput></screen>
      <screen><userinput remap="make">make</userinput></screen>
      <screen><userinput remap="install">make install</userinput></screen>
    </sect1>
  </chapter>
</book>
"""
ENTITIES = """\
<!ENTITY version "{book}">
<!ENTITY zlib-version "{zlib}">
<!ENTITY zlib-url "https://example.org/zlib-&zlib-version;.tar.gz">
<!ENTITY zlib-md5 "{md5}">
<!ENTITY options "{options}">
"""


def write_book(folder: Path, book: str, zlib: str, options: str) -> Path:
    folder.mkdir()
    (folder / "index.xml").write_text(INDEX, encoding="utf-8")
    md5 = "0" * 31 + zlib[-1]
    text = ENTITIES.format(book=book, zlib=zlib, md5=md5, options=options)
    (folder / "general.ent").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """A command line in a folder with the books `old` and `new`: exit code, output, errors."""
    monkeypatch.setenv("LFSMAKE_CACHE", str(warm(tmp_path / "cache")))
    monkeypatch.setenv("NO_COLOR", "1")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    write_book(work / "old", "1.0", "1.3", "--shared")
    write_book(work / "new", "1.1", "1.4", "--shared --fast")

    def run(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        monkeypatch.chdir(work)  # -C goes elsewhere
        code = main(["book", *words])
        out, err = capfd.readouterr()
        monkeypatch.chdir(work)
        return code, out, err

    return run


FILES = ["host.lfs", "lfsmake.toml", "options.lfs", "resources.lfs", "styles.lfs"]


def test_import(run: Run) -> None:
    code, out, err = run("import", "old", "--to", "lfs")
    assert (code, out, err) == (0, "lfsmake: 1 step of book 1.0, sysv: 6 files written in lfs, 0 as before\n", "")
    assert sorted(path.name for path in Path("lfs").iterdir()) == ["chapter02.lfs", *FILES]
    assert Path("lfs/lfsmake.toml").read_text() == (
        "# What lfsmake builds in this folder and below. `lfsmake list` names targets and options.\n"
        'book = "1.0"\nrecipes = ["."]\ndefault = ["chapter-2"]\n'
    )
    assert run("check", "old", "-C", "lfs")[0] == 2  # the path is below lfs now
    assert run("check", "../old", "-C", "lfs") == (0, "lfsmake: 1 step as in book 1.0, 0 differences declared\n", "")


def test_import_again_writes_nothing_over(run: Run) -> None:
    run("import", "old", "--to", "lfs")
    code, out, _ = run("import", "old", "--to", "lfs")
    assert out == "lfsmake: 1 step of book 1.0, sysv: 0 files written in lfs, 5 as before\nkept: lfsmake.toml\n"
    recipe = Path("lfs/chapter02.lfs")
    recipe.write_text(recipe.read_text().replace("--shared", "--static"))
    before = {path: path.read_bytes() for path in Path("lfs").iterdir()}
    code, out, err = run("import", "new", "--to", "lfs")
    assert (code, out) == (2, "")
    assert err == (
        f"lfsmake: error: options.lfs, resources.lfs, host.lfs and styles.lfs and more in {Path.cwd()}/lfs "
        "say something else\n"
        "hint: `lfsmake book upgrade` merges changes with another book; --force writes over them\n"
    )
    assert {path: path.read_bytes() for path in Path("lfs").iterdir()} == before
    assert run("import", "new", "--to", "lfs", "--force")[0] == 0
    assert "--shared --fast" in recipe.read_text()


def test_a_site_is_put_beside_and_never_touched_again(run: Run) -> None:
    site = Path("mine")
    (site / "patches").mkdir(parents=True)
    (site / "site.lfs").write_text('amend package zlib {\n    env CC "gcc-14"\n}\n')
    (site / "patches" / "a.patch").write_text("--- a\n")
    run("import", "old", "--to", "lfs", "--site", "mine")
    assert Path("lfs/site/patches/a.patch").read_text() == "--- a\n"
    assert 'recipes = [".", "site"]' in Path("lfs/lfsmake.toml").read_text()
    Path("lfs/site/site.lfs").write_text("# Mine.\n")
    code, out, _ = run("import", "new", "--to", "lfs", "--site", "mine", "--force")
    assert (code, "kept: site\n" in out) == (0, True)
    assert Path("lfs/site/site.lfs").read_text() == "# Mine.\n"


def test_an_unknown_site(run: Run) -> None:
    code, _, err = run("import", "old", "--to", "lfs", "--site", "debain")
    assert code == 2
    assert err == (
        'lfsmake: error: there is no site "debain" for book 1.0\n'
        "expected: a file or folder with `amend`s\n"
    )
    assert not Path("lfs").exists()


def test_what_differs_from_the_book(run: Run) -> None:
    run("import", "old", "--to", "lfs")
    recipe = Path("lfs/chapter02.lfs")
    recipe.write_text(recipe.read_text().replace("--shared", "--static"))
    code, _, err = run("check", "../old", "-C", "lfs")
    assert code == 1
    assert err == (
        "lfs/chapter02.lfs:12:16: error: zlib differs from the book: its configure says `--static`\n"
        "      configure: ./configure --prefix=/usr --static\n"
        "                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "expected: `--shared`\n"
        'hint: if that is meant: differs configure because "…"\n'
    )
    code, out, _ = run("check", "../old", "-C", "lfs", "--json")
    answer = json.loads(out)
    assert (code, answer["steps"], answer["declared"], len(answer["problems"])) == (1, 1, 0, 1)
    assert answer["problems"][0]["expected"] == "`--shared`"


def test_a_configuration_that_is_kept_may_need_a_word(run: Run) -> None:
    run("import", "old", "--to", "lfs")
    assert "note: lfsmake.toml" not in run("import", "old", "--to", "lfs")[1]
    code, out, _ = run("import", "new", "--to", "lfs", "--force")
    assert (code, out.splitlines()[1:3]) == (
        0, ["kept: lfsmake.toml", 'note: lfsmake.toml is for book 1.0: write book = "1.1"']
    )  # fmt: skip
    Path("lfs/lfsmake.toml").write_text('recipes = ["mine", 7]\n')
    out = run("import", "new", "--to", "lfs")[1]
    assert out.splitlines()[2] == 'note: lfsmake.toml does not read these recipes: write recipes = ["."]'


def test_upgrade(run: Run) -> None:
    run("import", "old", "--to", "lfs")
    recipe = Path("lfs/chapter02.lfs")
    recipe.write_text(recipe.read_text().replace("    build:     make\n", "    build:     make V=1\n"))
    before = {path: path.read_bytes() for path in Path("lfs").iterdir()}
    code, out, _ = run("upgrade", "--from", "old", "--to", "new", "lfs", "--dry-run")
    assert code == 0
    assert "-resource zlib 1.3 {\n+resource zlib 1.4 {\n" in out
    assert out.splitlines()[-1].startswith("lfsmake: 6 files would be changed: ")
    assert {path: path.read_bytes() for path in Path("lfs").iterdir()} == before
    code, out, _ = run("upgrade", "--from", "old", "--to", "new", "lfs")
    assert (code, out.startswith("lfsmake: 6 files changed: ")) == (0, True)
    assert "    configure: ./configure --prefix=/usr --shared --fast\n    build:     make V=1\n" in recipe.read_text()
    assert 'book = "1.1"' in Path("lfs/lfsmake.toml").read_text()
    assert run("check", "../new", "-C", "lfs")[0] == 1  # the declared change is missing: V=1


def test_a_conflict_is_listed_and_shown(run: Run) -> None:
    run("import", "old", "--to", "lfs")
    recipe = Path("lfs/chapter02.lfs")
    recipe.write_text(recipe.read_text().replace("--shared", "--static"))
    code, out, _ = run("upgrade", "--from", "old", "--to", "new", "lfs")
    assert code == 1
    assert out.splitlines()[0] == "conflict  chapter02.lfs  package zlib: changed here and in book 1.1"
    assert "<<<<<<< here\n    configure: ./configure --prefix=/usr --static\n=======\n" in recipe.read_text()
    code, _, err = run("upgrade", "--from", "old", "--to", "new", "lfs")
    assert (code, "a conflict of an earlier merge is not settled" in err) == (2, True)


def test_recipes_of_another_book_are_not_merged(run: Run) -> None:
    run("import", "old", "--to", "lfs")
    folder = Path.cwd() / "lfs"
    code, _, err = run("upgrade", "--from", "new", "--to", "old", "lfs")
    assert (code, err) == (
        2,
        f"lfsmake: error: the recipes in {folder} are of book 1.0, not of book 1.1\n"
        "expected: the book that they were imported from, in that revision\n"
        "hint: it stands in options.lfs\n",
    )
    code, _, err = run("upgrade", "--from", "old", "--to", "new", "lfs", "--revision", "systemd")
    assert (code, err.splitlines()[0]) == (2, f"lfsmake: error: the recipes in {folder} are of sysv, not of systemd")
    recipe = folder / "chapter02.lfs"
    recipe.write_text(recipe.read_text().replace("# book: ", "# "))
    code, _, err = run("upgrade", "--from", "old", "--to", "new", "lfs")
    assert (code, err.splitlines()[0]) == (
        2, f"lfsmake: error: the recipes in {folder} were not imported from a book: no comment names a page"
    )  # fmt: skip


@pytest.mark.parametrize("words", [("import", "nowhere", "--to", "lfs"), ("check", "nowhere"), ("upgrade", "lfs")])
def test_mistakes_are_usage_errors_without_a_trace(run: Run, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert "error: " in err
    assert "Traceback" not in err
    assert not Path("lfs").exists()


def test_the_sites_that_are_shipped_lie_by_their_books() -> None:
    (site,) = shipped_sites("12.3").values()
    assert (site / "site.lfs").is_file()
    assert shipped_sites("1.0") == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "old"), "lfsmake book import needs --to FOLDER\n"
         "hint: write: lfsmake book import [OPTIONS] --to FOLDER PATH"),
        (("import", "old", "--to", ""), '--to is empty\nexpected: the name of a file or folder\n'
         'hint: "." is this folder'),
        (("show", ""), 'PATH is empty\nexpected: the name of a file or folder\nhint: "." is this folder'),
        (("show", "~no-such-user"), "{here}/~no-such-user is no checkout of the book: nothing is there\n"
         "hint: give the folder that holds index.xml"),
        (("show", "bare.git"), "{here}/bare.git is no checkout of the book: it has no index.xml\n"
         "hint: that is a repository without its files: git clone --branch VERSION {here}/bare.git FOLDER"),
        (("show", "old/general.ent"), "{here}/old/general.ent is no checkout of the book: it is no folder\n"
         "hint: did you mean {here}/old?"),
        (("import", "old", "--to", "old/index.xml"), "cannot write to {here}/old/index.xml: that is a file\n"
         "hint: name a folder, or one to make"),
        (("upgrade", "--from", "old", "--to", "new", "x" * 300),
         f"cannot read {{here}}/{'x' * 300}: File name too long\nhint: name the folder that the book was imported to"),
        (("import", "old", "--to", "x" * 300), f"cannot read {{here}}/{'x' * 300}/options.lfs: File name too long\n"
         "hint: nothing was written; choose a folder of your own, or ask whose it is"),
        (("import", "old", "--to", "lfs", "--site", "empty"), "the site {here}/empty is empty\n"
         "expected: a folder with recipes that `amend`"),
        (("import", "old", "--to", "lfs", "--site", ""), 'there is no site "" for book 1.0\n'
         "expected: a file or folder with `amend`s"),
        (("show", "old", "zlibb"), 'book 1.0 has no page "zlibb"\nexpected: a page\'s number or id\n'
         'hint: did you mean "zlib"?'),
    ],
)  # fmt: skip
def test_what_is_meant_is_told(run: Run, words: tuple[str, ...], told: str) -> None:
    Path("empty").mkdir()
    Path("bare.git/objects").mkdir(parents=True)
    Path("bare.git/HEAD").touch()
    code, out, err = run(*words)
    assert (code in (2, 3), out) == (True, "")
    assert err == f"lfsmake: error: {told}\n".replace("{here}", str(Path.cwd()))


def test_a_page_goes_by_what_it_alone_builds(run: Run) -> None:
    assert run("show", "old", "zlib")[:2] == run("show", "old", "2.1")[:2]
