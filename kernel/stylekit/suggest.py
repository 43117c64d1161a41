"""Did you mean ...? One place for every misspelt name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 100
"""Characters of a name that are compared."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint for an unknown `name`: the closest known name, or all of them."""
    names = sorted(set(known))
    if not names:
        return "None is available; see `stylekit list-plugins`."
    # Case is the commonest slip (`Ink`), and difflib counts it as a full difference.
    folded = {candidate.casefold(): candidate for candidate in names}
    # No name is that long, and the time grows with the square.
    close = get_close_matches(name[:_LONGEST].casefold(), folded, n=1, cutoff=0.6)
    listing = ", ".join(names)
    if close:
        return f"Did you mean '{folded[close[0]]}'? Known: {listing}."
    return f"Known: {listing}."
