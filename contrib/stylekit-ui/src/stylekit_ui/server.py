"""The server: it listens on this machine only, and disables Gradio's connections to others."""

from __future__ import annotations

import os
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from stylekit.errors import UsageError
from stylekit.host import Host
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.gradio_import import fast_start
from stylekit_ui.run_manager import RunManager
from stylekit_ui.storage import Storage


class Server:
    """Serves the page.

    Args:
        argv: arguments of `stylekit ui`; workers load the same plugins by them.
        folder: folder for results.
        at_once: number of runs at the same time.
        hosts: host names of proxies.
    """

    def __init__(
        self,
        host: Host,
        argv: Sequence[str],
        folder: Path,
        at_once: int,
        hosts: Sequence[str] = (),
    ) -> None:
        self._catalogue = FormCatalogue(host.catalogue)
        self._storage = Storage(argv, folder)
        self._run_manager = RunManager(at_once)
        self._argv = argv
        self._hosts = hosts
        self._redirect_file: Path | None = None
        self._close: Callable[[], None] = lambda: None

    @property
    def folder(self) -> Path:
        """Folder for results."""
        return self._storage.folder

    def open(self, port: int | None, browser: bool) -> str:
        """Start to serve, and return the address with the token that opens the page.

        Raises:
            UsageError: the port is not available.
        """
        # Gradio reads these on import: the folder for uploads, and whether it sends statistics.
        os.environ["GRADIO_TEMP_DIR"] = str(self._storage.scratch_folder)
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        with fast_start():
            address = self._launch(port)
        if browser:
            self._open_browser(address)
        return address

    def _launch(self, port: int | None) -> str:
        import gradio as gr
        from starlette.middleware import Middleware

        from stylekit_ui.assets import asset
        from stylekit_ui.limits import MAX_UPLOAD_BYTES, UploadLimits
        from stylekit_ui.page import make_page
        from stylekit_ui.security import HOST, AccessMiddleware, AccessPolicy
        from stylekit_ui.theme import theme

        page = make_page(self._catalogue, self._run_manager, self._storage, self._argv)
        policy = AccessPolicy(self._hosts, self._storage.may_serve)
        # Served from the folder of results, subject to the policy; Gradio would copy each result.
        gr.set_static_paths([self._storage.folder])
        try:
            _, address, _ = page.launch(
                server_name=HOST,
                server_port=port,
                share=False,
                inbrowser=False,
                prevent_thread_lock=True,
                quiet=True,
                footer_links=[],
                run_history=False,
                enable_monitoring=False,
                ssr_mode=False,
                mcp_server=False,
                pwa=False,
                max_file_size=MAX_UPLOAD_BYTES,
                app_kwargs={
                    "middleware": [
                        Middleware(AccessMiddleware, policy=policy),
                        Middleware(UploadLimits, scratch=self._storage.scratch),
                    ]
                },
                theme=theme(),
                css=asset("page.css"),
            )
        except (OSError, ValueError) as error:
            # Gradio raises a ValueError if it cannot reach its own page, as with a proxy.
            raise UsageError(
                f"Cannot serve the page on port {port or '7860 to 7959'}: {error}",
                "Try another --port, and check that 127.0.0.1 is reachable (NO_PROXY).",
            ) from error
        self._close = lambda: page.close(verbose=False)
        policy.starting = False
        return f"{str(address).rstrip('/')}/?token={policy.token}"

    def _open_browser(self, address: str) -> None:
        """Open the page by a private file, because other users can see command lines."""
        from stylekit_ui.security import redirect_page

        # Sandboxed browsers can read this folder, but no temporary one.
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(".html", ".stylekit-ui-", self.folder)
        self._redirect_file = Path(name)
        os.close(handle)
        self._redirect_file.write_text(redirect_page(address), encoding="utf-8")
        webbrowser.open(self._redirect_file.as_uri())

    def wait(self) -> None:
        """Serve until Ctrl-C."""
        threading.Event().wait()

    def close(self) -> None:
        """Stop all runs, which keep their best results, and end the server."""
        self._run_manager.close()
        self._close()
        self._storage.close()
        if self._redirect_file is not None:
            self._redirect_file.unlink(missing_ok=True)
