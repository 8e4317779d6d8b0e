"""A real pseudo-terminal whose screen can be read."""

import os
import pty
import struct
import termios
from fcntl import ioctl

import pyte


class Terminal:
    """What is written to `stream` is on the screen: a pseudo-terminal has no delay."""

    def __init__(self, columns=80, rows=24):
        self.main, self.other = pty.openpty()
        self.screen = pyte.HistoryScreen(columns, rows, history=1000)
        self.bytes = pyte.ByteStream(self.screen)
        self.raw = b""
        self.resize(columns, rows)
        self.stream = open(self.other, "w", encoding="utf-8", closefd=False)  # noqa: SIM115

    def resize(self, columns, rows=24):
        """As a terminal does that cuts off what no longer fits."""
        self.lines()
        ioctl(self.other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def lines(self):
        """The rows that are not empty."""
        os.set_blocking(self.main, False)
        while True:
            try:
                data = os.read(self.main, 65536)
            except BlockingIOError:
                os.set_blocking(self.main, True)
                break
            self.raw += data
            self.bytes.feed(data)
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def close(self):
        self.stream.close()
        os.close(self.main)
        os.close(self.other)
