"""Access control: only a browser that has shown the token, on this machine, reaches the page."""

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

CONTENT_SECURITY_POLICY = (
    # Gradio's page contains inline scripts and styles, and its brush compiles code.
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'; object-src 'none'"
)

STARTUP = "/gradio_api/startup-events"
"""Gradio requests this from its own server once, without a token, before it prints the address."""

FILES = ("/gradio_api/file=", "/gradio_api/file/")


class AccessPolicy:
    """Decides which requests reach the page.

    Args:
        hosts: further host names that the page answers to, such as those of proxies.
        may_serve: returns whether the page may load a file.

    Attributes:
        starting: the server has not printed its address yet.
    """

    def __init__(self, hosts: Iterable[str], may_serve: Callable[[str], bool]) -> None:
        self.token = secrets.token_urlsafe(32)
        self.starting = True
        self._cookie = secrets.token_urlsafe(32)
        self._proxies = {host.lower() for host in hosts}
        self._may_serve = may_serve

    def response_to(self, scope: Scope) -> Response | None:
        """Return the response to a request that is refused or brings the token, else None."""
        headers = Headers(scope=scope)
        return (
            self._refuse_host(headers)
            or self._refuse_site(scope, headers)
            or self._ask_token(scope, headers)
            or self._refuse_file(scope["path"])
        )

    def _refuse_host(self, headers: Headers) -> Response | None:
        """Refuse other host names: another site could point its own name to this address."""
        host = _hostname(headers.get("host", ""))
        if host in {HOST, "localhost", *self._proxies}:
            return None
        name = host if re.fullmatch(r"[a-z0-9_.:-]{1,255}", host) else "NAME"
        return PlainTextResponse(
            f"The page does not answer to the host name {name}. Behind a proxy (JupyterHub, "
            f"Codespaces, nginx), start it with: stylekit ui --allow-host {name}\n",
            400,
        )

    def _refuse_site(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse requests from the pages of other sites, other ports of this machine included."""
        cross_site = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
        if cross_site and scope.get("method") == "GET":
            # A link may lead here; its author learns nothing from the answer.
            cross_site = headers.get("sec-fetch-dest") != "document"
        origin = headers.get("origin")
        if origin is not None and not cross_site:
            authority = origin.partition("://")[2].lower()
            same = authority and authority == headers.get("host", "").lower()
            cross_site = not same and _hostname(authority) not in self._proxies
        if not cross_site:
            return None
        return PlainTextResponse(
            "The page refuses requests from other sites. Behind a proxy with another host name, "
            "start it with --allow-host and that name.\n",
            403,
        )

    def _ask_token(self, scope: Scope, headers: Headers) -> Response | None:
        # Browsers share cookies between all ports of a machine, so the name contains the port.
        name = f"stylekit-ui-{scope['server'][1]}"
        if _is_secret(_cookie_of(headers, name), self._cookie):
            return None
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope.get("method") == "GET" and _is_secret(token, self.token):
            # Not an HTTP redirect: after a click on another site, browsers would not send the
            # strict cookie along with it.
            response = HTMLResponse(redirect_page("./"), headers={"Cache-Control": "no-store"})
            secure = scope["scheme"] == "https"
            response.set_cookie(name, self._cookie, httponly=True, samesite="strict", secure=secure)
            return response
        if self.starting and scope["path"] == STARTUP:
            return None
        return PlainTextResponse(
            "Open the address that `stylekit ui` printed; it ends with /?token=...\n",
            401,
        )

    def _refuse_file(self, path: str) -> Response | None:
        for prefix in FILES:
            if path.startswith(prefix) and not self._may_serve(path.removeprefix(prefix)):
                return PlainTextResponse("The page may not load this file.\n", 403)
        return None


class AccessMiddleware:
    """Applies the access policy, and forbids the browser to contact other servers."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or forward a request, in any case with the security headers."""

        async def with_headers(message: Message) -> None:
            if message["type"].endswith("http.response.start"):
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
                headers["Referrer-Policy"] = "no-referrer"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        response = None if scope["type"] == "lifespan" else self._policy.response_to(scope)
        await (response or self._app)(scope, receive, with_headers)


def redirect_page(address: str) -> str:
    """Return an HTML page that redirects to an address at once."""
    url = html.escape(address)
    return (
        f'<!doctype html><title>stylekit</title><meta http-equiv="refresh" content="0;url={url}">'
    )


def _hostname(authority: str) -> str:
    """Return the name in `NAME[:PORT]`, or an empty string."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
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


def _is_secret(text: str, secret: str) -> bool:
    """Compare in constant time, which reveals nothing about the secret."""
    return secrets.compare_digest(text.encode(), secret.encode())
