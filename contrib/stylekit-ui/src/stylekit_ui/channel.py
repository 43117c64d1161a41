"""The worker's end of the connection to the page.

Two threads use the connection. Ctrl-C reaches only the main thread, so it never interrupts a
message that is half sent.
"""

from __future__ import annotations

import _thread
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread

from stylekit_ui.messages import WorkerMessage


class Channel:
    """Sends messages to the page, and turns a stop request from it into Ctrl-C.

    Args:
        connection: a message on it, or its end when the page is gone, stops the run.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._outgoing: SimpleQueue[WorkerMessage | None] = SimpleQueue()
        self._sender = Thread(target=self._send_all, daemon=True)
        self._sender.start()
        Thread(target=self._wait_for_stop, daemon=True).start()

    def send(self, message: WorkerMessage) -> None:
        """Queue a message without waiting."""
        self._outgoing.put(message)

    def send_last(self, message: WorkerMessage) -> None:
        """Send the last message and wait until it has been written."""
        _ignore_interrupts()
        self._outgoing.put(message)
        self._outgoing.put(None)
        self._sender.join()

    def _send_all(self) -> None:
        with suppress(OSError):
            for message in iter(self._outgoing.get, None):
                self._connection.send(message)

    def _wait_for_stop(self) -> None:
        with suppress(EOFError, OSError):
            self._connection.recv()
        _thread.interrupt_main()


def _ignore_interrupts() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(each, signal.SIG_IGN)
