"""Theme and style sheet of the page, with the fonts of the machine."""

from __future__ import annotations

import gradio as gr

# Plain names: for other fonts, Gradio would contact other servers.
_FONTS = ("ui-sans-serif", "system-ui", "sans-serif")
_FIXED_FONTS = ("ui-monospace", "monospace")


def theme() -> gr.themes.Base:
    """Return the theme, which follows the browser's dark mode."""
    return gr.themes.Base(
        primary_hue="orange",
        neutral_hue="stone",
        radius_size="md",
        font=_FONTS,
        font_mono=_FIXED_FONTS,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        block_shadow="none",
        block_label_text_color="*neutral_600",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_text_color="white",
        button_primary_background_fill_dark="*primary_700",
    )


CSS = """
.gradio-container { width: 100% !important; max-width: 1280px !important;
  margin: 0 auto !important; }
.sk-html, .sk-html .html-container { padding: 0 !important; }
.sk-title h1 { font-size: 1.25rem; font-weight: 600; margin: 0; letter-spacing: -.01em; }
.sk-empty, .sk-preview { width: 100%; border-radius: var(--radius-lg); box-sizing: border-box; }
.sk-empty { height: 380px; display: grid; place-items: center; text-align: center;
  color: var(--body-text-color-subdued); border: 1px dashed var(--border-color-primary);
  padding: 1rem; }
.sk-preview { display: block; max-height: 520px; object-fit: contain;
  background: var(--background-fill-secondary); }
.sk-status { display: flex; flex-direction: column; gap: .35rem; min-height: 0;
  font-variant-numeric: tabular-nums; }
.sk-status small { color: var(--body-text-color-subdued); }
.sk-status progress { width: 100%; height: 6px; accent-color: var(--primary-600); }
.sk-error { border-left: 3px solid #b42318; padding: .4rem .75rem; }
.sk-warning { border-left: 3px solid #b54708; padding: .4rem .75rem; }
.sk-style { flex: 0 1 calc(50% - var(--layout-gap) / 2) !important; }
.sk-facts table { width: 100%; border-collapse: collapse; }
.sk-facts table, .sk-facts tr, .sk-facts td { border: 0 !important; }
.sk-facts tr { border-bottom: 1px solid var(--border-color-primary) !important; }
.sk-facts td { padding: .35rem .25rem; overflow-wrap: anywhere; }
.sk-facts td:first-child { color: var(--body-text-color-subdued); white-space: nowrap; }
#gallery-grid .grid-wrap { height: auto; min-height: 0; max-height: none; }
#gallery-grid .grid-container { grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); }
@media (max-width: 640px) {
  .sk-empty { height: 160px; }
}
"""
