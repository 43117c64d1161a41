"""The versions that a plugin or a record may ask about."""

__version__ = "0.1.0"

STYLEKIT_API = 1
"""Version of the plugin contract: hook names, spec fields and component protocols."""

OLDEST_API = 1
"""The oldest contract whose plugins still work; it follows `STYLEKIT_API` after a year at least."""
