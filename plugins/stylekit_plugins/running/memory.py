"""A run does not die of memory: sizes are checked before, and a failed allocation is explained."""

from __future__ import annotations

from collections.abc import Callable

import torch

from stylekit.errors import MemoryLimitError, StylekitError
from stylekit.frames import fit
from stylekit.plan import Plan


def check_memory(
    needed: Callable[[tuple[int, int]], float], width: int, height: int, memory: int
) -> None:
    """Refuse a size that does not fit, and name the largest that does.

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
    raise MemoryLimitError(
        f"A picture of {width}x{height} px needs about "
        f"{needed((width, height)) / 2**30:.1f} GiB of memory, and "
        f"{memory / 2**30:.1f} GiB are free.",
        f"--size {rounded} fits." if rounded else "No size fits.",
    )


def as_people_see_it(error: BaseException, plan: Plan) -> BaseException:
    """Turn a failed allocation into an error that says what to do."""
    if isinstance(error, StylekitError) or not _is_out_of_memory(error):
        return error
    size = plan.config.size or plan.method.spec.default_size
    advice = f"Try --size {size * 2 // 3 // 16 * 16}." if size else "Try a smaller --size."
    translated = MemoryLimitError("The device ran out of memory.", advice)
    translated.__cause__ = error
    return translated


def _is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an exception means that an allocation failed, on any device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "not enough memory" in text or "out of memory" in text
    )
