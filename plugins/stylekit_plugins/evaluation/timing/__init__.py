"""`stylekit bench`: methods, networks, losses, optimisers and sizes side by side, by the clock."""
