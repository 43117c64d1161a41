"""The page: tabs for images, videos, trainings, live painting and the gallery."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import gradio as gr

from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.gallery import Gallery
from stylekit_ui.inputs import Kind, Trigger
from stylekit_ui.live_config import COMMAND as LIVE
from stylekit_ui.live_tab import LiveTab
from stylekit_ui.process import warm_up
from stylekit_ui.run_manager import RunManager
from stylekit_ui.samples import Thumbnails
from stylekit_ui.storage import Storage
from stylekit_ui.stylize_tab import StylizeTab
from stylekit_ui.train_tab import TrainTab


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
        thumbnails = Thumbnails(catalogue.samples(), storage, argv)

        def stylize_tab(kind: Kind, opened: Trigger) -> StylizeTab:
            return StylizeTab(kind, catalogue, run_manager, storage, thumbnails, argv, opened)

        with gr.Tabs() as tabs:
            with gr.Tab("Image", id="image"):
                images = stylize_tab("image", page.load)
            with gr.Tab("Video", id="video") as video_tab:
                videos = stylize_tab("video", video_tab.select)
            training = None
            if catalogue.trainers():
                with gr.Tab("Train", id="train") as train_tab:
                    training = TrainTab(
                        catalogue, run_manager, storage, thumbnails, argv, train_tab.select
                    )
            live = None
            if catalogue.has_command(LIVE):
                with gr.Tab("Live", id="live") as live_tab:
                    live = LiveTab(catalogue, run_manager, storage, thumbnails, argv)
            with gr.Tab("Gallery", id="gallery") as gallery_tab:
                gallery = Gallery(storage, catalogue)
        for tab in (images, videos):
            tab.connect_events()
        if training is not None:
            training.connect_events(tabs, images.inputs.settings, videos.inputs.settings)
        if live is not None:
            live.connect_events(live_tab)
        gallery.connect_events(gallery_tab, tabs, {"image": images, "video": videos})

        def stop_runs(request: gr.Request) -> None:
            page_id = str(request.session_hash)
            for tab in (images, videos):
                tab.close_page(page_id)
            run_manager.close_page(page_id)

        page.unload(stop_runs)
        strips = [*images.inputs.strips, *videos.inputs.strips]
        if training is not None:
            strips += training.inputs.strips
        if live is not None:
            strips += live.strips

        async def draw_samples() -> AsyncIterator[list[str]]:
            # The worker's modules load after the page, so that it does not wait.
            await asyncio.to_thread(warm_up)
            yield [strip.html() for strip in strips]
            async for _ in thumbnails.draw():
                yield [strip.html() for strip in strips]

        page.load(
            draw_samples,
            None,
            [strip.view for strip in strips],
            show_progress="hidden",
            concurrency_limit=None,
        )
    return page
