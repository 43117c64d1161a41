"""The command line, and the two commands that the kernel has itself."""
