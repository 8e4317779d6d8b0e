"""What differs from the last success of a step, in a line each, for people. Knows keys and traces, not failures."""

import re
from collections.abc import Mapping, Sequence

from lfsmake.engine.key import differences, key_parts
from lfsmake.engine.plan import Planner
from lfsmake.model.plan import Reason

_WIDE = 60  # characters of a value
_DIGEST = re.compile(r"[0-9a-f]{64}")
_QUOTED = frozenset(("env", "facts", "host", "context", "user", "workdir"))


def changes(planner: Planner, name: str, layers: Mapping[str, str]) -> tuple[str, ...]:
    """Old → new of every part of the step's key that is not what it was when the step was last built.

    `layers` are those known so far (step → digest). () for a step that was never built, or whose key is unknown.
    """
    last = planner.store.last_trace(name)
    key = planner.key(name, layers) if last is not None else None
    if last is None or key is None:
        return ()
    return tuple(_line(reason) for reason in _paired(differences(last.parts, key_parts(key))))


def _paired(reasons: Sequence[Reason]) -> list[Reason]:
    """A source, patch or layer that went and another that came instead are one change: a new version, say."""
    paired: list[Reason] = []
    for reason in reasons:
        same = [other for other in reasons if other.field == reason.field]
        gone = [other for other in same if other.old and not other.new]
        came = [other for other in same if other.new and not other.old]
        if reason.field not in ("sources", "patches") or len(gone) != 1 or len(came) != 1:
            paired.append(reason)
        elif reason is gone[0]:
            what = "the source" if reason.field == "sources" else "the patch"
            old, new = gone[0].name.partition(" ")[0], came[0].name.partition(" ")[0]
            paired.append(Reason("changed", f"{what} changed", field="", old=old, new=new))
        elif reason is not came[0]:
            paired.append(reason)
    return paired


def _line(reason: Reason) -> str:
    old, new = _value(reason, reason.old), _value(reason, reason.new)
    if reason.field in ("phases", "fixups") and reason.old and reason.new:
        return f"{reason.text.removesuffix(' changed')}: {_first_difference(reason.old, reason.new)}"
    if old and new:
        return f"{reason.text.removesuffix(' changed')}: {old} → {new}"
    value = old or new
    if not value or reason.field in ("phases", "fixups", "files", "sources", "patches", "layers"):
        return reason.text  # that it came or went says it
    return f"{reason.text}: {value}"


def _value(reason: Reason, value: str) -> str:
    if _DIGEST.fullmatch(value):
        return value[:12]
    if reason.field in _QUOTED:
        return f'"{_short(value)}"' if value else ""
    return _short(value)


def _first_difference(old: str, new: str) -> str:
    """The first line of the text that came, went, or is another, quoted as code."""
    from difflib import SequenceMatcher

    before, after = old.replace("\0", "\n").splitlines(), new.replace("\0", "\n").splitlines()
    for kind, old_at, old_end, new_at, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone = f"`{_short(''.join(before[old_at:old_end][:1]))}`"
        came = f"`{_short(''.join(after[new_at:new_end][:1]))}`"
        if kind == "insert":
            return f"{came} added"
        if kind == "delete":
            return f"{gone} removed"
        if kind == "replace":
            return f"{gone} → {came}"
    return ""


def _short(value: str) -> str:
    line = value.replace("\0", "\n").strip().partition("\n")[0]
    return line if len(line) <= _WIDE and line == value.strip() else f"{line[: _WIDE - 1]}…"
