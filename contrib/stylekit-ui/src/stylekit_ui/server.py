"""The server: on this machine's own address, with every way out of Gradio closed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from stylekit.errors import UsageError
from stylekit.host import Host
from stylekit_ui.installed import Installed
from stylekit_ui.runs import Runs
from stylekit_ui.shelf import Shelf


class Server:
    """Serves the page.

    Args:
        words: those of the command; what works for the page loads the same plugins by them.
        folder: where pictures go.
        at_once: how many runs work at the same time.
    """

    def __init__(
        self,
        host: Host,
        words: Sequence[str],
        folder: Path,
        at_once: int,
    ) -> None:
        self._installed = Installed(host.catalogue)
        self._shelf = Shelf(words, folder)
        self._runs = Runs(at_once)
        self._words = words
        self._close: Callable[[], None] = lambda: None

    @property
    def folder(self) -> Path:
        """Where pictures go."""
        return self._shelf.folder

    def open(self, port: int | None, browser: bool) -> str:
        """Begin to serve, and return the address.

        Raises:
            UsageError: the port cannot be had.
        """
        # Read when Gradio is imported: uploads go where they are forgotten, and nothing is counted.
        os.environ["GRADIO_TEMP_DIR"] = str(self._shelf.scratch)
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        from stylekit_ui.guard import HOST, middleware
        from stylekit_ui.look import CSS, theme
        from stylekit_ui.page import make_page

        page = make_page(self._installed, self._runs, self._shelf, self._words)
        try:
            _, address, _ = page.launch(
                server_name=HOST,
                server_port=port,
                share=False,
                inbrowser=browser,
                prevent_thread_lock=True,
                quiet=True,
                footer_links=[],
                run_history=False,
                enable_monitoring=False,
                ssr_mode=False,
                mcp_server=False,
                pwa=False,
                allowed_paths=[str(self._shelf.folder), str(self._shelf.scratch)],
                app_kwargs={"middleware": middleware()},
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
        return str(address).rstrip("/")

    def wait(self) -> None:
        """Serve until Ctrl-C."""
        threading.Event().wait()

    def close(self) -> None:
        """Let what is under way keep what there is, and end."""
        self._runs.close()
        self._close()
        self._shelf.close()
