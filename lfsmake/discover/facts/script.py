"""`of_script`: fills a script's facts in. Puts together what the other modules of this folder find."""

from collections.abc import Sequence

import msgspec

from lfsmake.discover.facts import archives, identity, place, sidecar
from lfsmake.discover.facts.lines import Lines
from lfsmake.discover.model import Fact, Script, Surroundings
from lfsmake.discover.shell.follow import Sourced
from lfsmake.discover.shell.values import Values

_NOTHING = Surroundings()


def of_script(
    script: Script, values: Values, around: Surroundings = _NOTHING, sourced: Sequence[Sourced] = ()
) -> Script:
    """The script with its facts; role, category and position are left as they are.

    `values` are those of the file it stands in (`follow.Files.follow`), `sourced` what that file reads in. The needs
    are names of packages here: which scripts they are is told with the whole tree, by `facts.needs.linked`.
    """
    lines = Lines(script, values)
    found = archives.find(lines, around)
    beside = sidecar.find(lines, around)
    who = identity.decide(lines, found, beside, around)
    chapter, section = place.place_of(lines)
    own = who.own
    unpacked = tuple(fact for fact in found.unpacked.values() if own is None or fact.value != own.value)
    named = tuple(
        fact for fact in found.named.values()
        if fact.value not in found.unpacked and (own is None or fact.value != own.value) and fact.sure != "guess"
    )  # fmt: skip
    return msgspec.structs.replace(
        script,
        name=who.name,
        version=who.version,
        turn=who.turn,
        chapter=chapter,
        section=section,
        sources=((own,) if own is not None else ()) + unpacked,
        patches=tuple(found.patches.values()),
        extras=named + tuple(fact for fact in found.extras.values() if fact.value not in found.unpacked),
        sourced=tuple(
            Fact(one.path, f"`{one.text}`", "sure" if one.sure else "likely", one.span) for one in sourced if one.path
        ),
    )
