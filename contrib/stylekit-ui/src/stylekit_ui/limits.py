"""How much may be sent to the server: at once, and in all."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stylekit_ui.scratch import Scratch

LARGEST = 2 * 2**30
"""Bytes of an upload."""

WORDS = 16 * 2**20
"""Bytes of any other request."""

UPLOAD = "/gradio_api/upload"

MIB = 2**20
DIGITS = 15


class Limits:
    """Refuses what is too large before any of it is read."""

    def __init__(self, app: ASGIApp, scratch: Scratch) -> None:
        self._app = app
        self._scratch = scratch
        self._arriving = 0
        """Bytes of uploads that are on their way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or say what is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        upload = scope["path"].rstrip("/") == UPLOAD
        most = LARGEST if upload else WORDS
        refused: Response | None = None
        # A server reads no farther than what is announced.
        if "transfer-encoding" in headers or not length.isdecimal():
            refused = PlainTextResponse("The request does not say how long it is.\n", 411)
        elif len(length) > DIGITS or int(length) > most:
            refused = PlainTextResponse(f"More than {most // MIB} MiB at once.\n", 413)
        elif upload:
            await self._take(int(length), scope, receive, send)
            return
        await (refused or self._app)(scope, receive, send)

    async def _take(self, length: int, scope: Scope, receive: Receive, send: Send) -> None:
        self._arriving += length
        try:
            fits = await asyncio.to_thread(self._scratch.has_room, self._arriving)
            full = PlainTextResponse(
                "There is no room for more uploads. What is not used for an hour makes way.\n",
                413,
            )
            await (self._app if fits else full)(scope, receive, send)
        finally:
            self._arriving -= length
