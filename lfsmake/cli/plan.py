"""`lfsmake plan [TARGET...]`: what a build would do, and why."""

import sys
from typing import Any

import click

from lfsmake.cli.options import Settings, Target, declare, targets_argument
from lfsmake.cli.output import emit, emit_json
from lfsmake.model.errors import EXIT_OK
from lfsmake.model.plan import Plan, PlanStep, Reason

WORDS = {"up-to-date": "up to date", "build": "build", "waiting": "waiting"}
COLORS = {"up-to-date": "green", "build": "yellow", "waiting": "cyan"}

_SHAPE = """
`{"version": 1, "steps": [STEP, …]}`, the steps in an order that can be built. A STEP is `{"name": "glibc", "state":
"up-to-date" | "build" | "waiting", "reasons": [REASON, …], "needs": ["gcc-pass1", …], "key": "…", "layer": "…"}`;
`key` is empty while a needed layer is unknown. A REASON is `{"kind": "…", "text": "…"}` and, where they say
something, `field`, `name`, `old`, `new` and `step`. The kinds: `never-built`, `changed`, `layer-missing`,
`check-not-run`, `forced`, `needs`, `same-key`.
"""


@declare(
    "plan",
    targets_argument(),
    click.Option(
        ["--rebuild"], multiple=True, metavar="STEP", type=Target(),
        help="plan as if STEP had to be built (may be repeated)",
    ),
    examples=(
        ("lfsmake plan", "the default targets"),
        ("lfsmake plan glibc --json", "for another program"),
    ),
    json=_SHAPE,
)
def command(settings: Settings, targets: tuple[str, ...], rebuild: tuple[str, ...]) -> int:
    """Show for every step of the targets whether it is up to date, to build, or waiting, and why.

    A step waits when something below it is to build: whether it is stale is known when that is done.
    """
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        return print_plan(settings, session.plan(targets, rebuild=rebuild))


def print_plan(settings: Settings, plan: Plan, *, would: bool = False) -> int:
    """Print a plan: as a table, as JSON, or as what `-n` would build."""
    from lfsmake.ui.color import paint, wants_color
    from lfsmake.ui.text import safe

    if settings.json:
        emit_json(plan_shape(plan))
        return EXIT_OK
    color = wants_color(settings.color, sys.stdout)
    column = max((len(step.name) for step in plan.steps), default=0)
    for step in plan.steps:
        if would and step.state == "up-to-date":
            continue
        why = safe("; ".join(reason.text for reason in step.reasons))
        if would:
            begin = "would build" if step.state == "build" else "may build"
            line = f"{begin} {step.name}" + (f": {why}" if why else "")
        else:
            state = paint(f"{WORDS[step.state]:<10}", COLORS[step.state], color)
            line = f"{state}  {step.name:<{column}}  {why}".rstrip()
        emit(line)
    emit(summary(plan, color=color))
    return EXIT_OK


def summary(plan: Plan, *, color: bool = False) -> str:
    """`lfsmake: 2 to build, 1 waiting, 3 up to date; about 21 min`."""
    from lfsmake.ui.report import up_to_date
    from lfsmake.ui.text import about

    stale = [step for step in plan.steps if step.state == "build"]
    waiting = [step for step in plan.steps if step.state == "waiting"]
    rest = len(plan.steps) - len(stale) - len(waiting)
    if not stale and not waiting:
        return up_to_date(plan.targets, len(plan.steps))
    counts = [f"{len(stale):,} to build"]
    counts += [f"{len(waiting):,} waiting"] if waiting else []
    counts += [f"{rest:,} up to date"] if rest else []
    times = [step.expected for step in (*stale, *waiting)]
    known = [time for time in times if time is not None]
    end = f"; {about(sum(known))} of steps" if known and len(known) == len(times) else ""
    return f"lfsmake: {', '.join(counts)}{end}"


def plan_shape(plan: Plan) -> dict[str, Any]:
    """The documented shape of `plan --json`."""
    return {"version": 1, "steps": [_step_shape(step) for step in plan.steps]}


def _step_shape(step: PlanStep) -> dict[str, Any]:
    return {
        "name": step.name,
        "state": step.state,
        "reasons": [reason_shape(reason) for reason in step.reasons],
        "needs": list(step.needs),
        "key": step.key,
        "layer": step.layer,
    }


def reason_shape(reason: Reason) -> dict[str, str]:
    """A reason without the fields that say nothing."""
    shape = {"kind": reason.kind, "text": reason.text}
    for name in ("field", "name", "old", "new", "step"):
        value = getattr(reason, name)
        if value:
            shape[name] = value
    return shape
