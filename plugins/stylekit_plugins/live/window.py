"""A window, by tkinter, which is part of Python."""

from __future__ import annotations

from typing import Any

from PIL import Image

from stylekit.errors import UsageError
from stylekit_plugins.live.loop import Live
from stylekit_plugins.live.mailbox import Pixels

_LEAST_SIDE = 640
"""Long side in pixels of a new window, which enlarges smaller frames."""

_INSTEAD = (
    "Write a file (--out live.mp4), or show it in a browser (--port 8000), which works through an "
    "SSH tunnel, too."
)


class Window:
    """Shows frames; Up and Down change the strength, q and Esc end the session.

    Args:
        size: of the frames, (width, height).

    Raises:
        UsageError: this Python has no tkinter, or there is no display.
    """

    def __init__(self, live: Live, size: tuple[int, int]) -> None:
        try:
            import tkinter

            from PIL import ImageTk
        except ImportError as error:
            raise UsageError(
                f"A window needs tkinter, which this Python lacks ({error}).",
                f"Install it (Debian and Ubuntu: python3-tk). {_INSTEAD}",
            ) from None
        try:
            self._root: Any = tkinter.Tk(className="stylekit")
        except tkinter.TclError as error:
            raise UsageError(f"No window can be opened: {error}.", _INSTEAD) from None
        self._live = live
        self._photo_type: Any = ImageTk.PhotoImage
        self._photo: Any = None
        self._closed = False
        scale = max(1, _LEAST_SIDE // max(size))
        self._root.title("stylekit live: loading")
        self._root.geometry(f"{size[0] * scale}x{size[1] * scale}")
        self._label: Any = tkinter.Label(self._root, background="black", borderwidth=0)
        self._label.pack(fill="both", expand=True)
        self._bind()
        self._root.update()

    def show(self, pixels: Pixels, seconds: float) -> None:
        """Show a frame, as large as the window allows."""
        if self._closed:
            return
        image = Image.fromarray(pixels)
        room = (self._label.winfo_width(), self._label.winfo_height())
        scale = min(room[0] / image.width, room[1] / image.height)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        if self._photo is None or (self._photo.width(), self._photo.height()) != size:
            self._photo = self._photo_type("RGB", size)
            self._label.configure(image=self._photo)
        self._photo.paste(image.resize(size, Image.Resampling.BILINEAR))
        self._root.title(f"stylekit live: {self._live.line()}")
        self.idle()

    def idle(self) -> None:
        """Handle keys and the close button."""
        if not self._closed:
            self._root.update()
        if self._live.stopped.is_set():
            self.close()

    def close(self) -> None:
        """Close the window."""
        if not self._closed:
            self._closed = True
            # Its pixels belong to the window, and cannot be freed after it.
            self._photo = None
            self._root.destroy()

    def _bind(self) -> None:
        root, live = self._root, self._live
        root.protocol("WM_DELETE_WINDOW", live.stopped.set)
        for key in ("<q>", "<Escape>"):
            root.bind(key, lambda _: live.stopped.set())
        root.bind("<Up>", lambda _: live.strength.turn(1))
        root.bind("<Down>", lambda _: live.strength.turn(-1))
