"""Records of what was built: key → layer. Knows no layers and no steps beyond their names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from lfsmake.model.plan import Trace
from lfsmake.store.database import Database

MANY = 10_000  # keys in one query; SQLite takes 32,766
COLUMNS = 'key, step, layer, "check", built, wall, cpu, rss, size, log, run, parts'
NEWEST = "SELECT max(id) FROM traces GROUP BY step"
FORGET_PARTS = "DELETE FROM parts WHERE id = (SELECT id FROM traces WHERE key = ?)"
FORGET = "DELETE FROM traces WHERE key = ?"
PARTS = msgspec.json.Decoder(dict[str, dict[str, str]])


class Traces:
    """The traces of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_keys(self, keys: Iterable[str]) -> dict[str, Trace]:
        """The traces that exist for these keys."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Trace] = {}
        for start in range(0, len(wanted), MANY):
            some = wanted[start : start + MANY]
            marks = ",".join("?" * len(some))
            for trace in self._select(f"key IN ({marks})", some):
                found[trace.key] = trace
        return found

    def summaries(self) -> dict[str, tuple[str, str]]:
        """Key → layer, check; of all traces."""
        rows = self._database.rows('SELECT key, layer, "check" FROM traces')
        return {key: (layer, check) for key, layer, check in rows}

    def last(self, step: str) -> Trace | None:
        """The trace of the step that was recorded last."""
        found = self._select("traces.id = (SELECT max(id) FROM traces WHERE step = ?)", [step])
        return found[0] if found else None

    def durations(self) -> dict[str, float]:
        """Step → wall seconds of the trace that was recorded last."""
        rows = self._database.rows(f"SELECT step, wall FROM traces WHERE id IN ({NEWEST})")  # noqa: S608
        return dict(rows)

    def sizes(self) -> dict[str, int]:
        """Step → bytes of the layer of the trace that was recorded last."""
        rows = self._database.rows(f"SELECT step, size FROM traces WHERE id IN ({NEWEST})")  # noqa: S608
        return dict(rows)

    def record(self, trace: Trace) -> None:
        """Keep the trace, in place of an older one with its key. It is on the disk when this returns."""
        parts = msgspec.json.encode(trace.parts)
        values = (
            trace.key, trace.step, trace.layer, trace.check, trace.built, trace.wall, trace.cpu,
            trace.rss, trace.size, trace.log, trace.run,
        )  # fmt: skip
        with self._database.transaction(bump=True) as connection:
            connection.execute(FORGET_PARTS, values[:1])
            connection.execute(FORGET, values[:1])
            done = connection.execute(
                'INSERT INTO traces (key, step, layer, "check", built, wall, cpu, rss, size, log, run)'
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            connection.execute("INSERT INTO parts VALUES (?, ?)", (done.lastrowid, parts))

    def newest_first(self) -> list[tuple[str, str, str, str]]:
        """Key, step, layer and log of all traces, the one recorded last first."""
        return [
            (key, step, layer, log)
            for key, step, layer, log in self._database.rows(
                "SELECT key, step, layer, log FROM traces ORDER BY id DESC"
            )
        ]

    def forget(self, keys: Iterable[str]) -> None:
        """Remove these traces, in one transaction."""
        rows = [(key,) for key in keys]
        if not rows:
            return
        with self._database.transaction(bump=True) as connection:
            connection.executemany(FORGET_PARTS, rows)
            connection.executemany(FORGET, rows)

    def _select(self, condition: str, values: list[str]) -> list[Trace]:
        rows = self._database.rows(
            f"SELECT {COLUMNS} FROM traces JOIN parts USING (id) WHERE {condition}",  # noqa: S608
            values,
        )
        return [to_trace(row) for row in rows]


def to_trace(row: tuple[Any, ...]) -> Trace:
    """The trace of one row of `COLUMNS`."""
    key, step, layer, check, built, wall, cpu, rss, size, log, run, parts = row
    return Trace(key, step, layer, check, built, wall, cpu, rss, size, log, PARTS.decode(parts), run)
