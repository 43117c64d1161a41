"""Paintings drawn by code, to be used as style pictures: many strokes, strong palettes."""
