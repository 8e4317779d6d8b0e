"""`lfsmake alerts list|test`: who is told of what, and whether messages reach them."""

import os
from collections.abc import Sequence

import click

from lfsmake.cli.group import Group
from lfsmake.cli.options import Command, Settings, declare
from lfsmake.cli.output import emit, emit_json, flush, report
from lfsmake.lang.alerts import Alerts
from lfsmake.model.errors import EXIT_ENVIRONMENT, EXIT_OK, UsageError
from lfsmake.ui.text import safe

_LIST_SHAPE = """
`{"version": 1, "receivers": [{"name": "mail", "to": "mailtos://…", "on": ["failure"], "problem": "…"}]}`; `to` without
its secrets, `problem` empty where none is known.
"""
_TEST_SHAPE = """
`{"version": 1, "receivers": [{"name": "mail", "to": "mailtos://…", "sent": true, "why": "", "seconds": 1.4}]}`; `why`
is what kept the message from being sent.
"""


@declare("list", examples=(("lfsmake alerts list", "who would be told, and of what"),), json=_LIST_SHAPE)
def list_receivers(settings: Settings) -> int:
    """List the receivers of lfsmake.toml, what each is told of, and what is wrong with it. Sends nothing."""
    from lfsmake.lang.alerts import scheme
    from lfsmake.ui.alerts.listen import judged

    alerts = _chosen(settings, ())
    found = judged(alerts)
    if settings.json:
        receivers = [
            {
                "name": receiver.name,
                "to": scheme(address.url if address else receiver.url),
                "on": receiver.on,
                "problem": problem.message if problem else "",
            }
            for receiver, (address, problem) in zip(alerts.receivers, found, strict=True)
        ]
        emit_json({"version": 1, "receivers": receivers})
    else:
        width = max(len(receiver.name) for receiver in alerts.receivers)
        for receiver, (address, _) in zip(alerts.receivers, found, strict=True):
            where = scheme(address.url if address else receiver.url)
            emit(f"{receiver.name:<{width}}  {safe(where):<14}  {', '.join(receiver.on)}")
        report([problem for _, problem in found if problem], color=settings.color, folder=settings.start)
    return EXIT_ENVIRONMENT if any(problem for _, problem in found) else EXIT_OK


@declare(
    "test",
    click.Argument(["names"], nargs=-1, metavar="[RECEIVER...]"),
    examples=(
        ("lfsmake alerts test", "send a message to every receiver"),
        ("lfsmake alerts test mail", "only to this one"),
    ),
    json=_TEST_SHAPE,
)
def send_test(settings: Settings, names: tuple[str, ...]) -> int:
    """Send each receiver a test message, and say how that went. Exits with 3 if one could not be sent."""
    from lfsmake.lang.alerts import scheme
    from lfsmake.ui.alerts.listen import resolved, try_all
    from lfsmake.ui.alerts.message import Place

    alerts = _chosen(settings, names)
    found = resolved(alerts)
    place = Place(os.uname().nodename, alerts.folder)
    lost = [problem for _, problem in found if problem is not None]
    ready = [
        (receiver, address)
        for receiver, (address, _) in zip(alerts.receivers, found, strict=True)
        if address is not None
    ]
    results = []
    for receiver, why, seconds in try_all(ready, place):
        to = scheme(next(address.url for known, address in ready if known is receiver))
        results.append({"name": receiver.name, "to": to, "sent": not why, "why": why, "seconds": round(seconds, 3)})
        if not settings.json:
            how = f"could not be sent: {safe(why)}" if why else f"sent in {seconds:.1f} s"
            emit(f"{receiver.name}: {how}")
            flush()
    if settings.json:
        for receiver, (_, problem) in zip(alerts.receivers, found, strict=True):
            if problem is not None:
                told = {"name": receiver.name, "to": scheme(receiver.url), "sent": False}
                results.append({**told, "why": problem.message, "seconds": 0.0})
        emit_json({"version": 1, "receivers": results})
    else:
        report(lost, color=settings.color, folder=settings.start)
    return EXIT_OK if all(result["sent"] for result in results) and not lost else EXIT_ENVIRONMENT


def _chosen(settings: Settings, names: Sequence[str]) -> Alerts:
    """The configuration's alerts, only to the receivers named. Raises UsageError if there is none of that name."""
    from msgspec.structs import replace

    from lfsmake.cli.opened import request_of
    from lfsmake.engine.session import read_configuration
    from lfsmake.lang.words import listed, meant

    config, _ = read_configuration(request_of(settings))
    known = [receiver.name for receiver in config.alerts.receivers]
    if not known:
        raise UsageError(
            f"{config.path or 'the configuration'} names no receiver of alerts",
            expected='a table such as [alerts.to.mail] with url = "mailtos://…" in lfsmake.toml',
            hint="docs/alerts.md shows how",
        )
    for name in names:
        if name not in known:
            raise UsageError(f'there is no receiver "{name}"', expected=listed(known), hint=meant(name, known))
    wanted = tuple(receiver for receiver in config.alerts.receivers if not names or receiver.name in names)
    return replace(config.alerts, receivers=wanted)


ACTIONS: dict[str, tuple[Command, str]] = {
    "list": (list_receivers, "list receivers, and what each is told of"),
    "test": (send_test, "send each receiver a test message"),
}

command = Group("alerts", ACTIONS, "List who is told of what happens in a run, or send them a test message.")
