"""Whether servers answer, asked once and remembered for a day. Knows hosts, not files."""

import threading
import time
from urllib.parse import urlsplit

from lfsmake.sources.transfer import Transfer
from lfsmake.store.store import Store

_DAY = 86400.0
_NETWORK = "*"
_HOSTS = 2  # that must be silent, and none answer, before the whole network counts as closed


class Reach:
    """Shared by the threads of one fetch."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reasons: dict[str, str] = {}  # host → why it does not answer, "" if it does
        self._guard = threading.Lock()

    def down(self, url: str, transfer: Transfer) -> str:
        """Why the server of `url` cannot be reached, or "". Asks it at most once; notes what was found."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return ""  # the download itself says what is wrong with it
        with self._guard:
            if host not in self._reasons:
                self._reasons[host] = (
                    self._recalled(_NETWORK) or self._recalled(host) or self._ask(url, host, transfer)
                )
            return self._reasons[host]

    def _recalled(self, host: str) -> str:
        when, _, why = (self._store.recall("unreachable", host) or "").partition(" ")
        fresh = when.isdigit() and 0 <= time.time() - int(when) < _DAY
        return why if fresh else ""

    def _ask(self, url: str, host: str, transfer: Transfer) -> str:
        from lfsmake.sources.request import unreachable

        why = unreachable(url, transfer.patience.probe)
        if not why:
            return ""
        self._remember(host, why)
        reasons = [*self._reasons.values(), why]
        if all(reasons) and len(reasons) >= _HOSTS:
            self._remember(_NETWORK, why)
        transfer.note(
            f"{host} cannot be reached ({why}): other origins come first for a day; "
            "`--set origin=upstream` asks it again"
        )
        return why

    def _remember(self, host: str, why: str) -> None:
        self._store.remember("unreachable", host, f"{int(time.time())} {why}")
