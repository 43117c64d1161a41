"""The page: pictures, clips, and what was made."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from stylekit_ui.catalogue import Installed
from stylekit_ui.gallery import Gallery
from stylekit_ui.process import warm_up
from stylekit_ui.run_manager import Runs
from stylekit_ui.storage import Shelf
from stylekit_ui.stylize_tab import Desk


def make_page(installed: Installed, runs: Runs, shelf: Shelf, words: Sequence[str]) -> gr.Blocks:
    """Return the page, which a server can serve.

    Args:
        words: those of the command, for the processes that work.
    """
    page = gr.Blocks(title="stylekit", analytics_enabled=False)
    with page:
        gr.HTML("<h1>stylekit</h1>", elem_classes="sk-html sk-title")
        with gr.Tabs() as tabs:
            with gr.Tab("Picture", id="picture"):
                images = Desk("picture", installed, runs, shelf, words, page.load)
            with gr.Tab("Video", id="clip") as clip_tab:
                clips = Desk("clip", installed, runs, shelf, words, clip_tab.select)
            with gr.Tab("Gallery", id="gallery") as gallery_tab:
                gallery = Gallery(shelf)
        for desk in (images, clips):
            desk.listen()
        gallery.listen(gallery_tab, tabs, {"picture": images, "clip": clips})

        def left(request: gr.Request) -> None:
            runs.leave(str(request.session_hash))

        page.unload(left)
        # After the first page, which should not wait for it.
        page.load(warm_up, show_progress="hidden")
    return page
