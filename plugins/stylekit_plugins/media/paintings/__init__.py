"""Paintings drawn by code, as style images: many strokes, strong palettes."""
