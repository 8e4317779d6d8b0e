"""Shell bodies are verbatim: whatever text goes into a recipe comes out of it."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.lang.body import embed
from lfsmake.lang.nodes import Block, FileNode, PhaseNode, Shell
from lfsmake.lang.syntax import parse
from lfsmake.model.errors import RecipeError, Span

Read = Callable[[str], Shell]

HARD = {
    "heredoc": 'cat > /etc/passwd << "EOF"\nroot:x:0:0::/root:/bin/bash\n\nEOF\necho "$(cat <<X\n    deep\nX\n)"',
    "array length": 'echo "${#a[@]} ${a[@]#x} $# ${#}"',
    "template marks": "echo {{ name }} {% if x %} {# comment #} ${a#b} }} %} #}",
    "unbalanced braces": "echo }\n}\n{{{ echo {\nf() {",
    "brace at the first column": "awk '\n{ print }\n}'",
    "tabs": "cat > Makefile <<EOF\nall:\n\tgcc -o x x.c\n\t\tdeep\nEOF\n\tindented",
    "comments": "# first\nmake # not # last\n#\n    # deep\necho '#'",
    "continued": "./configure --a \\\n            --b \\\n\\\n  --c",
    "backslash at the end": "echo a\\",
    "quotes": "echo \"a\\\"b\" 'c' $'d\\n' `e` \"",
    "words of the language": 'build:\npackage x {\n    sha256 y\n}\nelse\ninclude "z"',
    "blank lines": "a\n\n\n  \nb\n\t\nc",
    "spaces at the ends of lines": "a  \nb\t\n c ",
    "not ASCII": "echo 'äöü €  \u2028 \x85 \u00a0 𝄞'",
    "other white space": "a\x0bb\x0cc\n\x0bd",
    "long line": "echo " + "x" * 200_000,
    "many lines": "\n".join(f"echo {number}" for number in range(20_000)),
    "a bar within": "a |\n|| b\n| c",
    # These need the margin.
    "empty": "",
    "only a space": " ",
    "only a newline": "\n",
    "first line blank": "\n\nmake",
    "first line of spaces": "   \nmake",
    "first line deeper": "    deep\nnot",
    "every line deeper": "    deep\n        deeper",
    "last line blank": "make\n",
    "last lines of spaces": "make\n  \n    ",
    "starts with a bar": "| a\nb",
    "starts with a tab": "\tx\ny",
}


def recipe(body: str, indent: str = "        ", outer: str = "    ") -> str:
    """A package whose install phase is `body`, with statements around it."""
    return f"package p {{\n{outer}skip check\n{outer}install:\n{embed(body, indent)}\n{outer}jobs 1\n}}\n"


@pytest.mark.parametrize("body", HARD.values(), ids=HARD)
@pytest.mark.parametrize(("outer", "indent"), [("    ", "        "), ("", " "), ("\t", "\t\t"), ("  ", "  \t")])
def test_hard_text_comes_back_unchanged(shell: Read, body: str, outer: str, indent: str) -> None:
    assert shell(recipe(body, indent, outer)).text == body


@settings(deadline=None)
@given(st.text(st.sampled_from(" \t\n|#{}:\\\"'$ax") | st.characters(exclude_characters="\r\0", codec="utf-8")))
def test_any_text_comes_back_unchanged(shell: Read, body: str) -> None:
    assert shell(recipe(body)).text == body


@settings(deadline=None)
@given(st.text(st.sampled_from(" \t\n|#{}:\\\"'$ax")), st.text(st.sampled_from(" \n\t#}"), max_size=9))
def test_what_follows_a_body_is_no_part_of_it(shell: Read, body: str, after: str) -> None:
    text = f"package p {{\n    install:\n{embed(body, '            ')}\n"
    lines = "\n".join(f"    {line}".rstrip() if line.lstrip(" \t")[:1] == "#" else "" for line in after.split("\n"))
    assert shell(f"{text}{lines}\n}}\n").text == body


@settings(deadline=None)
@given(st.text(st.sampled_from(" \\a#{}:|\"'$")))
def test_a_body_on_the_line_of_its_colon_is_verbatim(shell: Read, text: str) -> None:
    text = "x" + text.replace("\\", "\\\n")  # every backslash continues the line
    body = shell(f"package p {{\n    build:  \t{text}\n}}\n")
    assert (body.text, body.inline) == (text, True)


def test_a_body_on_the_line_of_its_colon_goes_on_after_a_backslash(shell: Read) -> None:
    body = shell("package p {\n    build: \\\n  make \\\\\\\n all \\\\\n    jobs 1\n}\n")
    assert body.text == "\\\n  make \\\\\\\n all \\\\"


def test_the_plain_form_is_used_where_it_can_be() -> None:
    assert embed("a\n\n  b", "    ") == "    a\n\n      b"


def test_the_margin_form_shows_where_each_line_starts() -> None:
    assert embed("  a\nb\n", "    ") == "    |  a\n    |b\n    |"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("a\nb\rc", "a shell body cannot hold a carriage return (line 2 of the body)"),
        ("\0", "a shell body cannot hold a NUL byte (line 1 of the body)"),
    ],
)
def test_what_no_shell_can_read_is_refused(body: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        embed(body, "    ")
    assert str(caught.value) == message


def test_blank_lines_before_a_body_are_no_part_of_it(shell: Read) -> None:
    body = shell("package p {\n    install:\n\n      \n        make\n}\n")
    assert (body.text, body.inline) == ("make", False)
    assert body.span == Span("x.lfs", 5, 9, 5, 13)


def test_a_shorter_blank_line_within_a_body_is_an_empty_one(shell: Read) -> None:
    assert shell("package p {\n    install:\n        a\n   \n\t\n          \n        b\n}\n").text == "a\n\n\n  \nb"


def test_line_n_of_a_body_is_line_n_below_its_span(shell: Read) -> None:
    text = "package p {\n    install:\n        |  a\n        |\n        |c\n}\n"
    body = shell(text)
    assert body.text == "  a\n\nc"
    assert body.span == Span("x.lfs", 3, 10, 3, 13)
    inline = shell("package p {\n    install:   make \\\n x\n}\n")
    assert inline.span == Span("x.lfs", 2, 16, 2, 22)


def test_a_body_may_end_with_the_file_s_block_on_the_next_line(shell: Read) -> None:
    assert shell("package p {\n    install:\n        make\n}").text == "make"


@pytest.mark.parametrize("body", HARD.values(), ids=HARD)
def test_files_and_fix_ups_have_bodies_of_the_same_form(body: str) -> None:
    lines = embed(body, "        ")
    text = f'package p {{\n    file /etc/x mode 0600:\n{lines}\n    source "x.tar"\n    fixup:\n{lines}\n}}\n'
    (block,) = parse("x.lfs", text).items
    assert isinstance(block, Block)
    file, source = block.body
    assert isinstance(file, FileNode)
    assert file.body is not None
    assert not isinstance(source, PhaseNode)
    assert (file.body.text, source.fixup.text) == (body, body)  # type: ignore[union-attr]
