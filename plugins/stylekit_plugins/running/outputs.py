"""Where the results of a run go: decided and checked for all of them before any work is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from stylekit.atomic import check_writable, refuse_existing
from stylekit.errors import InputError
from stylekit.executor import Task
from stylekit.frames import short_name
from stylekit.plan import Plan
from stylekit.record import record_path
from stylekit.source_names import exists
from stylekit.sources import Sources
from stylekit_plugins.running.clip_files import clip_suffix

DEFAULT_SUFFIX = ".png"


def plan_targets(
    plan: Plan, tasks: Sequence[Task], sources: Sources, moves: Callable[[str], bool]
) -> list[Path]:
    """Return one path for each result, no two alike.

    One result may go to a file; several go to a folder, as does one if `out` is a folder or ends
    in a slash. Names are made of the content's and the first style's.

    Args:
        moves: tells whether a content is a clip.

    Raises:
        InputError: a file exists and may not be replaced, or cannot be written.
    """
    config = plan.config
    out = config.out
    if out is not None and len(tasks) == 1 and not _is_folder(out):
        targets = [Path(out)]
    else:
        folder = Path(out) if out is not None else Path()
        suffixes = {
            content: clip_suffix(content, plan.catalogue) if moves(content) else DEFAULT_SUFFIX
            for content in {task.content for task in tasks}
        }
        names = [(_stem(task), suffixes[task.content]) for task in tasks]
        targets = _unique(folder, names)
    for target in targets:
        sources.writer(target)
        # With --resume, what is there is looked at when its turn comes.
        _check(target, config.overwrite or config.resume)
    return targets


def _stem(task: Task) -> str:
    styles = [style.source for style in task.styles[:1]]
    return "-".join(short_name(source) for source in (task.content, *styles))


def _unique(folder: Path, names: Sequence[tuple[str, str]]) -> list[Path]:
    """Number the names that occur again: `cat.png`, `cat-2.png`."""
    taken: set[str] = set()
    targets = []
    for stem, suffix in names:
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        targets.append(folder / (name + suffix))
    return targets


def _is_folder(out: str) -> bool:
    return out.endswith(("/", "\\")) or (exists(out) and Path(out).is_dir())


def _check(target: Path, overwrite: bool) -> None:
    for path in (target, record_path(target)):
        if exists(path) and path.is_dir():
            raise InputError(f"Cannot write {path}: it is a folder.")
        if exists(path) and not overwrite:
            raise refuse_existing(path)
    check_writable(target)
