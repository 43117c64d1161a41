"""A folder of photographs by the API: errors, and resuming.

    python examples/batch_api.py photos/ painted/

You learn what happens to a damaged file, how to see results while they are made, and that the same
call again does only what is left. Without a folder of photographs, it makes a small one. Some
seconds for each image, with the method `arbitrary`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import stylekit
from stylekit.errors import InputError, Interrupted, StylekitError

STYLE = "sample:waves"


def make_photographs(folder: Path) -> None:
    """Save three samples and, on purpose, half a file."""
    for name in ("astronaut", "chelsea", "coffee"):
        image = stylekit.run("identity", content=f"sample:{name}", size=256).image
        folder.mkdir(parents=True, exist_ok=True)
        image.to_pil().save(folder / f"{name}.png")
    whole = (folder / "coffee.png").read_bytes()
    (folder / "damaged.png").write_bytes(whole[: len(whole) // 2])


def main(photos: Path, out: Path, size: int = 256) -> int:
    """Stylize every image of a folder that is not done yet; return an exit code."""
    if not photos.exists():
        make_photographs(photos)
    run = stylekit.iterate(
        "arbitrary",
        content=str(photos),
        style=STYLE,
        out=f"{out}/",
        size=size,
        # Finished results are kept, a stopped one continues, and no other file is replaced.
        resume=True,
    )
    try:
        for step in run:
            print(f"{step.stage.image}: step {step.index}")
    except Interrupted as stop:
        print(f"{stop.message} Run it again to continue.", file=sys.stderr)
    except InputError:
        # Raised at the end, if a part of the batch failed. The reasons are in the result.
        for source, reason in run.result.failures.items():
            print(f"{source}: {reason}", file=sys.stderr)
    except StylekitError as error:
        print(error.message, error.hint or "", file=sys.stderr)
        return error.exit_code
    for each in run.result.results:
        done = "new" if each.is_new else "kept"
        print(f"{done}: {each.content} -> {each.artifact.path if each.artifact else None}")
    return 1 if run.result.failures else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
