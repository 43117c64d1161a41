"""Which plugins there are: `discovery` loads them, `catalogue` finds their components by name.

`validation` checks specs when they are registered, and `observers` calls the lifecycle hooks.
"""
