"""`of_script`: fills a script's facts in. Puts together what the other modules of this folder find."""

import re
from collections.abc import Sequence

import msgspec

from lfsmake.discover.facts import archives, context, costs, effects, identity, phases, place, sidecar
from lfsmake.discover.facts.lines import Lines
from lfsmake.discover.facts.names import book_name
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
    runs, tests = phases.phases_of(lines)
    sbu, disk = costs.costs_of(lines, beside)
    own = who.own
    unpacked = tuple(fact for fact in found.unpacked.values() if own is None or fact.value != own.value)
    named = tuple(
        fact for fact in found.named.values()
        if fact.value not in found.unpacked and (own is None or fact.value != own.value) and fact.sure != "guess"
    )  # fmt: skip
    further = tuple(fact for fact in found.extras.values() if fact.value not in found.unpacked)
    return msgspec.structs.replace(
        script,
        name=who.name,
        version=who.version,
        turn=who.turn,
        chapter=chapter,
        section=section,
        sources=(own, *unpacked) if own is not None else (),
        patches=tuple(found.patches.values()),
        extras=(() if own is not None else unpacked) + named + further,
        needs=_needs(lines, beside),
        context=context.context_of(lines, chapter, around),
        env=effects.env_of(lines),
        tools=effects.tools_of(lines),
        writes=effects.writes_of(lines),
        phases=runs,
        prompts=effects.prompts_of(lines),
        tests=tests,
        sbu=sbu,
        disk=disk,
        sourced=tuple(
            Fact(one.path, f"`{one.text}`", "sure" if one.sure else "likely", one.span) for one in sourced if one.path
        ),
    )


_ARRAYS = re.compile(r"^(?:make|build|check)?(?:depends|requires|deps|dependencies|needs)$", re.IGNORECASE)
_COMMENT = re.compile(
    r"^\s*(?:depends?(?: on)?|dependencies|requires?|needs|build[- ]depends)\s*:\s*(.+)$", re.IGNORECASE
)


def _needs(lines: Lines, beside: sidecar.Sidecar | None) -> tuple[Fact, ...]:
    """Names of packages that the script says it needs, in arrays, comments (`# Depends on: a b`) and its sidecar."""
    found: dict[str, Fact] = {}
    for one in lines.shell.assignments:
        if one.value is None or not _ARRAYS.match(one.name) or not lines.within(one.span.line) or one.function:
            continue
        if one.value.items is not None:
            texts = [text or "" for text in lines.values.items(one.name, likely=True) or ()]
        else:
            texts = (lines.values.likely(one.value) or "").split()
        for text in texts:
            named = re.match(r"[A-Za-z][\w+-]*(?:\.\w+)*", text)
            if named:
                found.setdefault(book_name(named[0]), Fact(book_name(named[0]), f"{one.name}=", "sure", one.span))
    for number, text in lines.shell.comments:
        match = _COMMENT.match(text) if lines.within(number) else None
        for word in re.findall(r"[A-Za-z][\w+.-]*", match[1]) if match else ():
            found.setdefault(book_name(word), Fact(book_name(word), f"the comment in line {number}", "likely"))
    for name in beside.needs if beside is not None else ():
        found.setdefault(name, Fact(name, beside.path if beside is not None else "", "sure"))
    return tuple(found.values())
