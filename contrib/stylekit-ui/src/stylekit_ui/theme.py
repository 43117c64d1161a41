"""Theme of the page, with the fonts of the machine."""

from __future__ import annotations

import gradio as gr

# Plain names: for other fonts, Gradio would contact other servers.
_FONTS = ("ui-sans-serif", "system-ui", "sans-serif")
_FIXED_FONTS = ("ui-monospace", "monospace")


def theme() -> gr.themes.Base:
    """Return the theme, which follows the browser's dark mode.

    Gradio's subdued gray is too faint for many eyes: text here has a contrast of 4.5 or more.
    """
    return gr.themes.Base(
        primary_hue="orange",
        neutral_hue="stone",
        radius_size="md",
        font=_FONTS,
        font_mono=_FIXED_FONTS,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_500",
        block_info_text_color_dark="*neutral_400",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        block_shadow="none",
        block_label_text_color="*neutral_600",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_text_color="white",
        button_primary_background_fill_dark="*primary_700",
    )
