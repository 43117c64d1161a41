"""Who runs what: one run for each desk of each open page, so many at once, the others in turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from stylekit_ui.messages import Failed, Made, Make, Progress, Report, Shown, Told
from stylekit_ui.process import Child

PERIOD = 0.1
"""Seconds between two looks at what a process has said."""

Key = tuple[str, str]
"""An open page and its desk."""


class Job:
    """A run that waits, works or has ended."""

    def __init__(self, task: Make) -> None:
        self.task = task
        self.child: Child | None = None
        self.stopped = False

    def stop(self) -> None:
        """Keep what there is; if there is nothing yet, do nothing."""
        self.stopped = True
        if self.child is not None:
            self.child.stop()


class Runs:
    """The runs of all open pages.

    Args:
        at_once: how many work at the same time.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = max(1, at_once)
        self._jobs: dict[Key, Job] = {}
        self._left: list[Child] = []

    async def follow(self, key: Key, task: Make) -> AsyncIterator[Report]:
        """Do a task in its turn, and yield what is heard of it; an outcome is the last.

        A page that goes away stops listening; what it had under way is kept and ends.
        """
        if key in self._jobs:
            yield Failed("This page is at work already.", "Stop it first, or open another page.")
            return
        job = self._jobs[key] = Job(task)
        try:
            async for report in self._of(job):
                yield report
        finally:
            del self._jobs[key]
            if job.child is not None:
                job.child.close()
                self._left = [child for child in (*self._left, job.child) if child.works]

    async def _of(self, job: Job) -> AsyncIterator[Report]:
        before = 0
        while (ahead := self._ahead(job)) and not job.stopped:
            if ahead != before:
                yield Told(f"Waiting for {ahead} other run{'s' if ahead > 1 else ''} to end")
            before = ahead
            await asyncio.sleep(PERIOD)
        if job.stopped:
            yield Failed("Stopped before it began; nothing was written.")
            return
        # The first one waits for what all of them have loaded beforehand.
        try:
            # It shares the processors with those that work already.
            sharing = 1 + sum(each.child is not None for each in self._jobs.values())
            job.child = await asyncio.to_thread(Child, replace(job.task, sharing=sharing))
        except OSError as error:
            yield Failed(f"No process can be started: {error}.", "The memory may be full.")
            return
        if job.stopped:
            job.child.stop()
        while True:
            for report in latest(job.child.reports()):
                yield report
                if isinstance(report, Made | Failed):
                    return
            await asyncio.sleep(PERIOD)

    def _ahead(self, job: Job) -> int:
        """Return how many have to end before a job can begin."""
        return max(0, list(self._jobs.values()).index(job) - self._at_once + 1)

    def stop(self, key: Key) -> None:
        """Stop a run, if there is one."""
        if job := self._jobs.get(key):
            job.stop()

    def leave(self, page: str) -> None:
        """Stop what a page has under way: it has been closed."""
        # A copy: other threads begin and end runs meanwhile.
        for key, job in list(self._jobs.items()):
            if key[0] == page:
                job.stop()

    def close(self) -> None:
        """Stop everything, and wait until it is kept."""
        working = [job.child for job in list(self._jobs.values()) if job.child is not None]
        for child in working:
            child.stop()
        for child in [*working, *self._left]:
            child.join()


def latest(reports: Sequence[Report]) -> list[Report]:
    """Return reports without the progress that a later one has overtaken."""
    steps = [index for index, report in enumerate(reports) if isinstance(report, Progress)]
    overtaken = set(steps[:-1])
    return [report for index, report in enumerate(reports) if index not in overtaken]


async def outcome(child: Child) -> Made | Shown | Failed:
    """Wait for what comes of a short task."""
    while True:
        for report in child.reports():
            if isinstance(report, Made | Shown | Failed):
                child.close()
                return report
        await asyncio.sleep(PERIOD / 4)
