"""The first real error of a log, as the events have it. Knows the reader, no classes of failures."""

import re

from lfsmake.engine.evidence.lines import around
from lfsmake.engine.evidence.pattern import Q
from lfsmake.engine.evidence.reader import Hit, scan
from lfsmake.engine.failures import CAUSES
from lfsmake.model.events import LogError

# The last word before the complaint: most tools quote no names there, and those that do, do it in many ways.
_MISSING = re.compile(
    rf"""(?:^|[\s:(]|{Q})(?P<name>[^\s:()‘’'"`“”]+){Q}?(?: for \w+)?(?:: [Cc]annot \w+)?(?:: | \()No such file"""
)
_BEFORE, _AFTER = 3, 6  # lines around an error that are kept


def first_error(path: str) -> LogError | None:
    """The first real error of the log's last phase; None if nothing in it looks like one, or it cannot be read.

    Takes the time to read the log once, and some seconds for the patterns at most, however long it is.
    """
    try:
        first = scan(path).first
        return None if first is None else log_error(path, first)
    except OSError:
        return None


def log_error(path: str, hit: Hit) -> LogError:
    """The hit with the lines around it. Raises OSError if the log has gone."""
    groups = hit.match.groupdict()
    kind = hit.pattern.kind
    name = name_of(hit)
    advice = hit.pattern.advice or (CAUSES[kind].advice if kind in CAUSES else "")
    return LogError(
        tool=groups.get("tool") or hit.pattern.tool,
        kind=kind,
        text=hit.text.strip(),
        log_line=hit.line,
        file=groups.get("file") or "",
        line=int(groups.get("line") or 0),
        context=around(path, hit.offset, _BEFORE, _AFTER),
        advice=advice.replace("{name}", name or "it"),
    )


def name_of(hit: Hit) -> str:
    """What the error is about: a command, a file, a symbol; "" where the line does not say."""
    name = (hit.match.groupdict().get("name") or "").strip()
    if not name and hit.pattern.kind == "missing-file":
        found = _MISSING.search(hit.text)
        name = found["name"] if found else ""
    return name
