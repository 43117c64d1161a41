"""What a training reads: two domains, their masks, and which pictures are not trained on."""

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
from stylekit_plugins.training.image_list import Pictures
from stylekit_plugins.training.plan import TrainingConfig, TrainingPlan

HELD_OUT = 20
"""One in so many pictures of a domain is not trained on, unless the user names others."""

FEWEST_HELD_OUT, MOST_HELD_OUT = 4, 64

_MAY_CHANGE = frozenset(("epochs", "domain_a", "domain_b", "test_a", "test_b"))
"""Keys that may be others when a training goes on: its length, and where its pictures are."""


class Dataset:
    """The pictures of a training.

    Args:
    """

    def __init__(self, plan: TrainingPlan) -> None:
        self._plan = plan
        self._sources = Sources(plan.catalogue, plan.config.tables)

    def images(self, domain: str) -> tuple[Sequence[Frame], Sequence[Frame]]:
        """List the pictures of a domain (`a` or `b`) to train on, and those to look at.

        Raises:
            InputError: a source is missing or empty.
        """
        sources, tested = self._of(domain, "domain"), self._of(domain, "test")
        masks = self._masks(domain)
        mask_of = None if masks is None else self._mask_reader(masks)
        if not tested:
            tested = held_out(sources)
            kept = [source for source in sources if source not in set(tested)]
            sources = kept if len(sources) >= HELD_OUT * FEWEST_HELD_OUT // 2 else sources
        read = self._sources.read_image
        return (
            Pictures(sources, read, mask_of),
            Pictures(tested, read, mask_of),
        )

    def provenance(self, weights: Mapping[str, Choice]) -> Provenance:
        """Describe what must be the same for a training to go on: all but its length.

        A picture more or less would be another training: other ones would be held out, and what
        was trained on would be measured.

        Args:
            weights: what was loaded for measures, by network.

        Raises:
            InputError: a file cannot be read.
        """
        plan, inputs = self._plan, Inputs(self._sources, self._plan.catalogue, TrainingConfig)
        components = [plan.method, *(part.component for part in plan.evaluators)]
        stated = {key: x for key, x in plan.resolved().items() if key not in _MAY_CHANGE}
        for domain in ("a", "b"):
            for kind in ("domain", "test"):
                listed = [(each, self._sources.files(each)) for each in self._of(domain, kind)]
                # What is no file has nothing but its name.
                stated[f"{kind}_{domain}"] = [each for each, files in listed if not files]
                files = [file for _, found in listed for file in found]
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
        """List the sources of a domain, or those to look at."""
        return [each for text in self._stated(domain, kind) for each in self._sources.expand(text)]

    def _masks(self, domain: str) -> str | None:
        masks: str | None = getattr(self._plan.config, f"masks_{domain}")
        return masks

    def _masks_by_name(self, folder: str) -> dict[str, str]:
        return {Path(each).stem: each for each in self._sources.expand(folder)}

    def _mask_reader(self, masks: str) -> Callable[[str, Frame], Frame]:
        """Make what gives a picture its mask: the file of its name in a folder, or a region."""
        one = None if is_folder(masks) else self._region(masks)
        files = {} if one else self._masks_by_name(masks)

        def with_mask(source: str, frame: Frame) -> Frame:
            found = files.get(Path(source).stem)
            if one is None and found is None:
                raise InputError(f"There is no mask for {source} in {masks}.")
            regions = one or self._region(str(found))
            (region,) = regions.of(frame, frame.width, frame.height, ())
            return replace(frame, alpha=region.mask)

        return with_mask

    def _region(self, name: str) -> Regions:
        plan = self._plan
        read = self._sources.read_image
        return Regions([name], plan.catalogue, plan.config.tables, lambda source, _: read(source))


def held_out(sources: Sequence[str]) -> list[str]:
    """Choose evenly spaced sources: one in twenty, but not too few and not too many."""
    count = min(max(len(sources) // HELD_OUT, FEWEST_HELD_OUT), MOST_HELD_OUT, len(sources))
    return [sources[number * len(sources) // count] for number in range(count)]
