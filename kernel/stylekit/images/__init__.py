"""Pixels in memory: frames and clips, colors from any profile, masks, transparent areas."""
