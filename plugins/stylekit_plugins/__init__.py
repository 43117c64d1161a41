"""The built-in plugins of stylekit, found through entry points like those of third parties."""
