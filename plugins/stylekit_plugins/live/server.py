"""A page with the stream, as MJPEG, for browsers on this machine."""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import secrets
import socket
import threading
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from socketserver import TCPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from PIL import Image

from stylekit.errors import UsageError
from stylekit_plugins.live.loop import Live
from stylekit_plugins.live.mailbox import Pixels

_log = logging.getLogger(f"stylekit.{__name__}")

HOST = "127.0.0.1"

MAX_STREAMS = 4
"""Streams at a time."""

_MAX_CONNECTIONS = 16
"""Connections at a time, each with a thread of its own."""

_TIMEOUT = 10.0
"""Seconds after which a client that neither reads nor writes is dropped."""

_MAX_BODY = 1000
"""Bytes of a request."""

_QUALITY = 85
"""Of the JPEG images, out of 100."""

_BOUNDARY = "stylekit-frame"

_POLICY = "default-src 'none'; img-src 'self' data:; script-src 'self'; connect-src 'self'; " + (
    "style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class LatestFrame:
    """The latest painted frame, for any number of viewers; each gets the latest, and no queue."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._encoding = threading.Lock()
        self._number = 0
        self._pixels: Pixels | None = None
        self._encoded: tuple[int, bytes] = (0, b"")

    def show(self, pixels: Pixels) -> None:
        """Replace the latest frame."""
        with self._changed:
            self._number += 1
            self._pixels = pixels
            self._changed.notify_all()

    def newer(self, than: int, seconds: float) -> tuple[int, bytes] | None:
        """Return the number and the JPEG file of a newer frame; None: none came in this time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._number > than, seconds):
                return None
        # The first viewer encodes a frame for all of them, and without viewers nobody does.
        with self._encoding:
            with self._changed:
                number, pixels = self._number, self._pixels
            if self._encoded[0] != number:
                assert pixels is not None
                self._encoded = (number, _jpeg(pixels))
            return self._encoded


class Page:
    """Serves the page, only on this machine, and only to who knows its address.

    Args:
        port: 0: any free one.

    Attributes:
        address: of the page, with the token that opens it.

    Raises:
        UsageError: the port is in use or forbidden.
    """

    def __init__(self, live: Live, port: int) -> None:
        self._latest = LatestFrame()
        token = secrets.token_urlsafe(16)
        try:
            self._server = _Server((HOST, port), partial(_Handler, live, self._latest, token))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            in_use = getattr(error, "errno", None) == errno.EADDRINUSE
            raise UsageError(
                f"Port {port} is in use." if in_use else f"Port {port} cannot be used: {reason}.",
                "Choose another with --port, or any free one with --port 0.",
            ) from None
        self.port: int = self._server.server_address[1]
        self.address = f"http://{HOST}:{self.port}/?token={token}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="stylekit-page", daemon=True
        )
        self._thread.start()

    def show(self, pixels: Pixels, seconds: float) -> None:
        """Offer a frame to all viewers."""
        self._latest.show(pixels)

    def idle(self) -> None:
        """Do nothing: each viewer has a thread."""

    def close(self) -> None:
        """End all streams."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # On Windows, this would let two programs serve one port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, address: tuple[str, int], handler: Any) -> None:
        self._free = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind, without asking a name server for the name of this machine."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection, unless there are too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore viewers that leave in the middle of a frame."""
        _log.debug("A viewer left.", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server_version, sys_version = "stylekit", ""
    protocol_version = "HTTP/1.1"
    timeout = _TIMEOUT
    _streams: ClassVar[threading.BoundedSemaphore] = threading.BoundedSemaphore(MAX_STREAMS)

    def __init__(self, live: Live, latest: LatestFrame, token: str, *arguments: Any) -> None:
        self._live, self._latest, self._token = live, latest, token
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer with the page, its script, the numbers or the stream."""
        path = urlsplit(self.path).path
        # The script is no secret, and the page loads it without the token.
        if not self._is_allowed(needs_token=path != "/live.js"):
            return
        if path == "/":
            self._file("page.html", "text/html; charset=utf-8")
        elif path == "/live.js":
            self._file("page.js", "text/javascript; charset=utf-8")
        elif path == "/state":
            self._json(self._state())
        elif path == "/stream.mjpg":
            self._stream()
        else:
            self._refuse(404, "There is no such page.")

    def do_POST(self) -> None:
        """Press a key (`{"key": "up"}`), or set the strength (`{"strength": 0.5}`)."""
        if not self._is_allowed():
            return
        if urlsplit(self.path).path != "/control":
            self._refuse(404, "There is no such page.")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MAX_BODY:
            self._refuse(413, "Send one short JSON object.")
            return
        try:
            order = json.loads(self.rfile.read(int(length)))
            is_known = isinstance(order, dict) and self._obey(order)
        except (ValueError, RecursionError):
            is_known = False
        if is_known:
            self._json(self._state())
        else:
            self._refuse(400, 'Send {"key": "up"}, "down" or "q", or {"strength": NUMBER}.')

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log requests for --debug only, without the token."""
        _log.debug("%s", (format % arguments).replace(self._token, "..."))

    def _obey(self, order: dict[str, Any]) -> bool:
        """Do what a viewer asks for; return whether it is known."""
        key, strength = order.get("key"), order.get("strength")
        if key == "q":
            self._live.stopped.set()
        elif key in ("up", "down"):
            self._live.strength.turn(1 if key == "up" else -1)
        elif isinstance(strength, int | float) and not isinstance(strength, bool):
            self._live.strength.set(float(strength))
        else:
            return False
        return True

    def _state(self) -> dict[str, Any]:
        strength = self._live.strength
        return {**self._live.facts(), "limits": strength.limits, "step": strength.step}

    def _is_allowed(self, needs_token: bool = True) -> bool:
        """Refuse who comes by another name of this machine, or does not know the address."""
        allowed = {f"{name}:{self.connection.getsockname()[1]}" for name in (HOST, "localhost")}
        if self.headers.get("Host", "").lower() not in allowed:
            # Another site could have pointed its own name to this machine.
            self._refuse(400, "The page answers only to the address that was printed.")
            return False
        token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
        if needs_token and not secrets.compare_digest(token.encode(), self._token.encode()):
            self._refuse(401, "Open the address that was printed; it ends with /?token=...")
            return False
        return True

    def _stream(self) -> None:
        if not self._streams.acquire(blocking=False):
            self._refuse(503, f"There are {MAX_STREAMS} viewers already.")
            return
        try:
            self.close_connection = True
            self._head(200, f"multipart/x-mixed-replace; boundary={_BOUNDARY}", None)
            # A frame that waits in a buffer is an old one.
            with suppress(OSError):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
            number = 0
            while not self._live.stopped.is_set():
                newer = self._latest.newer(number, 0.5)
                if newer is None:
                    continue
                number, data = newer
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}"
                self.wfile.write(head.encode() + b"\r\n\r\n" + data + b"\r\n")
            self.wfile.write(f"--{_BOUNDARY}--\r\n".encode())
        finally:
            self._streams.release()

    def _file(self, name: str, kind: str) -> None:
        self._send(200, kind, files(__package__).joinpath(name).read_bytes())

    def _json(self, value: dict[str, Any]) -> None:
        self._send(200, "application/json", json.dumps(value).encode())

    def _refuse(self, code: int, text: str) -> None:
        # What is left of the request is not read.
        self.close_connection = True
        self._send(code, "text/plain; charset=utf-8", f"{text}\n".encode())

    def _send(self, code: int, kind: str, body: bytes) -> None:
        self._head(code, kind, len(body))
        self.wfile.write(body)

    def _head(self, code: int, kind: str, length: int | None) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        if length is None or self.close_connection:
            self.send_header("Connection", "close")
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in (
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", _POLICY),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        ):
            self.send_header(name, value)
        self.end_headers()


def _jpeg(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
