"""Strings are rendered by Jinja2 or as Jinja2 would; what cannot be rendered says why, and nothing runs away."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from lfsmake.lang.template import TemplateError, Templates, UnknownVersion, substitute

NAMES = {"name": "zlib", "version": "1.3.1", "LFS": "/mnt/lfs"}


def version_of(name: str) -> str:
    if name != "gmp":
        raise UnknownVersion(name)
    return "6.3.0"


@pytest.fixture
def templates() -> Templates:
    return Templates(version_of)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain } }} %} #}", "plain } }} %} #}"),
        ("https://x.org/{{ name }}-{{version}}.tar", "https://x.org/zlib-1.3.1.tar"),
        ("{{ version.split('.')[0] }}", "1"),
        ("{% if name == 'zlib' %}yes{% endif %}", "yes"),
        ("{# said #}done\n", "done\n"),
        ("gmp-{{ version_of('gmp') }}", "gmp-6.3.0"),
        ("{{ name -}} .", "zlib."),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", "012"),
        ("{{ name | upper }}", "ZLIB"),
    ],
)
def test_rendered(templates: Templates, text: str, expected: str) -> None:
    assert templates.render(text, NAMES) == expected


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("{{ nam }}", 'undefined variable "nam"', 1),
        ("a\n{{ nam | upper }}", 'undefined variable "nam"', 2),
        ("{{ name", "template: unexpected end of template, expected 'end of print statement'", 1),
        ("\n\n{% if %}", "template: expected an expression, got 'end of statement block'", 3),
        ("{{ name.nope }}", "template: 'str object' has no attribute 'nope'", 1),
        ("{{ name | nope }}", "template: no filter named 'nope'", 1),
        ("{{ 1 / 0 }}", "template: division by zero", 1),
        ("{{ version_of('gcc') }}", 'version_of: unknown resource "gcc"', 1),
        ("{% include '/etc/passwd' %}", "template: a template cannot include, import or extend another", 1),
        ("{{ name.__class__ }}", "template: access to attribute '__class__' of 'str' object is unsafe", 1),
        ("{{ lipsum() }}", 'undefined variable "lipsum"', 1),
    ],
)
def test_refused(templates: Templates, text: str, message: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        templates.render(text, NAMES)
    assert (caught.value.message, caught.value.line) == (message, line)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% for i in range(10**9) %}x{% endfor %}", "template: the number 1000000000 is above 100000"),
        (
            "{% for i in range(60000) %}{% for j in range(60000) %}{% endfor %}{% endfor %}",
            "template: its ranges have more than 100000 numbers",
        ),
        (
            "{% for i in range(9000) %}{{ name * 100 }}{% endfor %}",
            "template: it produces more than 1048576 characters",
        ),
        ("{{ 'x' * 999999999 }}", "template: the number 999999999 is above 100000"),
        ("{{ 'xxxxxxxxxxxx' * 99999 * 99999 }}", "template: * gives more than 1048576 characters"),
        ("{{ 9 ** (9 ** 9) }}", "template: ** gives more than 1048576 characters"),
        ("{{ '%999999999d' % 1 }}", "template: % gives more than 1048576 characters"),
        ("{{ 'x'.ljust(10 ** 9) }}", "template: the number 1000000000 is above 100000"),
        (
            "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
            "template: it needs too much memory or calls itself without end",
        ),
    ],
)
def test_a_runaway_template_is_stopped(templates: Templates, text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        templates.render(text, NAMES)
    assert caught.value.message == message


def test_an_undefined_variable_names_the_known_ones(templates: Templates) -> None:
    with pytest.raises(TemplateError) as caught:
        templates.render("{{ vresion }}", NAMES)
    assert (caught.value.name, caught.value.expected) == ("vresion", "LFS, name or version")


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{{ name }}",
        "{{version}}",
        "{{  LFS\n}}",
        "{",
        "}",
        "{%",
        "%}",
        "{#",
        "#}",
        "-",
        " ",
        "name",
        "true",
        "self",
        "a",
        "x/y.tar",
        "{{ name}}",
        "{{ true }}",
        "é",
        "{{{ name }}",
        "{{ name }}}",
        "+",
        '"',
        "\n",
        "\r",
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_what_is_put_in_without_jinja_is_what_jinja_gives(text: str) -> None:
    ours = substitute(text.replace("\r\n", "\n").replace("\r", "\n"), NAMES)
    if ours is None:
        return
    real = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    assert ours == real.from_string(text).render(NAMES)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_any_text_is_rendered_or_refused(text: str) -> None:
    try:
        Templates(version_of).render(text, NAMES)
    except TemplateError as error:
        assert error.message  # noqa: PT017 - either outcome is right for some text


def test_plain_names_do_not_import_jinja() -> None:
    program = (
        "import sys; from lfsmake.lang.template import Templates\n"
        "assert Templates(str).render('{{ name }}-{{ version }}', {'name': 'a', 'version': '1'}) == 'a-1'\n"
        "assert 'jinja2' not in sys.modules, 'jinja2 was imported'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
