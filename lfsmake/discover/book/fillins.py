"""What the book leaves to its reader within a command: made a variable where that is safe, else told. Runs nothing."""

import re

from msgspec import Struct

from lfsmake.discover.book.model import Instruction


class Filled(Struct, frozen=True):
    """A command with variables in the place of what could be named. `env` has a name and a value that works."""

    text: str
    env: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fills: tuple[str, ...] = ()  # placeholders that are still there
    choices: tuple[str, ...] = ()  # values of the book that may be changed


class _Known(Struct, frozen=True):
    """A placeholder whose meaning the book explains: by itself and by what stands around it."""

    pattern: re.Pattern[str]
    variable: str
    value: str
    choices: tuple[str, ...] = ()  # a closed set makes an option, anything else an `env`


_KNOWN = (
    _Known(re.compile(r"(?<=PAGE=)<paper_size>"), "paper", "A4", ("A4", "letter")),
    _Known(re.compile(r"(?<=/usr/share/zoneinfo/)<xxx>"), "TIMEZONE", "UTC"),
    _Known(re.compile(r'(?<=echo ")<lfs>(?="\s*>\s*/etc/hostname)'), "HOST_NAME", "lfs"),
)
_YOURS = re.compile(r"<your [\w ]+>")  # written so where it is no <replaceable>
_HOLE = re.compile(r"[<\[].*[>\]]", re.DOTALL)


def filled(instruction: Instruction, text: str) -> Filled:
    """`text`, which is what is left of the instruction, with its placeholders seen to."""
    env: dict[str, str] = {}
    options: dict[str, tuple[str, ...]] = {}
    for known in _KNOWN:
        found = known.pattern.search(text)
        if found is None or "<<" in text[: found.start()]:  # the text of a here-document stays as it is
            continue
        text = known.pattern.sub(f"${known.variable}", text)
        if known.choices:
            options[known.variable] = known.choices
        else:
            env[known.variable] = known.value
    holes = _YOURS.findall(text)
    there = [" ".join(each.split()) for each in dict.fromkeys(instruction.replaceable) if each and each in text]
    return Filled(
        text,
        tuple(env.items()),
        tuple(options.items()),
        tuple(dict.fromkeys([*(each for each in there if _HOLE.search(each)), *holes])),
        tuple(each for each in there if not _HOLE.search(each)),
    )
