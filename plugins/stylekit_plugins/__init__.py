"""The built-in plugins of stylekit, found through entry points exactly as a stranger's."""
