"""The images of a training: two domains, their masks, and images held out for samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stylekit.errors import InputError
from stylekit.files.paths import is_folder
from stylekit.images.frames import Frame
from stylekit.inputs.regions import Regions
from stylekit.inputs.sources import Sources
from stylekit.records.provenance import Inputs, Provenance, versions_of
from stylekit.weights.manager import Choice
from stylekit_plugins.training.image_list import ImageList
from stylekit_plugins.training.plan import TrainingConfig, TrainingPlan

HELD_OUT = 20
"""One in this many images of a domain is held out, unless the user names test images."""

MIN_HELD_OUT, MAX_HELD_OUT = 4, 64

_MAY_CHANGE = frozenset(("epochs", "domain_a", "domain_b", "test_a", "test_b"))
"""Keys that may differ when a training resumes: its length, and the paths of its images."""


class Dataset:
    """The images of a training."""

    def __init__(self, plan: TrainingPlan) -> None:
        self._plan = plan
        self._sources = Sources(plan.catalogue, plan.config.tables)

    def images(self, domain: str) -> tuple[Sequence[Frame], Sequence[Frame]]:
        """Return the training images of a domain (`a` or `b`), and its samples.

        Raises:
            InputError: a source is missing or empty.
        """
        sources, tested = self._of(domain, "domain"), self._of(domain, "test")
        masks = self._masks(domain)
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
        components = [plan.method, *(part.component for part in plan.evaluators)]
        stated = {key: x for key, x in plan.resolved().items() if key not in _MAY_CHANGE}
        for domain in ("a", "b"):
            for kind in ("domain", "test"):
                listed = [(each, self._sources.files(each)) for each in self._of(domain, kind)]
                # A source without files counts by its name.
                stated[f"{kind}_{domain}"] = [each for each, files in listed if not files]
                files = [file for _, of_source in listed for file in of_source]
                inputs.add(f"{kind} {domain}", ", ".join(self._stated(domain, kind)), files)
            masks = self._masks(domain)
            if masks is not None and is_folder(masks):
                del stated[f"masks_{domain}"]
                by_name = self._masks_by_name(masks)
                trained = (Path(each).stem for each in self._of(domain, "domain"))
                files = [Path(by_name[name]) for name in trained if name in by_name]
                inputs.add(f"masks of {domain}", masks, files)
        settings = inputs.settings(stated, components)
        return Provenance(settings, inputs.digests, versions_of(components, weights), inputs.names)

    def _stated(self, domain: str, kind: str) -> Sequence[str]:
        stated: Sequence[str] = getattr(self._plan.config, f"{kind}_{domain}")
        return stated

    def _of(self, domain: str, kind: str) -> list[str]:
        """Return the sources of a domain or its test images."""
        return [each for text in self._stated(domain, kind) for each in self._sources.expand(text)]

    def _masks(self, domain: str) -> str | None:
        masks: str | None = getattr(self._plan.config, f"masks_{domain}")
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
