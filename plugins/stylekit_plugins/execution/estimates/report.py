"""`stylekit run --estimate`: what a run would make, and what it would take."""

from __future__ import annotations

from dataclasses import replace

from stylekit.cli.console import Console
from stylekit.errors import UsageError
from stylekit.runs.executor import RunRequest
from stylekit.runs.plan import Plan
from stylekit_plugins.execution.local import Local


def print_estimate(plan: Plan, console: Console) -> None:
    """Print the results that a run would make, its seconds and its memory; render nothing.

    Raises:
        UsageError: another machine would do the run.
        StylekitError: the run would refuse the same.
    """
    executor = plan.executor.make()
    if not isinstance(executor, Local):
        raise UsageError(
            f"--estimate measures this machine, and the executor is '{plan.executor.spec.name}'.",
            "Leave out --executor.",
        )
    # An estimate fetches nothing.
    here = replace(plan, config=plan.config.model_copy(update={"offline": True}))
    work, estimate = executor.estimate(RunRequest(here))
    results = [
        {
            "content": task.content,
            "style": [style.text for style in task.styles],
            "file": str(target),
            "size": [size.width, size.height],
            "frames": size.frames,
        }
        for (task, target), size in zip(work, estimate.sizes, strict=True)
    ]
    if console.json:
        console.object({**estimate.to_json(), "results": results})
        return
    for (task, target), size in zip(work, estimate.sizes, strict=True):
        frames = f", {size.frames} frames" if size.frames > 1 else ""
        console.data(f"{target}: {task.name}, {size.width}x{size.height} px{frames}")
    console.data(estimate.summary)
    if estimate.memory_mb is not None:
        console.data(f"Memory: about {estimate.memory_mb / 1024:.1f} GiB.")
    else:
        console.data("Its weights are not on this machine yet, and are fetched first.")
