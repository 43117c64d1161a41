"""Coverage-guided fuzzing (atheris, libFuzzer): `python -m tests.robustness.fuzz image`.

Ends with the first input that a reader does not refuse properly, and keeps it beside the caller.
`pip install atheris` first.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

# Before anything of it is imported.
with atheris.instrument_imports(include=["stylekit", "stylekit_plugins", "PIL"]):
    from tests.robustness.fuzz.targets import TARGETS, attempt


def main() -> None:
    """Fuzz one reader for a time."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=600)
    chosen = parser.parse_args()
    target = TARGETS[chosen.target]
    names = sorted(target.seeds)
    corpus = Path(tempfile.mkdtemp(prefix="stylekit-fuzz-"))
    # The first byte says which file it is, so that one corpus holds them all.
    for index, name in enumerate(names):
        (corpus / name).write_bytes(bytes([index]) + target.seeds[name])

    def try_one(data: bytes) -> None:
        if data:
            with tempfile.TemporaryDirectory() as folder:
                attempt(target, names[data[0] % len(names)], data[1:], Path(folder))

    longest = 4 * max(map(len, target.seeds.values()))
    options = [f"-max_total_time={chosen.seconds}", f"-max_len={longest}", "-rss_limit_mb=0"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
