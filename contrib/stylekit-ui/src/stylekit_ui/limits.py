"""Limits on the size of requests and of all uploads together."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stylekit_ui.scratch import Scratch

MAX_UPLOAD_BYTES = 2 * 2**30

MAX_REQUEST_BYTES = 16 * 2**20
"""Size of a request other than an upload."""

UPLOAD = "/gradio_api/upload"

MIB = 2**20
MAX_DIGITS = 15


class UploadLimits:
    """Middleware that refuses requests that are too large before it reads them."""

    def __init__(self, app: ASGIApp, scratch: Scratch) -> None:
        self._app = app
        self._scratch = scratch
        self._uploading = 0
        """Bytes of the uploads in progress."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request, or refuse it if it is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        upload = scope["path"].rstrip("/") == UPLOAD
        limit = MAX_UPLOAD_BYTES if upload else MAX_REQUEST_BYTES
        refusal: Response | None = None
        # The server reads no more than the announced length.
        if "transfer-encoding" in headers or not length.isdecimal():
            refusal = PlainTextResponse("The request needs a Content-Length header.\n", 411)
        elif len(length) > MAX_DIGITS or int(length) > limit:
            refusal = PlainTextResponse(f"The request exceeds {limit // MIB} MiB.\n", 413)
        elif upload:
            await self._forward_upload(int(length), scope, receive, send)
            return
        await (refusal or self._app)(scope, receive, send)

    async def _forward_upload(
        self, length: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._uploading += length
        try:
            fits = await asyncio.to_thread(self._scratch.has_room, self._uploading)
            full = PlainTextResponse(
                "The temporary folder is full. Files unused for an hour are removed.\n",
                413,
            )
            await (self._app if fits else full)(scope, receive, send)
        finally:
            self._uploading -= length
