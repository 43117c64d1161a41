"""The page: tabs for images, videos and the gallery."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.gallery import Gallery
from stylekit_ui.process import warm_up
from stylekit_ui.run_manager import RunManager
from stylekit_ui.storage import Storage
from stylekit_ui.stylize_tab import StylizeTab


def make_page(
    catalogue: FormCatalogue, run_manager: RunManager, storage: Storage, argv: Sequence[str]
) -> gr.Blocks:
    """Return the page for a server.

    Args:
        argv: arguments of `stylekit ui`, for the worker processes.
    """
    page = gr.Blocks(title="stylekit", analytics_enabled=False)
    with page:
        gr.HTML("<h1>stylekit</h1>", elem_classes="sk-html sk-title")
        with gr.Tabs() as tabs:
            with gr.Tab("Image", id="image"):
                images = StylizeTab("image", catalogue, run_manager, storage, argv, page.load)
            with gr.Tab("Video", id="video") as video_tab:
                videos = StylizeTab(
                    "video", catalogue, run_manager, storage, argv, video_tab.select
                )
            with gr.Tab("Gallery", id="gallery") as gallery_tab:
                gallery = Gallery(storage)
        for stylize_tab in (images, videos):
            stylize_tab.connect_events()
        gallery.connect_events(gallery_tab, tabs, {"image": images, "video": videos})

        def stop_runs(request: gr.Request) -> None:
            run_manager.close_page(str(request.session_hash))

        page.unload(stop_runs)
        # After the page has loaded, so that it does not wait.
        page.load(warm_up, show_progress="hidden")
    return page
