"""Renders quoted strings and template files. Knows the names it is given; no recipe, place or file system.

Most strings are `{{ name }}` or `{{ version }}` between plain text: those are put in without importing
Jinja2, with the same result.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lfsmake.lang.words import listed

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

OUTPUT_LIMIT = 1 << 20  # characters one template may produce
ITERATION_LIMIT = 100_000  # numbers all `range`s of one template may produce together
VALUE_LIMIT = 1 << 20  # characters or digits one operator may produce
_REPEAT_LIMIT = 100_000  # the largest number a template may write down or hand to a function

_MARK = re.compile(r"\{[{%#]")
_PLAIN = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
# Names that mean something else inside `{{ }}`, whatever the facts say.
_RESERVED = frozenset(
    ("true", "false", "none", "True", "False", "None", "not", "and", "or", "if", "else", "in", "is", "self")
)


class TemplateError(Exception):
    """A template that cannot be rendered. `line` counts from 1 in the template, 0 where it is not known.

    `name` is the undefined variable, or "" where that is not what went wrong.
    """

    def __init__(
        self, message: str, *, line: int = 0, name: str = "", expected: str = "", hint: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.name = name
        self.expected = expected
        self.hint = hint


class UnknownVersion(Exception):  # noqa: N818 - a question without an answer, made an error by the renderer
    """`version_of` was asked for a name that has no version."""


class _Runaway(Exception):  # noqa: N818
    """A template that would produce more than anyone wants."""


class Templates:
    """Renders strings. `version_of` gives a resource's or package's version, or raises UnknownVersion."""

    def __init__(self, version_of: Callable[[str], str]) -> None:
        self._version_of = version_of
        self._environment: SandboxedEnvironment | None = None
        self._rest = 0

    def render(self, text: str, names: Mapping[str, str]) -> str:
        """`text` with `names` put in. Raises TemplateError."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")  # as Jinja2 does to every template
        plain = substitute(text, names)
        return self._render(text, names) if plain is None else plain

    def _render(self, text: str, names: Mapping[str, str]) -> str:
        from jinja2 import TemplateSyntaxError, UndefinedError
        from jinja2.exceptions import SecurityError, TemplateRuntimeError

        environment = self._environment = self._environment or self._start()
        self._rest = ITERATION_LIMIT
        try:
            _refuse_huge_numbers(environment, text)
            return self._collect(environment.from_string(text).generate(names))
        except TemplateSyntaxError as error:
            raise TemplateError(f"template: {_sentence(error.message)}", line=error.lineno) from error
        except UndefinedError as error:
            raise _undefined(error, names) from error
        except UnknownVersion as error:
            message = f'version_of: unknown resource "{error}"'
            raise TemplateError(message, line=_line(error), hint="name a resource or a package") from error
        except _Runaway as error:
            raise TemplateError(
                f"template: {error}",
                line=_line(error),
                hint="a template fills in names; use a phase for more",
            ) from error
        except SecurityError as error:
            message = f"template: {_sentence(str(error))}"
            raise TemplateError(message, line=_line(error), hint="templates are sandboxed") from error
        except (
            TemplateRuntimeError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
        ) as error:
            message = _sentence(str(error))
            if message.startswith("no loader"):
                message = "a template cannot include, import or extend another"
            raise TemplateError(f"template: {message}", line=_line(error)) from error
        except (MemoryError, RecursionError) as error:
            raise TemplateError("template: it needs too much memory or calls itself without end") from error

    def _collect(self, parts: Iterator[str]) -> str:
        size, out = 0, []
        for part in parts:
            size += len(part)
            if size > OUTPUT_LIMIT:
                raise _Runaway(f"it produces more than {OUTPUT_LIMIT} characters")
            out.append(part)
        return "".join(out)

    def _range(self, *bounds: int) -> range:
        numbers = range(*bounds)
        self._rest -= len(numbers)
        if self._rest < 0:
            raise _Runaway(f"its ranges have more than {ITERATION_LIMIT} numbers")
        return numbers

    def _start(self) -> "SandboxedEnvironment":
        from jinja2 import StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment

        class Environment(SandboxedEnvironment):
            """Jinja2's sandbox, and bounds on what one operator or call can produce."""

            intercepted_binops = frozenset(("*", "**", "%", "+"))

            def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
                _refuse_huge_product(operator, left, right)
                return super().call_binop(context, operator, left, right)

            def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
                for value in (*args, *kwargs.values()):
                    if isinstance(value, int) and abs(value) > _REPEAT_LIMIT:
                        raise _Runaway(f"the number {value} is above {_REPEAT_LIMIT}")
                return super().call(context, obj, *args, **kwargs)

        environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
        environment.globals.clear()
        environment.globals.update(range=self._range, version_of=self._version_of)
        return environment


def substitute(text: str, names: Mapping[str, str]) -> str | None:
    """`text` with its `{{ name }}`s put in, or None where only Jinja2 knows what it means."""
    mark = _MARK.search(text)
    if mark is None:
        return text
    out, at = [], 0
    while mark is not None:
        plain = _PLAIN.match(text, mark.start())
        if plain is None or plain[1] in _RESERVED or plain[1] not in names:
            return None
        out.append(text[at : mark.start()])
        out.append(names[plain[1]])
        at = plain.end()
        mark = _MARK.search(text, at)
    out.append(text[at:])
    return "".join(out)


def _refuse_huge_numbers(environment: "SandboxedEnvironment", text: str) -> None:
    from jinja2 import nodes

    for number in environment.parse(text).find_all(nodes.Const):
        if isinstance(number.value, int) and abs(number.value) > _REPEAT_LIMIT:
            raise TemplateError(
                f"template: the number {number.value} is above {_REPEAT_LIMIT}",
                line=number.lineno,
                hint="a template fills in names; use a phase for more",
            )


def _refuse_huge_product(operator: str, left: Any, right: Any) -> None:
    size = 0
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        size = len(left) + len(right)
    elif operator == "*":
        for text, count in ((left, right), (right, left)):
            if isinstance(text, str | list | tuple) and isinstance(count, int):
                size = len(text) * count
    elif operator == "**" and isinstance(left, int) and isinstance(right, int):
        size = left.bit_length() * right
    elif operator == "%" and isinstance(left, str) and re.search(r"[0-9*]{5}|\*", left):
        size = VALUE_LIMIT + 1
    if size > VALUE_LIMIT:
        raise _Runaway(f"{operator} gives more than {VALUE_LIMIT} characters")


def _undefined(error: Exception, names: Mapping[str, str]) -> TemplateError:
    found = re.fullmatch(r"'(.+)' is undefined", str(error), re.DOTALL)
    if found is None:
        return TemplateError(f"template: {_sentence(str(error))}", line=_line(error))
    return TemplateError(
        f'undefined variable "{found[1]}"',
        line=_line(error),
        name=found[1],
        expected=listed(sorted(names)),
    )


def _sentence(text: str | None) -> str:
    text = (text or "it cannot be rendered").strip().rstrip(".")
    return text[:1].lower() + text[1:]


def _line(error: BaseException) -> int:
    """The template's line an error came from: Jinja2 puts template lines into the traceback."""
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
