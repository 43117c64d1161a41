"""Where the results of a run go: decided and checked for all of them before any work is done."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from stylekit.files.atomic import check_writable
from stylekit.files.paths import is_folder
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import short_name
from stylekit.records.checkpoint import state_path
from stylekit.records.record import check_artifact, record_path
from stylekit.runs.executor import Task
from stylekit.runs.plan import Plan
from stylekit_plugins.execution.clip_formats import clip_suffix
from stylekit_plugins.execution.frame_store import check_kept, frames_path, kept_path
from stylekit_plugins.execution.resume import kept_frames

DEFAULT_SUFFIX = ".png"


def plan_targets(
    plan: Plan, tasks: Sequence[Task], sources: Sources, is_video: Callable[[str], bool]
) -> list[Path]:
    """Return one path for each result, no two alike.

    One result may go to a file; several go to a folder, as does one if `out` is a folder or ends
    in a slash. Names are made of the content's and the first style's.

    Args:
        moves: says whether a content is a clip.

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
            content: clip_suffix(content, plan.catalogue) if is_video(content) else DEFAULT_SUFFIX
            for content in {task.content for task in tasks}
        }
        names = [(_stem(task), suffixes[task.content]) for task in tasks]
        targets = _unique(folder, names)
    # With --resume, what is there is looked at when its turn comes.
    overwrite, looks_later = config.overwrite, config.resume and not config.overwrite
    for task, target in zip(tasks, targets, strict=True):
        sources.writer(target)
        check_artifact(target, overwrite or looks_later)
        if config.keep_frames and is_video(task.content) and not looks_later:
            check_kept(kept_path(target), overwrite, kept_frames(target))
    check_writable(
        *(
            name
            for task, target in zip(tasks, targets, strict=True)
            for name in _names(target, is_video(task.content))
        )
    )
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
        while _folded(name) in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(_folded(name))
        targets.append(folder / (name + suffix))
    return targets


def _folded(name: str) -> str:
    """Fold a name as file systems do that ignore case: `Cat` and `cat` are one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _is_folder(out: str) -> bool:
    return out.endswith(("/", "\\")) or is_folder(out)


def _names(target: Path, is_video: bool) -> list[Path]:
    """List every name that a result takes up while it is made, and when it is done."""
    names = [target, record_path(target), state_path(target)]
    return [*names, frames_path(target), kept_path(target)] if is_video else names
