"""What one receiver is still to get, and the thread that sends it. Knows neither URLs nor what messages say.

Whoever puts an alert here never waits. Alerts of one kind that come within a minute go together as one message; a
message that could not be sent is tried twice more; what is on its way when the run ends gets a little more time.
"""

import threading
import time
from collections.abc import Callable

from lfsmake.ui.alerts.message import Alert, together

FOLD = 60.0  # seconds: of one kind, at most one message in that time
KEPT = 100  # alerts of a kind that are kept until then; more are only counted
PAUSES = (5.0, 30.0)  # seconds before a message is tried again


class Outbox:
    """`send` gives why a message could not be sent, "" if it was; `cancel` makes a running one return soon."""

    def __init__(
        self,
        name: str,
        send: Callable[[Alert], str],
        cancel: Callable[[], None],
        tell: Callable[[str], None],
        *,
        fold: float = FOLD,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self.name = name
        self._send, self._cancel, self._tell = send, cancel, tell
        self._fold, self._pauses = fold, pauses
        self._wake = threading.Condition()
        self._waiting: dict[str, list[Alert]] = {}  # kind → what is still to be sent
        self._more: dict[str, int] = {}  # kind → how many came when KEPT were there
        self._last: dict[str, float] = {}  # kind → when it was last sent
        self._now_sending = 0  # alerts in the message on its way
        self._lost = 0  # alerts that could not be sent
        self._silent = 0  # of these, what was not told yet: a dead receiver is named once
        self._closing = self._given_up = False
        self._thread: threading.Thread | None = None

    def put(self, alert: Alert) -> None:
        """Have it sent. Returns at once."""
        kind = alert.words[0]
        with self._wake:
            waiting = self._waiting.setdefault(kind, [])
            if len(waiting) < KEPT:
                waiting.append(alert)
            else:
                self._more[kind] = self._more.get(kind, 0) + 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"alerts to {self.name}", daemon=True)
                self._thread.start()
            self._wake.notify()

    def close(self) -> None:
        """No more will come: what is there is sent now, without waiting for more of its kind."""
        with self._wake:
            self._closing = True
            self._wake.notify()

    def done(self, seconds: float) -> bool:
        """Whether nothing is on its way any more; waits for that so long at most."""
        if self._thread is not None:
            self._thread.join(max(0.0, seconds))
        return self._thread is None or not self._thread.is_alive()

    def give_up(self) -> None:
        """What was not sent by now is not sent."""
        with self._wake:
            self._given_up = True
            late = self._left()
            self._wake.notify()
        self._cancel()
        if late:
            self._tell(f"{_several(late)} to {self.name} could not be sent in time")

    def _left(self) -> int:
        waiting = sum(map(len, self._waiting.values())) + sum(self._more.values())
        return waiting + self._now_sending

    def _run(self) -> None:
        while True:
            with self._wake:
                kind = self._due()
                if kind is None:
                    if self._closing or self._given_up:
                        break
                    self._wake.wait(self._pause())
                    continue
                alerts, more = self._waiting.pop(kind), self._more.pop(kind, 0)
                self._last[kind] = time.monotonic()
                self._now_sending = len(alerts) + more
            why = self._deliver(together(alerts, more))
            with self._wake:
                if self._given_up:
                    return  # `wait` has told it
                count, self._now_sending = self._now_sending, 0
            if why and not self._lost:
                self._tell(f"{_several(count)} to {self.name} could not be sent: {why}")
            elif why:
                self._silent += count
            self._lost += count if why else 0
        if self._silent and not self._given_up:
            self._tell(f"{self._silent:,} more to {self.name} could not be sent either")

    def _due(self) -> str | None:
        """The kind whose turn it is; None if there is none yet."""
        if self._given_up:
            return None
        now = time.monotonic()
        for kind in self._waiting:
            if self._closing or now - self._last.get(kind, -self._fold) >= self._fold:
                return kind
        return None

    def _pause(self) -> float | None:
        """Seconds until the next kind's turn; None if nothing waits."""
        now = time.monotonic()
        return min((self._last[kind] + self._fold - now for kind in self._waiting), default=None)

    def _deliver(self, alert: Alert) -> str:
        """Why it could not be sent, after all tries; "" if it was. What fails after the run is not tried again."""
        why = ""
        for pause in (*self._pauses, 0.0):
            last = self._closing
            why = self._send(alert)
            if not why or last:
                break
            with self._wake:
                self._wake.wait_for(lambda: self._closing, pause)
        return why


def _several(count: int) -> str:
    return "an alert" if count == 1 else f"{count:,} alerts"
