"""Facts of a script given as text, as the tests of this folder ask for them."""

from lfsmake.discover.facts import of_script
from lfsmake.discover.model import Fact, Script, Surroundings
from lfsmake.discover.shell.parse import read_shell
from lfsmake.discover.shell.values import Values
from lfsmake.model.errors import Span


def facts(
    text: str | bytes, path: str = "dir/script.sh", part: str = "", lines: tuple[int, int] = (0, 0),
    around: Surroundings | None = None,
) -> Script:  # fmt: skip
    """The script `text` at `path`, or the part of it between two lines."""
    place = f"/tree/{path}"
    size = text.count(b"\n" if isinstance(text, bytes) else "\n") + 1  # type: ignore[arg-type]
    first, last = lines if part else (1, size)
    script = Script(
        id=f"{path}#{part}" if part else path, path=path, part=part, span=Span(place, first, 1, last, 0), role="build",
        why="a test", convention="a test",
    )  # fmt: skip
    return of_script(script, Values(read_shell(place, text)), around or Surroundings())


def said(fact: Fact | None) -> str | None:
    """`value (source, sure)`."""
    return None if fact is None else f"{fact.value} ({fact.source}, {fact.sure})"


def values(found: tuple[Fact, ...]) -> list[str]:
    return [fact.value for fact in found]
