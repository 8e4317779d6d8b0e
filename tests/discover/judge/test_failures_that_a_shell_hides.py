"""Chains of && that go on after a failure, and tests that cannot work, are found; what somebody looks at is not."""

import pytest

from lfsmake.discover.judge.findings import Finding
from lfsmake.discover.judge.judge import findings
from lfsmake.discover.judge.piece import Piece, sets
from lfsmake.discover.shell.parse import read_shell

RULES = ("chain-hides-failure", "broken-test")


def found(text: str) -> list[Finding]:
    shell = read_shell("x.sh", text)
    piece = Piece(subject="x", kind="script", shell=shell, context="", errexit=sets(shell, "e", "errexit"))
    return [each for each in findings([piece]) if each.rule in RULES]


@pytest.mark.parametrize("head", ["set -e\n", ""])
def test_a_chain_is_told_once_with_what_may_fail_in_it(head: str) -> None:
    text = "tar -xf a.tar.xz -C b && \\\ncd b && ./configure \\\n  --prefix=/usr && make && \\\nmake install\nunset B\n"
    (told,) = found(head + text)
    assert told.message == (
        "where tar, configure or make fails, the chain breaks off, and what follows it runs all the same"
    )
    assert told.span is not None
    assert (told.span.line, told.span.column) == (head.count("\n") + 1, 1)
    assert told.source == "tar -xf a.tar.xz -C b && \\"


@pytest.mark.parametrize(
    "text",
    [
        "make && make install\necho done\n",
        "if x; then make && make install; fi\necho done\n",
        "f() { make && make install; echo done; }\nf\n",
        "[ -d a ] && tar xf a.tar && cd a\nmake\n",
        "for p in a b; do tar xf $p.tar && cd $p; make; done\n",
        "make && make install > log 2>&1\necho done\n",
    ],
)
def test_a_build_in_a_chain_that_something_follows_is_found(text: str) -> None:
    assert [each.rule for each in found("set -e\n" + text)] == ["chain-hides-failure"]


@pytest.mark.parametrize(
    "text",
    [
        "./configure && make && make install\n",  # the status of the whole
        "make && make install || exit 1\necho done\n",
        "make && make install || { echo no; exit 1; }\necho done\n",
        "if make && make install; then echo done; fi\necho on\n",
        "while tar xf a && cd a; do make; done\nx\n",
        "f() { ./configure && make && make install; }\nf\necho done\n",
        "(cd a && make && make install)\necho done\n",
        "make && make install\nif [ $? -ne 0 ]; then exit 1; fi\necho done\n",
        "make && make install\nstatus=$?\necho done\n",
        "mkdir a && cd a\nmake\n",  # no build
        "cd a && make\necho done\n",  # what builds is the last, and set -e ends there
        "make check && echo well\necho done\n",
        "make clean && cd ..\necho done\n",
        "tar --version && echo well\necho done\n",
        "# make && make install\necho done\n",
        "cat << EOF\nmake && make install\nEOF\necho done\n",
    ],
)
def test_a_chain_whose_failure_counts_is_none(text: str) -> None:
    assert found("set -e\n" + text) == []


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("if [ $? -ne 0]", 14, "a blank is missing before ]"),
        ('[ "$a" = b] && make', 11, "a blank is missing before ]"),
        ("while [[ $a == b]]; do", 17, "a blank is missing before ]]"),
        ("if [$ -ne 0 ]", 4, 'there is no command "[$": a blank is missing behind ['),
        ("if ! [$? -ne 0 ]; then", 6, 'there is no command "[$?": a blank is missing behind ['),
        ("[-f a ] && make", 1, 'there is no command "[-f": a blank is missing behind ['),
        ("  [[$a == b ]] || exit", 3, 'there is no command "[[$a": a blank is missing behind [['),
    ],
)
def test_a_test_without_its_blanks_is_none(line: str, column: int, message: str) -> None:
    (told,) = found(f"{line}\n")
    assert told.span is not None
    assert (told.message, told.span.column, told.severity) == (message, column, "error")


@pytest.mark.parametrize(
    "text",
    [
        'if [ "${a[0]}" = b ]; then :; fi',
        "case $1 in\n[yY]*) make ;;\n[-a]) x ;;\n[0-9]) y;;\nesac",
        'if [ -z "$(ls [ab])" ]; then :; fi',
        "# if [ $? -ne 0]",
        "sed 's/[ a]/b/; s/[-x y]/c/' < a",
        "cat << EOF\nif [ $? -ne 0]\nEOF",
        "awk '\n[-f x\n[ a b]\n'",
        "make # [ $? -ne 0]",
        'x[1]=2; y=("a" [2]=b)',
        "ls [ab]* [-x]",
        "[ a ] && [[ b ]]",
        'echo "[ a b]"',
        "pkg [opt a]",
    ],
)
def test_brackets_that_are_well(text: str) -> None:
    assert [each for each in found(text) if each.rule == "broken-test"] == []
