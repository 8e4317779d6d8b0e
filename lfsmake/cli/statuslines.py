"""A project's status and its newest run in words. Knows what they say, not where it comes from."""

from lfsmake.engine.status import RunSummary, Status
from lfsmake.ui.eta import Estimate, eta_text
from lfsmake.ui.numbers import moment
from lfsmake.ui.text import clock, nice_path, safe, several, size


def status_lines(status: Status, now: float, folder: str, left: Estimate | None = None) -> list[str]:
    """A status in words; `now` is seconds since the epoch, `left` what the run takes still."""
    lines = ["run     none yet"] if status.run is None else run_lines(status.run, now, left)
    counts = [f"{status.up_to_date:,} up to date", f"{status.stale:,} to build"]
    if status.waiting:
        counts.append(f"{status.waiting:,} waiting")
    lines.append(f"steps   {', '.join(counts)}")
    lines.append(f"store   {nice_path(status.store, folder)}")
    return lines


def run_lines(run: RunSummary, now: float, left: Estimate | None = None) -> list[str]:
    """A run in words."""
    begun = moment(run.started)
    if run.live:
        end = f"running for {clock(now - run.started)}"
    elif run.ended is None:
        end = "was killed"
    else:
        words = {0: "done", 130: "interrupted"}
        end = f"{words.get(run.exit_code or 0, 'failed')} after {clock(run.ended - run.started)}"
    lines = [f"run     {run.run}: {' '.join(run.targets)}, begun {begun}, {end}"]
    eta = f", {eta_text(left, run.sbu)}" if left is not None else ""
    lines.append(f"        {run.done} of {several(run.total, 'step')} done{eta}")
    for step in run.running:
        text = " ".join(filter(None, (step.step, step.phase, clock(now - step.started))))
        text += f" of {clock(step.expected)}" if step.expected >= 1 else ""
        lines.append(f"now     {text}{f', {size(step.rss)}' if step.rss else ''}")
    if run.failed:
        lines.append(f"failed  {' '.join(run.failed)}")
    if run.flaky:
        lines.append(f"flaky   {' '.join(run.flaky)}")
    return [safe(line) for line in lines]
