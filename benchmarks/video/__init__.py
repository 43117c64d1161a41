"""Strategies for clips side by side: flicker, evenness, style, time. See `__main__`."""
