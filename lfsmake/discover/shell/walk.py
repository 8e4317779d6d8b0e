"""Goes through a script's commands in the order in which they would run, into the functions it calls. Runs nothing."""

from collections.abc import Iterator

from lfsmake.discover.shell.nodes import Command
from lfsmake.discover.shell.values import DEEP, END, Frame, Values

_MOST = 20_000  # commands, those of functions counted at each call


def walk(values: Values, first: int = 0, last: int = END, function: str = "") -> Iterator[tuple[Command, Frame]]:
    """The commands between two lines, functions entered, each with a way to it.

    A command in a loop comes once for each of its turns. Functions that nobody calls come last: a packager or a driver
    calls them by their names.
    """
    budget = [_MOST]
    start = [c for c in values.scope.bodies.get(function, ()) if first <= c.span.line <= last]
    seen: set[str] = set()
    yield from _walk(values, start, _entry(values, function), seen, budget)
    if not function:
        for one in values.scope.shell.functions:
            if one.name not in seen and first <= one.span.line <= last:
                seen.add(one.name)
                yield from _walk(
                    values, values.scope.bodies.get(one.name, []), Frame(values.scope, one.name), seen, budget
                )


def _entry(values: Values, function: str) -> Frame:
    if not function:
        return Frame(values.scope)
    place = values.scope.functions.get(function)
    frames = values.ways(values.scope, function, place.start if place else 0, 0)
    return frames[0] if frames else Frame(values.scope, function)


def _walk(
    values: Values, commands: list[Command], frame: Frame, seen: set[str], budget: list[int]
) -> Iterator[tuple[Command, Frame]]:
    for command in commands:
        budget[0] -= 1
        if budget[0] < 0:
            return
        name = command.name
        owner = values.function(name, frame.scope) if name else None
        for turn in values.turns(frame.scope, frame.function, command.start, [frame]) if command.loop else [frame]:
            yield command, turn
            if owner is not None and name != frame.function and frame.deep < DEEP:
                seen.add(name)
                yield from _walk(
                    values, owner.bodies.get(name, []), values.called(command, turn, owner, name), seen, budget
                )
