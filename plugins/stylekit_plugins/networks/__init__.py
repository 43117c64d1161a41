"""Architectures that several plugins share: their tables, and how their layers are numbered.

This is no plugin: it registers nothing and imports no torch, and every plugin may import it.
"""
