"""lfsmake on a real terminal of a given size, in a process of its own, and what is on its screen."""

import os
import sys
import termios

import pexpect
import pyte


class Screen:
    """`Screen("slow", columns=60, rows=10)` starts `lfsmake slow`. The terminal cuts off what no longer fits."""

    def __init__(self, *words, columns=80, rows=24, **environ):
        env = {name: value for name, value in os.environ.items() if name not in ("TMUX", "XTERM_VERSION")}
        self.child = pexpect.spawn(
            sys.executable, ["-m", "lfsmake", *words], env={**env, "TERM": "linux", **environ},
            dimensions=(rows, columns), timeout=300,
        )  # fmt: skip
        self.screen = pyte.HistoryScreen(columns, rows, history=500)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.modes = termios.tcgetattr(self.child.child_fd)

    def wait_for(self, text):
        """Reads until the text is somewhere on the screen."""
        while not any(text in row for row in self.rows()):
            self._read()

    def _read(self):
        data = self.child.read_nonblocking(65536, timeout=300)
        self.raw += data
        self._stream.feed(data)

    def rows(self):
        """What is not empty, without what follows it."""
        return [row.rstrip().replace("\0", "") for row in self.screen.display if row.strip()]

    def resize(self, columns, rows):
        """As a user who pulls at the window."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def ended(self):
        """Reads to the end. Gives the exit code, or minus the signal."""
        try:
            while True:
                self._read()
        except pexpect.EOF:
            pass
        self.child.close()
        return -self.child.signalstatus if self.child.signalstatus else self.child.exitstatus
