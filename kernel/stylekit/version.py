"""Versions of the package and of the plugin contract."""

__version__ = "0.1.0"

STYLEKIT_API = 1
"""Version of the plugin contract: hook names, spec fields and component protocols."""

OLDEST_API = 1
"""The oldest contract that is supported; it rises a year after `STYLEKIT_API` at the earliest."""
