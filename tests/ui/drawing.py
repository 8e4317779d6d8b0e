"""A run drawn on a terminal, for the tests of its rows."""

from run_events import machine, phase, sample, started, step

from lfsmake.ui.line import StatusLine


def make(terminal, now=1252.0, **options):
    """A status line that draws only when it is told to."""
    return StatusLine(terminal.stream, now=lambda: now, ticking=False, **options)


def feed(line, *events):
    """Events, then a drawing."""
    for event in events:
        line(event)
    line.tick()


TIMES = {"glibc": 451.0, "gcc": 1168.0, "app": 60.0}
GRAPH = {"glibc": (), "gcc": (), "app": ("glibc", "gcc")}
RUN = started(expected=TIMES, graph=GRAPH, sbu=120.0)
BUSY = (
    RUN, step("glibc", at=1000), phase("glibc", "build", at=1010), step("gcc", at=1221),
    phase("gcc", "configure", at=1222), sample("glibc", at=1250, cpu=456, rss=412_000_000), machine(at=1250),
)  # fmt: skip
