"""The images of a training: its datasets, their masks, images held out for samples, styles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stylekit.errors import InputError, UsageError
from stylekit.files.paths import is_folder
from stylekit.images.cutouts import filled
from stylekit.images.frames import Frame
from stylekit.inputs.regions import Regions
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import parse_style
from stylekit.methods.base import Style
from stylekit.records.provenance import Inputs, Provenance, versions_of
from stylekit.weights.manager import Choice
from stylekit_plugins.training.image_list import ImageList
from stylekit_plugins.training.plan import DATASETS, TrainingConfig, TrainingPlan

HELD_OUT = 20
"""One in this many images of a domain is held out, unless the user names test images."""

MIN_HELD_OUT, MAX_HELD_OUT = 4, 64

_MAY_CHANGE = frozenset(
    (
        *("epochs", "steps", "minutes", "style"),
        *(key for name, (test, _) in DATASETS.items() for key in (name, test)),
    )
)
"""Keys that may differ when a training resumes: its length, and the paths of its images."""


class Dataset:
    """The images of a training."""

    def __init__(self, plan: TrainingPlan) -> None:
        self._plan = plan
        self._sources = Sources(plan.catalogue, plan.config.tables)

    def images(self, name: str) -> tuple[Sequence[Frame], Sequence[Frame]]:
        """Return the images of a dataset to train on, and its samples.

        Args:
            name: see `DATASETS`.

        Raises:
            InputError: a source is missing or empty.
        """
        test, _ = DATASETS[name]
        sources, tested = self._of(name), self._of(test)
        masks = self._masks(name)
        mask_of = None if masks is None else self._mask_reader(masks)
        if not tested:
            tested = held_out(sources)
            trained = [source for source in sources if source not in set(tested)]
            sources = trained if len(sources) >= HELD_OUT * MIN_HELD_OUT // 2 else sources
        read = self._sources.read_image
        return (
            ImageList(sources, read, mask_of),
            ImageList(tested, read, mask_of),
        )

    def styles(self) -> tuple[Style, ...]:
        """Read the style images; their weights add up to 1.

        Raises:
            UsageError: one has a timestamp, or a weight that is not a positive number.
            InputError: one cannot be read, or stands for several.
        """
        parsed = [parse_style(text) for text in self._plan.config.style]
        for style in parsed:
            if style.at is not None:
                raise UsageError(
                    f"Style {style.source}@{style.at} has a timestamp, which a training has no "
                    "use for.",
                    "Leave out the @ and the timestamp.",
                )
        total = sum(style.weight for style in parsed)
        return tuple(
            Style(filled(self._sources.read_image(style.source)), style.weight / total)
            for style in parsed
        )

    def read_image(self, source: str) -> Frame:
        """Read the image of any source."""
        return self._sources.read_image(source)

    def provenance(self, weights: Mapping[str, Choice]) -> Provenance:
        """Return everything that must be the same to resume: all but the length.

        An added or removed image changes which ones are held out, so that training images would
        become samples.

        Args:
            weights: those loaded for metrics, by network.

        Raises:
            InputError: a file cannot be read.
        """
        plan, inputs = self._plan, Inputs(self._sources, self._plan.catalogue, TrainingConfig)
        stated = {key: x for key, x in plan.resolved().items() if key not in _MAY_CHANGE}
        for name in plan.datasets:
            test, masked = DATASETS[name]
            for key, role in ((name, name.replace("_", " ")), (test, test.replace("_", " "))):
                listed = [(each, self._sources.files(each)) for each in self._of(key)]
                # A source without files counts by its name.
                stated[key] = [each for each, files in listed if not files]
                files = [file for _, of_source in listed for file in of_source]
                inputs.add(role, ", ".join(self._stated(key)), files)
            masks = self._masks(name)
            if masks is not None and is_folder(masks):
                del stated[masked]
                by_name = self._masks_by_name(masks)
                trained = (Path(each).stem for each in self._of(name))
                files = [Path(by_name[stem]) for stem in trained if stem in by_name]
                inputs.add(f"masks of {name[-1]}", masks, files)
        if styles := [parse_style(text) for text in plan.config.style]:
            stated["style_sources"] = [
                style.source
                for number, style in enumerate(styles, 1)
                if not inputs.add(f"style {number}", style.source)
            ]
            stated["style_weights"] = [style.weight for style in styles]
        settings = inputs.settings(stated, plan.components)
        versions = versions_of(plan.components, weights)
        return Provenance(settings, inputs.digests, versions, inputs.names)

    def _stated(self, key: str) -> Sequence[str]:
        stated: Sequence[str] = getattr(self._plan.config, key)
        return stated

    def _of(self, key: str) -> list[str]:
        """Return the sources of a dataset or of its samples."""
        return [each for text in self._stated(key) for each in self._sources.expand(text)]

    def _masks(self, name: str) -> str | None:
        key = DATASETS[name][1]
        masks: str | None = getattr(self._plan.config, key) if key else None
        return masks

    def _masks_by_name(self, folder: str) -> dict[str, str]:
        return {Path(each).stem: each for each in self._sources.expand(folder)}

    def _mask_reader(self, masks: str) -> Callable[[str, Frame], Frame]:
        """Return a function that adds an image's mask: the file of its name, or a region."""
        shared = None if is_folder(masks) else self._region(masks)
        files = {} if shared else self._masks_by_name(masks)

        def with_mask(source: str, frame: Frame) -> Frame:
            mask = files.get(Path(source).stem)
            if shared is None and mask is None:
                raise InputError(f"There is no mask for {source} in {masks}.")
            regions = shared or self._region(str(mask))
            (region,) = regions.of(frame, frame.width, frame.height, ())
            return replace(frame, alpha=region.mask)

        return with_mask

    def _region(self, name: str) -> Regions:
        plan = self._plan
        read = self._sources.read_image
        return Regions([name], plan.catalogue, plan.config.tables, lambda source, _: read(source))


def held_out(sources: Sequence[str]) -> list[str]:
    """Select evenly spaced sources: one in twenty, within the limits."""
    count = min(max(len(sources) // HELD_OUT, MIN_HELD_OUT), MAX_HELD_OUT, len(sources))
    return [sources[number * len(sources) // count] for number in range(count)]
