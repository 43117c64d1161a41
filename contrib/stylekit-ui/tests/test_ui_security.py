"""Access control: plain HTTP requests to a real server."""

from __future__ import annotations

import http.client
import json
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


class Reply:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.text = response.read(100_000).decode("utf-8", "replace")


@pytest.fixture
def ask(server: Any) -> Callable[..., Reply]:
    """Send a request, by default with the cookie that the token gives."""

    def send(
        path: str = "/",
        method: str = "GET",
        body: bytes | None = None,
        known: bool = True,
        to: Any = server,
        **headers: str,
    ) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if known:
            entered = send(f"/?token={to.token}", known=False, to=to)
            named["Cookie"] = entered.headers["Set-Cookie"].partition(";")[0]
        line = http.client.HTTPConnection("127.0.0.1", to.port, timeout=30)
        try:
            line.request(method, path, body, named)
            return Reply(line.getresponse())
        finally:
            line.close()

    return send


def multipart(name: str, content: bytes) -> tuple[bytes, str]:
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/config"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/startup-events"),
        ("GET", "/gradio_api/heartbeat/abc"),
        ("GET", "/gradio_api/queue/data?session_hash=abc"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/run/predict"),
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/file=/etc/hostname"),
        ("GET", "/assets/index.js"),
        ("GET", "/static/img/logo.svg"),
        ("GET", "/theme.css"),
        ("GET", "/favicon.ico"),
        ("GET", "/nothing/of/the/kind"),
    ],
)
def test_every_request_needs_the_token(ask: Any, server: Any, method: str, path: str):
    assert ask(path, method, known=False).status == 401
    cookie = f"stylekit-ui-{server.port}="
    wrong = ask(path, method, known=False, Cookie=f"{cookie}{'x' * 43}")
    assert wrong.status == 401
    assert method == "HEAD" or "printed" in wrong.text
    joint = "&" if "?" in path else "?"
    assert ask(f"{path}{joint}token={'x' * 43}", method, known=False).status == 401
    assert ask(path, method, known=False, Cookie=f"{cookie}ü").status in (400, 401)


def test_the_token_is_exchanged_for_a_cookie_of_the_port(ask: Any, server: Any):
    entered = ask(f"/?token={server.token}", known=False)
    assert entered.status == 200
    cookie, *rules = entered.headers["Set-Cookie"].split("; ")
    assert cookie.startswith(f"stylekit-ui-{server.port}=")
    assert {rule.lower() for rule in rules} >= {"httponly", "samesite=strict", "path=/"}
    assert server.token not in cookie + entered.text, "the page redirects to an address without it"
    assert 'content="0;url=./"' in entered.text
    assert entered.headers["Referrer-Policy"] == "no-referrer"
    page = ask("/")
    assert page.status == 200
    assert "gradio" in page.text
    assert server.token not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_link_on_another_site_needs_the_token(ask: Any, server: Any):
    assert ask(f"/?token={server.token}", known=False, **LINK).status == 200
    assert ask("/", known=False, **LINK).status == 401
    assert server.token not in server.stderr.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Origin": "http://[evil"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_cannot_upload_or_run(ask: Any, headers: dict[str, str]):
    body, kind = multipart("a.png", b"x")
    for path, what in (("/gradio_api/upload", body), ("/gradio_api/queue/join", b"{}")):
        refused = ask(path, "POST", what, **headers, Content_Type=kind)
        assert refused.status == 403
    assert ask("/config", **headers).status == 403


def test_the_page_itself_uploads_and_gets_back_what_it_has_sent(ask: Any, server: Any):
    body, kind = multipart("a.png", b"image")
    own = {"Origin": server.address, "Sec-Fetch-Site": "same-origin"}
    sent = ask("/gradio_api/upload", "POST", body, **own, Content_Type=kind)
    assert sent.status == 200
    (path,) = json.loads(sent.text)
    assert ask(f"/gradio_api/file={path}").text == "image"


def test_another_name_is_refused_with_what_to_do(ask: Any):
    refused = ask("/", known=False, Host="me.example:8000")
    assert refused.status == 400
    assert "--allow-host me.example" in refused.text
    assert "<" not in ask("/", known=False, Host="<script>").text


def test_a_proxy_whose_name_is_allowed_gets_through(serve: Any, ask: Any):
    server = serve("--allow-host", "Me.example")
    own = {"Host": "me.example", "Origin": "https://me.example", "X_Forwarded_Proto": "https"}
    entered = ask(f"/?token={server.token}", known=False, to=server, **own)
    assert "Secure" in entered.headers["Set-Cookie"]
    assert ask("/config", to=server, **own).status == 200
    # Some proxies send the server's own name.
    own["Host"] = f"127.0.0.1:{server.port}"
    assert ask("/config", to=server, **own).status == 200
    own["Origin"] = "https://other.example"
    assert ask("/config", to=server, **own).status == 403


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/gradio_api/upload", {"Content_Length": str(2**31 + 1)}, 413),
        ("/gradio_api/upload", {"Content_Length": "9" * 18}, 413),
        ("/gradio_api/upload", {"Transfer_Encoding": "chunked"}, 411),
        ("/gradio_api/queue/join", {"Content_Length": str(2**24 + 1)}, 413),
    ],
)
def test_too_large_requests_are_refused_unread(ask: Any, path: str, headers: dict, status: int):
    assert ask(path, "POST", b"0\r\n\r\n", **headers).status == status


def test_only_published_files_of_the_folder_are_served(ask: Any, server: Any):
    server.folder.mkdir(exist_ok=True)
    private = server.folder / "private.png"
    Image.new("RGB", (8, 8)).save(private)
    (server.folder / "private.txt").write_text("mine", encoding="utf-8")
    for path in (private, private.with_suffix(".txt"), "/etc/passwd", "http://example.com/"):
        assert ask(f"/gradio_api/file={path}").status == 403
        assert ask(f"/gradio_api/file/{path}").status == 403


@pytest.mark.skipif(sys.platform != "linux", reason="the browser is a shell script")
def test_the_browser_is_opened_without_naming_the_token(serve: Any, tmp_path: Path):
    noted = tmp_path / "noted"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {noted}.part; mv {noted}.part {noted}\n')
    browser.chmod(0o700)
    server = serve(BROWSER=f"{browser} %s")
    end = time.monotonic() + 30
    while not noted.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    address = noted.read_text(encoding="utf-8")
    assert server.token not in address
    opener = Path(address.removeprefix("file://"))
    assert stat.S_IMODE(opener.stat().st_mode) == 0o600
    assert server.url in opener.read_text(encoding="utf-8")
    assert server.end() == 0
    assert not opener.exists()
