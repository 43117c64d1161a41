"""The working process's end of the line to the page.

Two threads hold it: Ctrl-C reaches the main thread alone, and so breaks off no half-sent report.
"""

from __future__ import annotations

import _thread
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread

from stylekit_ui.messages import Report


class Line:
    """Sends reports, and turns the page's wish to stop into Ctrl-C.

    Args:
        connection: a word on it, or its end when the page is gone, stops the work.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reports: SimpleQueue[Report | None] = SimpleQueue()
        self._sender = Thread(target=self._send, daemon=True)
        self._sender.start()
        Thread(target=self._listen, daemon=True).start()

    def tell(self, report: Report) -> None:
        """Send a report, some time soon."""
        self._reports.put(report)

    def end(self, report: Report) -> None:
        """Send the last report, and wait until it has left."""
        _ignore_interrupts()
        self._reports.put(report)
        self._reports.put(None)
        self._sender.join()

    def _send(self) -> None:
        with suppress(OSError):
            for report in iter(self._reports.get, None):
                self._connection.send(report)

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            self._connection.recv()
        _thread.interrupt_main()


def _ignore_interrupts() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(each, signal.SIG_IGN)
