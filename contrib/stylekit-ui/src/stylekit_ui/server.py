"""The server: on this machine's own address, with every way out of Gradio closed."""

from __future__ import annotations

import os
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from stylekit.errors import UsageError
from stylekit.host import Host
from stylekit_ui.catalogue import Installed
from stylekit_ui.run_manager import Runs
from stylekit_ui.storage import Shelf


class Server:
    """Serves the page.

    Args:
        words: those of the command; what works for the page loads the same plugins by them.
        folder: where pictures go.
        at_once: how many runs work at the same time.
        hosts: names of proxies before it.
    """

    def __init__(
        self,
        host: Host,
        words: Sequence[str],
        folder: Path,
        at_once: int,
        hosts: Sequence[str] = (),
    ) -> None:
        self._installed = Installed(host.catalogue)
        self._shelf = Shelf(words, folder)
        self._runs = Runs(at_once)
        self._words = words
        self._hosts = hosts
        self._opener: Path | None = None
        self._close: Callable[[], None] = lambda: None

    @property
    def folder(self) -> Path:
        """Where pictures go."""
        return self._shelf.folder

    def open(self, port: int | None, browser: bool) -> str:
        """Begin to serve, and return the address, with the token that opens the page.

        Raises:
            UsageError: the port cannot be had.
        """
        # Read when Gradio is imported: uploads go where they are forgotten, and nothing is counted.
        os.environ["GRADIO_TEMP_DIR"] = str(self._shelf.scratch)
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        import gradio as gr
        from starlette.middleware import Middleware

        from stylekit_ui.limits import LARGEST, Limits
        from stylekit_ui.page import make_page
        from stylekit_ui.security import HOST, Door, Guard
        from stylekit_ui.theme import CSS, theme

        page = make_page(self._installed, self._runs, self._shelf, self._words)
        door = Door(self._hosts, self._shelf.serves)
        # Shown from where they are, if the door lets them pass; Gradio would copy each result.
        gr.set_static_paths([self._shelf.folder])
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
                max_file_size=LARGEST,
                app_kwargs={
                    "middleware": [
                        Middleware(Guard, door=door),
                        Middleware(Limits, scratch=self._shelf.space),
                    ]
                },
                theme=theme(),
                css=CSS,
            )
        except (OSError, ValueError) as error:
            # A ValueError where Gradio cannot reach its own page, for example through a proxy.
            raise UsageError(
                f"The page cannot be served on port {port or '7860 to 7959'}: {error}",
                "Another --port may be free; and 127.0.0.1 must be reachable (NO_PROXY).",
            ) from error
        self._close = lambda: page.close(verbose=False)
        door.starting = False
        address = f"{str(address).rstrip('/')}/?token={door.token}"
        if browser:
            self._open_browser(address)
        return address

    def _open_browser(self, address: str) -> None:
        """Open the page by a private file: every user can see what programs are called with."""
        from stylekit_ui.security import leading_to

        # Browsers that are shut into a part of the file system see this folder, and no temporary.
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(".html", ".stylekit-ui-", self.folder)
        self._opener = Path(name)
        os.close(handle)
        self._opener.write_text(leading_to(address), encoding="utf-8")
        webbrowser.open(self._opener.as_uri())

    def wait(self) -> None:
        """Serve until Ctrl-C."""
        threading.Event().wait()

    def close(self) -> None:
        """Let what is under way keep what there is, and end."""
        self._runs.close()
        self._close()
        self._shelf.close()
        if self._opener is not None:
            self._opener.unlink(missing_ok=True)
