"""What a run reads: contents, styles and regions, and which results they make together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stylekit.errors import InputError, MemoryLimitError, UsageError
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.regions import Regions, pairs
from stylekit.inputs.schedule import Schedule
from stylekit.inputs.sources import Sources
from stylekit.inputs.styles import check_trained, read_styles
from stylekit.inputs.syntax import StyleSource, parse_style, path_in
from stylekit.methods.base import Style
from stylekit.records.record import is_artifact
from stylekit.runs.executor import Task
from stylekit.runs.plan import Plan
from stylekit.text import and_more
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.execution.clip_formats import may_move

_NAMED = 5
"""Files that a note names."""


class Inputs:
    """The sources of one run.

    Attributes:
        notes: lines that the user should know, of what `tasks` has left out.

    Args:
        given: images of a Python caller, by the source string that stands for each.
        network_of_styles: that of the method that paints.

    Raises:
        UsageError: a region that nothing knows.
    """

    def __init__(
        self,
        plan: Plan,
        sources: Sources,
        given: Mapping[str, Frame | Clip],
        weights: WeightsManager,
        network_of_styles: str,
    ) -> None:
        self._plan = plan
        self._weights = weights
        self._network_of_styles = network_of_styles
        self._sources = sources
        self._given = given
        self._latest: Clip | None = None
        self._latest_source = ""
        self.notes: list[str] = []
        self._of_regions: dict[str, Sequence[str] | Sequence[Frame]] = {}
        config = plan.config
        self.regions = Regions(config.region, plan.catalogue, config.tables, self._for_region)

    def tasks(self) -> list[Task]:
        """Return the results to make, all styles of a content before the next content.

        Raises:
            UsageError: there is no content, or the method needs more or fewer styles.
            InputError: a source that stands for several is missing or empty, or several styles
                would be blended unasked.
        """
        config, self.notes = self._plan.config, []
        contents = [each for source in config.content for each in self._expand(source)]
        if not contents:
            raise UsageError("There is no content image.", "Name one with --content.")
        styles = [each for style in config.style for each in self._styles_of(parse_style(style))]
        groups = [(style,) for style in styles] if config.each_style and styles else [tuple(styles)]
        for group in groups:
            self._check_styles(len(group))
        return [Task(content, group) for content in contents for group in groups]

    def content(self, source: str) -> Clip:
        """Return the clip of a content source; the latest one is kept for its next style."""
        given = self._given.get(source)
        if given is not None:
            return given if isinstance(given, Clip) else Clip((given,), source)
        if self._latest is None or self._latest_source != source:
            self._latest, self._latest_source = self._sources.read(source), source
        return self._latest

    def schedule(self, content: Clip, styles: Sequence[Style]) -> Schedule | None:
        """Return when which style is shown; None: all throughout.

        Raises:
            UsageError: the moments do not suit the content, or each other.
        """
        if all(style.at is None for style in styles):
            return None
        if len(self._plan.config.region) > 1:
            raise UsageError(
                "Styles with moments and several regions are given.",
                "Give one region, or one style for each region and no moments.",
            )
        return Schedule(styles, content, self._plan.config.interp)

    def is_video(self, source: str) -> bool:
        """Return whether a content is a clip; one that cannot be read is none."""
        if source in self._given:
            return self.content(source).is_video
        recognized = self._sources.recognize(source)
        if recognized is not None:
            return recognized == "clip"
        if not may_move(source, self._sources):
            return False
        try:
            return self.content(source).is_video
        except (InputError, MemoryLimitError):
            return False

    def image(self, source: str) -> Frame:
        """Return the image of any source."""
        given = self._given.get(source)
        if given is None:
            return self._sources.read_image(source)
        return given.image if isinstance(given, Clip) else given

    def _for_region(self, source: str, index: int | None) -> Frame:
        """Return the mask of a region, for an image or a frame of a video.

        A clip or a folder has a frame or a file for each; one image serves all.
        """
        if index is None or source in self._given:
            return self.image(source)
        if source not in self._of_regions:
            listed = self._sources.expand(source)
            several = len(listed) > 1
            self._of_regions[source] = listed if several else self._sources.read(source).frames
        found = self._of_regions[source]
        if len(found) == 1:
            index = 0
        if index >= len(found):
            raise InputError(f"{source} has {len(found)} masks, and the clip has more frames.")
        each = found[index]
        return self.image(each) if isinstance(each, str) else each

    def styles(self, group: Sequence[StyleSource]) -> tuple[Style, ...]:
        """Return the styles of a result, with weights that add up to 1."""
        return read_styles(group, self._network_of_styles, self.image, self._weights)

    def _styles_of(self, style: StyleSource) -> list[StyleSource]:
        if self._network_of_styles:
            check_trained(style.source, self._network_of_styles, self._plan.catalogue)
            return [style]
        found = self._expand(style.source)
        if len(found) > 1 and not self._plan.config.each_style:
            raise InputError(
                f"{style.source} contains several images; blending all of them is rarely intended.",
                "Use --each-style for one result with each, or name the images to blend.",
            )
        return [replace(style, source=each) for each in found]

    def _expand(self, source: str) -> list[str]:
        """List what a source stands for; results of earlier runs are none of a folder.

        Otherwise a folder that holds its results would have twice as many each time.

        Raises:
            InputError: it is missing or empty, or holds results alone.
        """
        if source in self._given:
            return [source]
        listed = self._sources.expand(source)
        if listed == [source]:
            return listed
        self._note_others(source, listed)
        others = [each for each in listed if not is_artifact(Path(each))]
        if not others:
            raise InputError(
                f"All images in {source} are results, with the run records of stylekit beside "
                "them, and are left out.",
                "Name the images themselves, or move them away from their records.",
            )
        if left := len(listed) - len(others):
            self.notes.append(
                f"{left} of {len(listed)} images in {source} are results, with the run records of "
                "stylekit beside them, and are left out. Name one to have it taken."
            )
        return others

    def _note_others(self, source: str, listed: Sequence[str]) -> None:
        """Note the files of a folder that are no images."""
        folder = Path(path_in(source))
        if not folder.is_dir():
            return
        taken = {Path(each).name for each in listed}
        left = sorted(
            entry.name
            for entry in folder.iterdir()
            if entry.name not in taken and entry.is_file() and not _is_known(entry.name)
        )
        if left:
            self.notes.append(
                f"Left out of {source}: {and_more(left, _NAMED)}. "
                "No plugin reads files with these endings as images; a video is taken when it "
                "is named itself."
            )

    def _check_styles(self, count: int) -> None:
        """Refuse numbers of styles and regions that the method cannot do."""
        plan = self._plan
        spec, regions = plan.method.spec, len(plan.config.region)
        own = () if plan.frame_method_name else (plan.method,)
        for part in (*own, *plan.other_methods.values()):
            least, most = part.spec.styles
            if count < least or (most is not None and count > most):
                bound = f"at least {least}" if count < least else f"at most {most}"
                raise UsageError(
                    f"Method '{part.spec.name}' needs {bound} style images, and {count} are given.",
                    "Name them with --style."
                    if count < least
                    else "Give --each-style for one result with each.",
                )
        if regions > 1 and count > 1 and regions != count:
            raise UsageError(
                f"{regions} regions and {count} styles are given.",
                "Name one style for each region, or one style or one region for all. "
                "`--region rest` is everything outside the others.",
            )
        if pairs(regions, count) and not plan.frame_method.spec.regions:
            raise UsageError(
                f"Method '{spec.name}' cannot paint each region in a style of its own.",
                "Give one style, or run it once for each region.",
            )


def _is_known(name: str) -> bool:
    """Return whether a file beside images is stylekit's own, or hidden: it needs no note."""
    return name.startswith(".") or ".stylekit." in name
