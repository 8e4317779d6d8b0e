"""Needs as scripts: which of a tree's scripts a script means by the names of packages it says it needs."""

from collections.abc import Sequence

import msgspec

from lfsmake.discover.facts.names import book_name, squeezed
from lfsmake.discover.model import Fact, Script


def linked(scripts: Sequence[Script]) -> tuple[Script, ...]:
    """The scripts, in building order, with the names in `needs` replaced by ids; what no script builds stays out.

    Where several build a name, the last one before the script is meant; else the first.
    """
    makers: dict[str, list[int]] = {}
    for place, script in enumerate(scripts):
        if script.role == "build" and script.name is not None:
            makers.setdefault(squeezed(script.name.value), []).append(place)
    ids = {script.id for script in scripts}
    made: list[Script] = []
    for place, script in enumerate(scripts):
        needs: dict[str, Fact] = {}
        for fact in script.needs:
            if fact.value in ids:
                needs.setdefault(fact.value, fact)
                continue
            places = [one for one in makers.get(squeezed(book_name(fact.value)), ()) if one != place]
            before = [one for one in places if one < place]
            if places:
                target = scripts[before[-1] if before else places[0]].id
                needs.setdefault(target, msgspec.structs.replace(fact, value=target))
        made.append(msgspec.structs.replace(script, needs=tuple(needs.values())) if script.needs else script)
    return tuple(made)
