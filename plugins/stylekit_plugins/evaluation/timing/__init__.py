"""`stylekit bench`: methods, networks, losses, optimizers and sizes side by side, by the clock."""
