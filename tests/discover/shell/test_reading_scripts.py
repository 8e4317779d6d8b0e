"""A script is read into commands with their words, redirects and places; what is no shell does not hide the rest."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lfsmake.discover.facts.surroundings import book_of
from lfsmake.discover.shell.nodes import Command, Shell
from lfsmake.discover.shell.parse import LIMIT, read_shell
from lfsmake.discover.shell.values import Values
from lfsmake.discover.shell.walk import walk
from tests.discover.facts.reading import facts

PIECES = st.sampled_from(
    [
        "if", "then", "fi", "for f in", "do", "done", "case x in", "esac", "a)", ";;", "{", "}", "(", ")",
        "$(", "`", '"', "'", "${", "}", "<<EOF", "\nEOF\n", "\n", ";", "&&", "||", "|", "&", "!", "[[",
        "]]", "((", "))", "tar xf", "x-1.tar.xz", "cd ..", "./configure", "make install", "V=", "$V",
        "${V%.*}", "${V//a/b}", "${!V}", "${a[@]}", "a=(b c)", "a[0]=", "function f", "f()", "f $@",
        ". ./x", "read -p", "\\", "\0", "\r\n", "é", "\ud800", "#", "$'\\x41'", "sed s/a/b/", "> /etc/x",
        "while", "until", "select", "local", "export",
    ]
)  # fmt: skip


def commands(text: str | bytes) -> list[list[str | None]]:
    return [[word.value for word in command.words] for command in read_shell("s", text).commands]


def one(text: str, name: str) -> Command:
    return next(command for command in read_shell("s", text).commands if command.name == name)


def test_words_are_what_the_command_gets() -> None:
    assert commands('tar -xf \'a b\'.tar.xz "c d" e\\ f $\'\\t\' --x="y z" $V *.p "$V" $1-$2 ~/x {a,b} {} [ a[b]') == [
        ["tar", "-xf", "a b.tar.xz", "c d", "e f", "\t", "--x=y z", None, None, None, None, None, None, "{}", "[", None]
    ]


def test_where_a_command_stands() -> None:
    text = "f() { a && b || c; }\nif ! d; then e; fi\nfor x in 1; do g; done\n(h)\ni | j\nk &\nl $(m)\n"
    told = {
        c.name: (c.function, c.conditional, c.tested, c.loop, c.subshell, c.pipeline, c.piped, c.fallback, c.background)
        for c in read_shell("s", text).commands
    }
    no = ("", False, False, False, False, 0, False, "", False)
    assert told == {
        "a": ("f", False, True, False, False, 0, False, "c", False),
        "b": ("f", True, True, False, False, 0, False, "c", False),
        "c": ("f", True, False, False, False, 0, False, "", False),
        "d": ("", False, True, False, False, 0, False, "", False),
        "e": ("", True, False, False, False, 0, False, "", False),
        "g": ("", True, False, True, False, 0, False, "", False),
        "h": ("", False, False, False, True, 0, False, "", False),
        "i": ("", False, False, False, False, 1, True, "", False),
        "j": ("", False, False, False, False, 1, False, "", False),
        "k": ("", False, False, False, False, 0, False, "", True),
        "l": no,
        "m": ("", False, False, False, True, 0, False, "", False),
    }


def test_heredocs_keep_their_text() -> None:
    text = 'cat > /etc/x << "EOF" || die no\na $b\nEOF\ncat <<-E | sort\n\tc\n\tE\ncat <<< word\n'
    shell = read_shell("s", text)
    assert [
        [(r.operator, r.target.value if r.target else None, r.text) for r in c.redirects] for c in shell.commands
    ] == [[(">", "/etc/x", ""), ("<<", "EOF", "a $b\n")], [], [("<<-", "E", "c\n")], [], [("<<<", "word", "")]]
    assert (shell.commands[0].fallback, shell.commands[2].piped, shell.commands[3].pipeline) == ("die", True, 1)


def test_assignments_before_a_line_are_not_of_the_next_lines_command() -> None:
    shell = read_shell("s", "a=1 b=2\nmake C=3\nD=4 make\n")
    assert [one.name for one in shell.assignments] == ["a", "b"]
    assert [[a.name for a in c.assignments] for c in shell.commands] == [[], ["D"]]
    assert shell.commands[0].span.line == 2
    assert shell.text[shell.commands[0].start : shell.commands[0].end] == "make C=3"


def test_a_substituted_command_is_known_to_its_word() -> None:
    shell = read_shell("s", 'rm -rf "$(find . -name $(x))" y')
    assert [shell.commands[number].name for number in shell.commands[0].words[2].commands] == ["find", "x"] or [
        shell.commands[number].name for number in shell.commands[0].words[2].commands
    ] == ["x", "find"]
    assert shell.commands[0].words[3].commands == ()


def test_the_first_line_names_the_interpreter() -> None:
    lines = ["#!/bin/bash -e", "#!/usr/bin/env bash", "#!/usr/bin/env -S sh -e", "#! /tools/bin/sh", "make"]
    assert [read_shell("s", line).interpreter for line in lines] == ["bash", "bash", "sh", "sh", ""]


def test_places_count_characters_and_offsets_bytes() -> None:
    shell = read_shell("s", "echo é; make 'ü' x\n")
    make = shell.commands[1]
    assert (make.span.column, make.words[2].span.column, make.start, make.words[2].start) == (9, 18, 9, 19)


def test_windows_line_ends_do_not_stick_to_words() -> None:
    assert commands(b"cd x\r\nmake\r\n") == [["cd", "x"], ["make"]]


def test_what_is_no_shell_is_named_and_the_rest_is_read() -> None:
    shell = read_shell("s", 'tar xf a.tar.xz\nif then fi }\n\necho "open\nmake install\ncd ..\n')
    assert shell.errors
    assert {"tar", "make"} <= {command.name for command in shell.commands}


def test_a_huge_file_is_cut() -> None:
    shell = read_shell("s", "make\n" + "#" + "x" * LIMIT)
    assert ([command.name for command in shell.commands], len(shell.errors)) == (["make"], 1)


def test_deep_nesting_ends_somewhere() -> None:
    for text in (
        "(" * 3000 + "make" + ")" * 3000,
        "$(" * 3000,
        "if a; then " * 3000,
        "{ " * 3000,
        '"$(' * 900,
        "${a:-" * 3000,
        "a && " * 3000,
    ):
        read_shell("s", text)
    assert commands("( " * 40 + "make" + " )" * 40) == [["make"]]


def sound(shell: Shell) -> None:
    """Everything is in its place, and everything can be asked."""
    size = len(shell.text.encode())
    values = Values(shell)
    for command in shell.commands:
        assert 0 <= command.start <= command.end <= size
        for word in command.words:
            values.word(word)
            values.likely(word)
            values.all(word)
    for _ in zip(range(2000), walk(values), strict=False):
        pass


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=40).map(" ".join))
@example("f() { f; }; f")
@example('then && )) "')
@example("a=$a; b=${a[$b]} c=${!c}; echo $a $b $c")
@example('echo "${x//' + "a" * 50 + '/}"')
def test_anything_of_pieces_is_read(text: str) -> None:
    sound(read_shell("s", text))
    facts(text.replace("\ud800", "?"), "x.sh")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
@example(b"\0" * 50)
@example(b"\xff\xfe#!/bin/sh")
def test_any_bytes_are_read(data: bytes) -> None:
    sound(read_shell("s", data))
    facts(data, "x.sh")


def test_the_book_that_a_tree_names() -> None:
    shells = [
        read_shell("s", "# LFS 11.2 Build Script\necho 11.2 > /etc/lfs-release"),
        read_shell("t", "# see LFS 10.0"),
    ]
    assert book_of(shells) == "11.2"
    assert book_of([read_shell("s", "# LFS 99.9")]) == ""
