"""Architectures that several plugins share: tables of layers, and networks.

This is no plugin: it registers nothing, and every plugin may import it. Tables are in modules that
import no torch.
"""
