"""A run does not die of memory: sizes are checked before, and a failed allocation is explained."""

from __future__ import annotations

from collections.abc import Callable

from stylekit.errors import MemoryLimitError, to_user_error
from stylekit.images.frames import fit
from stylekit.runs.plan import Plan


def check_memory(
    needed: Callable[[tuple[int, int]], float],
    width: int,
    height: int,
    memory: int,
    transforms_weights: bool = False,
) -> None:
    """Refuse a size that does not fit, and name the largest that does.

    Args:
        needed: returns the bytes that a size takes.
        transforms_weights: what it takes at any size are mostly weights for Winograd's algorithm.

    Raises:
        MemoryLimitError: it does not fit.
    """
    if needed((width, height)) <= memory:
        return
    long_side = max(width, height)
    # Bisection, because an estimate need not be proportional to the area.
    fits, fails = 0, long_side
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if needed(fit(width, height, middle)) <= memory:
            fits = middle
        else:
            fails = middle
    rounded = fits - fits % 16 or fits
    hint = f"--size {rounded} fits." if rounded else "No size fits."
    if transforms_weights and needed((width, height)) - needed((1, 1)) <= memory:
        hint += " This size fits with --precision exact, which transforms no weights and is slower."
    raise MemoryLimitError(
        f"An image of {width}x{height} px needs about "
        f"{needed((width, height)) / 2**30:.2g} GiB of memory, and "
        f"{memory / 2**30:.2g} GiB are free.",
        hint,
    )


def with_advice(error: BaseException, plan: Plan) -> BaseException:
    """Turn a failed allocation into an error that says what to do."""
    if isinstance(error, MemoryLimitError) or not isinstance(error, Exception):
        return error
    seen = to_user_error(error)
    if not isinstance(seen, MemoryLimitError):
        return error
    size = plan.config.size or plan.method.spec.default_size
    if size:
        seen.hint = f"Try --size {size * 2 // 3 // 16 * 16}."
    seen.__cause__ = error
    return seen
