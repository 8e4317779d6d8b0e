"""The alerts of a run, put together: receivers checked before it, their outboxes filled by events, emptied at its end.

Knows the parts, no detail of any.
"""

import contextlib
import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from lfsmake.lang.alerts import Alerts, Receiver
from lfsmake.model.errors import HostErrors, Problem
from lfsmake.model.events import Event, RunDone
from lfsmake.store.place import cache_folder
from lfsmake.ui.alerts.address import Address, place_of, resolve
from lfsmake.ui.alerts.message import Place
from lfsmake.ui.alerts.outbox import Outbox
from lfsmake.ui.alerts.rules import EXIT_INTERRUPTED, Limits, Rules
from lfsmake.ui.alerts.send import Sender, apprise_place, check_all, lacks

_AFTER_INTERRUPT = 3.0  # seconds: who pressed Ctrl-C waits
_SILENT = 2.0  # seconds of waiting at the end before it is told

Tell = Callable[[str, str], None]  # one sentence, and "info" or "warning"


class Alerting:
    """A listener of events. Use it in a `with`: at the end it waits for messages on their way, `alerts.wait` seconds at
    most. `tell` gets one sentence for what could not be sent, from any thread."""

    def __init__(
        self, alerts: Alerts, addresses: Sequence[Address], rules: Rules, tell: Tell
    ) -> None:
        self._rules = rules
        self._wait = alerts.wait
        self._tell = tell
        self._outboxes: list[tuple[frozenset[str], Outbox]] = []
        for receiver, address in zip(alerts.receivers, addresses, strict=True):
            sender = Sender(address)
            outbox = Outbox(receiver.name, sender, sender.cancel, lambda text: tell(text, "warning"))
            self._outboxes.append((frozenset(receiver.on), outbox))

    def __call__(self, event: Event) -> None:
        """Take in one event of the run; never waits."""
        for alert in self._rules.apply(event):
            for words, outbox in self._outboxes:
                if not words.isdisjoint(alert.words):
                    outbox.put(alert)
        if isinstance(event, RunDone) and event.exit_code == EXIT_INTERRUPTED:
            self._wait = min(self._wait, _AFTER_INTERRUPT)

    def __enter__(self) -> "Alerting":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Send what is there, wait for it as long as is allowed. Ctrl-C ends the waiting, nothing else."""
        end = time.monotonic() + self._wait
        for _, outbox in self._outboxes:
            outbox.close()
        busy = [outbox for _, outbox in self._outboxes if not outbox.done(0.0)]
        try:
            deadline = min(end, time.monotonic() + _SILENT)
            late = [outbox.name for outbox in busy if not outbox.done(deadline - time.monotonic())]
            if late:
                names = ", ".join(late)
                self._tell(f"sending alerts to {names}, for {max(0.0, end - time.monotonic()):.0f} s at most", "info")
                for outbox in busy:
                    outbox.done(end - time.monotonic())
        except KeyboardInterrupt:
            pass
        for _, outbox in self._outboxes:
            outbox.give_up()


def alerting(
    alerts: Alerts,
    *,
    place: Place,
    failed_before: Callable[[str, tuple[str, ...]], bool],
    tell: Tell,
) -> Alerting:
    """The listener for a run. Raises HostErrors with everything that keeps a receiver from being told."""
    limits = Limits(alerts.slow, alerts.disk_low, alerts.memory_low)
    return Alerting(alerts, addresses(alerts), Rules(limits, place, failed_before), tell)


def addresses(alerts: Alerts) -> list[Address]:
    """The addresses of all receivers, each one that messages can be sent to, as far as can be told beforehand.

    Raises HostErrors: a secret that is not there, a library that is missing, a URL that apprise cannot read.
    """
    found = judged(alerts)
    lost = tuple(problem for _, problem in found if problem is not None)
    if lost:
        raise HostErrors(lost)
    return [address for address, _ in found if address is not None]


def judged(alerts: Alerts) -> list[tuple[Address | None, Problem | None]]:
    """For each receiver its address, or what is wrong with it. What apprise has found good is not asked again: it
    takes a second."""
    found = resolved(alerts)
    asked = [address for address, _ in found if address is not None and not address.desktop]
    sound = all(problem is None for _, problem in found)
    memory = Path(cache_folder(os.environ)) / "alerts" / _identity(alerts)
    if not asked or (sound and memory.exists()):
        return found
    whys = dict(zip((address.name for address in asked), check_all(asked), strict=True))
    if sound and not any(whys.values()):
        _remember(memory)
    judgement: list[tuple[Address | None, Problem | None]] = []
    for receiver, (address, problem) in zip(alerts.receivers, found, strict=True):
        why = whys.get(receiver.name, "")
        judgement.append((None, _problem(receiver, why)) if why else (address, problem))
    return judgement


def resolved(alerts: Alerts) -> list[tuple[Address | None, Problem | None]]:
    """For each receiver its address, or what is wrong with it without asking apprise."""
    found: list[tuple[Address | None, Problem | None]] = []
    for receiver in alerts.receivers:
        address = resolve(receiver, alerts.folder, os.environ)
        if isinstance(address, Problem):
            found.append((None, place_of(address)))
            continue
        what, cure = lacks(address)
        found.append((None, _problem(receiver, what, cure)) if what else (address, None))
    return found


def _problem(receiver: Receiver, why: str, hint: str = "") -> Problem:
    return place_of(Problem(f"receiver {receiver.name} cannot be told: {why}", receiver.span, "", hint))


def _identity(alerts: Alerts) -> str:
    """What apprise's judgement depended on: the URLs as written, without secrets, and the library."""
    place = apprise_place() or ""
    with contextlib.suppress(OSError):
        place += str(Path(place).stat().st_mtime_ns)
    told = repr((sys.executable, place, sorted(receiver.url for receiver in alerts.receivers)))
    return hashlib.sha256(told.encode()).hexdigest()


def _remember(path: Path) -> None:
    from lfsmake.lang.folder import own_folder, write

    folder = own_folder(path.parent)
    if folder is not None:
        write(path, b"")


def try_all(found: Sequence[tuple[Receiver, Address]], place: Place) -> Iterator[tuple[Receiver, str, float]]:
    """Sends each a test message, all at once: (receiver, why it could not be sent or "", seconds) as they come in."""
    import queue

    from lfsmake.ui.alerts.message import Alert

    answers: queue.SimpleQueue[tuple[Receiver, str, float]] = queue.SimpleQueue()

    def run(receiver: Receiver, sender: Sender) -> None:
        began = time.monotonic()
        body = f"This is a test. It is sent on: {', '.join(receiver.on)}.\n\nwhere    {place.host}:{place.folder}"
        why = sender(Alert(("test",), f"a test message to {receiver.name}", body, "info", place.host))
        answers.put((receiver, why, time.monotonic() - began))

    senders = [(receiver, Sender(address)) for receiver, address in found]
    try:
        for receiver, sender in senders:
            threading.Thread(target=run, args=(receiver, sender), daemon=True).start()
        for _ in senders:
            yield answers.get()
    finally:
        for _, sender in senders:
            sender.cancel()
