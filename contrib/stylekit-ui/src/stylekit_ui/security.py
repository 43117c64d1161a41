"""Who may ask for what: the browser that has shown the token, on this machine, and nobody else."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable, Iterable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"

POLICY = (
    # Gradio's page has scripts and styles within it, and compiles what its brush draws with.
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'; object-src 'none'"
)

STARTUP = "/gradio_api/startup-events"
"""Gradio asks its own server for this once, without a token, before the address is printed."""

FILES = ("/gradio_api/file=", "/gradio_api/file/")


class Door:
    """Decides which requests reach the page.

    Args:
        hosts: further names that the page answers to, those of proxies.
        serves: decides which files the page may have.

    Attributes:
        starting: the server is not known to anybody yet.
    """

    def __init__(self, hosts: Iterable[str], serves: Callable[[str], bool]) -> None:
        self.token = secrets.token_urlsafe(32)
        self.starting = True
        self._cookie = secrets.token_urlsafe(32)
        self._proxies = {host.lower() for host in hosts}
        self._serves = serves

    def answer(self, scope: Scope) -> Response | None:
        """Answer a request that does not reach the page: it is refused, or brings the token."""
        headers = Headers(scope=scope)
        return (
            self._refuse_host(headers)
            or self._refuse_site(scope, headers)
            or self._ask_token(scope, headers)
            or self._refuse_file(scope["path"])
        )

    def _refuse_host(self, headers: Headers) -> Response | None:
        """Refuse other names: another site could give its own name this address."""
        host = _hostname(headers.get("host", ""))
        if host in {HOST, "localhost", *self._proxies}:
            return None
        name = host if re.fullmatch(r"[a-z0-9_.:-]{1,255}", host) else "NAME"
        return PlainTextResponse(
            f"This page does not answer to the name {name}. Behind a proxy (JupyterHub, "
            f"Codespaces, nginx), start it as: stylekit ui --allow-host {name}\n",
            400,
        )

    def _refuse_site(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse what the pages of other sites ask for, of other ports of this machine, too."""
        foreign = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
        if foreign and scope.get("method") == "GET":
            # A link may lead here: it shows nothing to those who set it.
            foreign = headers.get("sec-fetch-dest") != "document"
        origin = headers.get("origin")
        if origin is not None and not foreign:
            place = origin.partition("://")[2].lower()
            same = place and place == headers.get("host", "").lower()
            foreign = not same and _hostname(place) not in self._proxies
        if not foreign:
            return None
        return PlainTextResponse(
            "This page answers to no other site. Behind a proxy that has another name, start it "
            "with --allow-host and that name.\n",
            403,
        )

    def _ask_token(self, scope: Scope, headers: Headers) -> Response | None:
        # Cookies are those of a machine, whatever the port.
        name = f"stylekit-ui-{scope['server'][1]}"
        if _is_secret(_cookie_of(headers, name), self._cookie):
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope.get("method") == "GET" and _is_secret(given, self.token):
            # Not a redirect: that would still be part of a click on another site that led here,
            # and browsers do not send a strict cookie along with those.
            response = HTMLResponse(leading_to("./"), headers={"Cache-Control": "no-store"})
            secure = scope["scheme"] == "https"
            response.set_cookie(name, self._cookie, httponly=True, samesite="strict", secure=secure)
            return response
        if self.starting and scope["path"] == STARTUP:
            return None
        return PlainTextResponse(
            "This page opens with the address that `stylekit ui` printed, which ends with "
            "/?token=... Open that one in this browser.\n",
            401,
        )

    def _refuse_file(self, path: str) -> Response | None:
        for prefix in FILES:
            if path.startswith(prefix) and not self._serves(path.removeprefix(prefix)):
                return PlainTextResponse("This file is not one of the page's.\n", 403)
        return None


class Guard:
    """Stands before the page, and forbids the browser to load from, or send to, anybody else."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the page answer; always with the policy."""

        async def with_policy(message: Message) -> None:
            if message["type"].endswith("http.response.start"):
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY
                headers["Referrer-Policy"] = "no-referrer"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        answer = None if scope["type"] == "lifespan" else self._door.answer(scope)
        await (answer or self._app)(scope, receive, with_policy)


def leading_to(address: str) -> str:
    """Write a page that leads to another one at once."""
    url = html.escape(address)
    return (
        f'<!doctype html><title>stylekit</title><meta http-equiv="refresh" content="0;url={url}">'
    )


def _hostname(place: str) -> str:
    """Take the name out of `NAME[:PORT]`; nothing if there is none."""
    try:
        return urlsplit(f"//{place}").hostname or ""
    except ValueError:
        return ""


def _cookie_of(headers: Headers, name: str) -> str:
    lines: list[str] = headers.getlist("cookie")
    for line in lines:
        for pair in line.split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                return value
    return ""


def _is_secret(given: str, secret: str) -> bool:
    """Compare in a time that tells nothing of how much is right."""
    return secrets.compare_digest(given.encode(), secret.encode())
