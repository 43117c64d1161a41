"""Specs: the description of each component that a plugin registers.

Specs are frozen stdlib dataclasses and name their code by import strings ("package.module:Class"),
so that listing plugins loads neither torch nor pydantic. Only the chosen components are imported.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol


@dataclass(frozen=True, kw_only=True)
class ComponentSpec:
    """One component that a plugin offers.

    Attributes:
        name: lower-case, words joined by `-`; `plugin:name` is the full id.
        summary: one line for lists.
        factory: import string of a callable; see `stylekit.protocols` for what each kind is called
            with and must return.
        params: import string of a `stylekit.Params` subclass, or None for no parameters.
        version: raise it when the numbers that the component produces change; it is recorded.
        extra: the extra of its distribution that it needs: `video` for `pip install "NAME[video]"`.
            Without it the component stays listed, and a run that uses it ends before any work.
        modules: the top-level modules that the extra installs, by which it is recognized.
    """

    kind: ClassVar[str] = ""

    name: str
    summary: str
    factory: str
    params: str | None = None
    version: int = 1
    extra: str = ""
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BackboneSpec(ComponentSpec):
    """A network whose features a loss compares.

    Attributes:
        layers: name of each layer, from the input to the output.
        network: the network whose weights it takes (see `WeightsSpec.network`); None: no weights.
        suggests: defaults for parameters of the method that it works with, for example
            `{"content_layers": {"block4": 1.0}}`. A method without such a parameter ignores them;
            presets and the user override them.
    """

    kind: ClassVar[str] = "backbone"
    layers: tuple[str, ...]
    network: str | None = None
    suggests: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LossSpec(ComponentSpec):
    """A loss on the features of one layer (`content`, `style`) or on the image (`image`)."""

    kind: ClassVar[str] = "loss"
    role: Literal["content", "style", "image"]


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec(ComponentSpec):
    """An optimizer of an image, which stays in [0, 1]."""

    kind: ClassVar[str] = "optimizer"


@dataclass(frozen=True)
class Slot:
    """A component that a method works with; users choose it with the run key of the slot's name.

    A slot `"depth": Slot("method", "tiny-depth")` makes `--set depth=NAME`, a line `depth = "NAME"`
    in a config file and `stylekit.run(depth="NAME")`. The method finds the component, made and on
    the device, in `Job.components["depth"]`, and its spec in `Job.specs["depth"]`. A slot of kind
    `weights` holds `stylekit.protocols.LoadedWeights`.

    Attributes:
        kind: of the component: `backbone`, `loss`, `optimizer`, `evaluator`, `region`, `method` and
            so on.
        default: name of the component that fills the slot unless the user names another.
        role: role of a loss that fills the slot; "": any component of the kind.
    """

    kind: str
    default: str
    role: str = ""


@dataclass(frozen=True, kw_only=True)
class MethodSpec(ComponentSpec):
    """A way of transferring style.

    Attributes:
        slots: the components that the method works with, by the run key that chooses each.
        default_size: long side of the result in pixels when the user asks for none; a smaller
            content image keeps its size. 0: always the content's size.
        styles: the least and the most style images that one result can use (None: no limit). Of a
            method with `frame_method`, what that one says counts.
        networks: those whose weights it loads with `Job.weights`.
        trainer: import string of what trains its networks (`stylekit.methods.Trainer`), called
            with its parameters; None: it cannot be trained.
        training: import string of the parameters of the training.
        training_inputs: what `stylekit train` gives the trainer: images (`domain_a`, `domain_b`,
            `dataset`), `style`, and what its length is counted in (`epochs`, `steps`, `minutes`).
        regions: it can paint each of `Job.regions` in styles of its own. Without it there may still
            be regions: the kernel puts what the method painted into them.
        clips: it works on whole clips, and yields their frames as they are finished
            (`stylekit.events.FrameDone`). Without it the kernel gives it frame after frame.
        frame_method: the method that makes its frames, unless its parameter `method` names another.
            Its slots are filled, too; `--steps`, `--init`, `--quality` and `--color` set its
            parameters where the video method has none of that name. It is in `Job.methods`.
    """

    kind: ClassVar[str] = "method"
    slots: Mapping[str, Slot] = field(default_factory=dict)
    default_size: int = 0
    styles: tuple[int, int | None] = (1, None)
    networks: tuple[str, ...] = ()
    regions: bool = False
    clips: bool = False
    frame_method: str = ""
    trainer: str | None = None
    training: str | None = None
    training_inputs: tuple[str, ...] = ("domain_a", "domain_b", "epochs")


@dataclass(frozen=True, kw_only=True)
class MediaSpec(ComponentSpec):
    """A reader or writer of images or clips.

    A source is claimed by `scheme:` prefix first, then by folder. Of the adapters for a file, those
    of its suffix are asked first and then the others that sniff: the first one that recognizes the
    content reads it. Where none does, the first one reports what is wrong.

    Attributes:
        schemes: prefixes, without the colon.
        suffixes: lower-case, with the dot.
        expands_folders: it claims directories and its schemes, and lists the sources in them (see
            `stylekit.protocols.SourceList`).
        detects_content: it recognizes files by their content, whatever their suffix; see
            `stylekit.protocols.RecognizingMedia`. Without it, its suffixes alone lead to it.
        writes: the suffixes that it writes, a part of `suffixes`.
        samples: for a scheme without a file, what can follow it: `("astronaut", ...)`.
        clips: the suffixes of files that may hold clips, which it reads and, if they are in
            `writes`, writes; see `stylekit.protocols.ClipMedia`.
    """

    kind: ClassVar[str] = "media"
    schemes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    expands_folders: bool = False
    detects_content: bool = False
    writes: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RegionSpec(ComponentSpec):
    """A way of choosing a region of an image.

    Attributes:
        schemes: prefixes, without the colon: `box` for `box:10,20,300,200`.
        images: it takes whatever has none of these prefixes: images of the region.
    """

    kind: ClassVar[str] = "region"
    schemes: tuple[str, ...] = ()
    images: bool = False


@dataclass(frozen=True, kw_only=True)
class BlendSpec(ComponentSpec):
    """A way of putting a result into a region of its content."""

    kind: ClassVar[str] = "blend"


@dataclass(frozen=True, kw_only=True)
class EvaluatorSpec(ComponentSpec):
    """The base of what judges results: metrics, classifiers and experiments.

    `stylekit evaluate NAME` runs one of any of the three kinds.
    """

    kind: ClassVar[str] = "evaluator"


@dataclass(frozen=True, kw_only=True)
class MetricSpec(EvaluatorSpec):
    """A metric: a number that scores results (`stylekit.evaluation.metric`).

    Attributes:
        scope: `pair` scores one result with its content and styles (`PairMetric`), `set` scores all
            results together (`SetMetric`).
        networks: the networks whose weights it loads.
        styles: whether it uses the styles; without them, it scores results of unknown style.
        higher_is_better: the direction of its score.
        unit: unit or range of its score, for tables.
    """

    kind: ClassVar[str] = "metric"
    scope: Literal["pair", "set"] = "pair"
    networks: tuple[str, ...] = ()
    styles: bool = True
    higher_is_better: bool = True
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class ClassifierSpec(EvaluatorSpec):
    """A classifier of images (`stylekit.evaluation.classifier`).

    Attributes:
        networks: the networks whose weights it loads.
    """

    kind: ClassVar[str] = "classifier"
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExperimentSpec(EvaluatorSpec):
    """An experiment, which makes its own results (`stylekit.evaluation.experiment`)."""

    kind: ClassVar[str] = "experiment"


class WeightsDraft(Protocol):
    """A file in the making: `WeightsSource.fetch` writes to its `path`, or lets it `download`."""

    @property
    def path(self) -> Path:
        """An empty file to write to."""

    def download(self, url: str) -> None:
        """Download the file from an address.

        Broken connections and earlier attempts are continued, a host that does not answer costs
        seconds, and no more is taken than the spec's `size_mb` allows.

        Raises:
            stylekit.errors.WeightsError: the address is unreachable or gives too much.
        """


class WeightsSource(ABC):
    """Where a weights file comes from. Derive a frozen dataclass, and implement what applies.

    The kernel does the rest, for every source alike: it looks into the cache first, fetches nothing
    over the network with `--offline`, puts a fetched file into the cache only when its SHA-256 is
    the pinned one, and verifies it again before each use. `stylekit.weights` has the usual sources.

    Attributes:
        origin: one or two words for the kind of source, such as `online`, in logs and run records.
        needs_network: `fetch` uses the network. If False, it is called with `--offline`, too.
        by_user: only users have such files, and name them with `--weights PATH`. Then the spec pins
            no `sha256`, and the kernel asks `accepts` instead of `locate` and `fetch`.
    """

    origin: ClassVar[str]
    needs_network: ClassVar[bool] = True
    by_user: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        if not getattr(cls, "origin", ""):
            raise TypeError(f'{cls.__name__} needs a class attribute `origin`, such as "online"')

    @property
    @abstractmethod
    def file_name(self) -> str:
        """The name of the file, with the suffix that its decoder expects."""

    @abstractmethod
    def describe(self) -> str:
        """Return the place of the file for lists, errors and records, such as its address."""

    def locate(self) -> Path | None:
        """Return the file if it is on this machine already. Use no network."""
        return None

    def fetch(self, draft: WeightsDraft) -> None:
        """Copy or download the file into a draft; a source without `fetch` is only located.

        Raises:
            stylekit.errors.WeightsError: it is unavailable.
        """
        raise NotImplementedError

    def advice(self) -> str:
        """Return how users get the file by hand, in a line; nothing if they cannot."""
        return ""

    def accepts(self, path: Path) -> bool:
        """Return whether a user's file may be one of these, by its name; see `by_user`."""
        return False

    @property
    def archive_sha256(self) -> str:
        """The SHA-256 of an archive that users may give in place of the file in it."""
        return ""

    def extract(self, archive: Path, draft: WeightsDraft) -> None:
        """Copy the file from the archive into a draft.

        Raises:
            stylekit.errors.DamagedWeightsError: the file is not in the archive.
        """
        raise NotImplementedError

    @property
    def can_fetch(self) -> bool:
        """Whether the source implements `fetch`."""
        return type(self).fetch is not WeightsSource.fetch


@dataclass(frozen=True, kw_only=True)
class WeightsSpec(ComponentSpec):
    """Trained parameters of one network.

    Attributes:
        network: name of the network, which backbones and methods refer to.
        source: where the file comes from.
        sha256: of the file that is decoded: 64 hex digits, or at least the first 8; None only for a
            file that users bring.
        license: SPDX expression or a plain sentence.
        authors: the people who trained them, as the license asks them to be named.
        url: page where the authors publish them, with their license.
        changes: what has been changed since, in a short sentence; "": nothing.
        size_mb: megabytes to download.
        default: `auto` takes these weights of the network. Needed where there are several; two
            plugins that claim it for one network are an error, and `[prefer.weights]` decides.
    """

    kind: ClassVar[str] = "weights"
    network: str
    source: WeightsSource
    sha256: str | None = None
    license: str = "unknown"
    authors: str = ""
    url: str = ""
    changes: str = ""
    size_mb: float = 0.0
    default: bool = False


@dataclass(frozen=True, kw_only=True)
class ObserverSpec(ComponentSpec):
    """An observer with parameters or state: one instance a run, its methods are lifecycle hooks."""

    kind: ClassVar[str] = "observer"


@dataclass(frozen=True, kw_only=True)
class ExecutorSpec(ComponentSpec):
    """A way of carrying out runs: in this process, or on other machines."""

    kind: ClassVar[str] = "executor"


@dataclass(frozen=True, kw_only=True)
class PresetSpec:
    """A named configuration, laid under the user's own.

    Attributes:
        values: as a config file would hold them: run keys and one table a component.
    """

    kind: ClassVar[str] = "preset"
    name: str
    summary: str
    values: Mapping[str, Any]
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class CommandSpec:
    """A command of the command line: `stylekit NAME`.

    Attributes:
        summary: one line for `stylekit --help`.
        factory: import string of a `stylekit.cli.Command`, called without arguments.
        rank: place in `stylekit --help`, the lowest first.
    """

    kind: ClassVar[str] = "command"
    name: str
    summary: str
    factory: str
    version: int = 1
    rank: int = 50


Spec = ComponentSpec | PresetSpec | CommandSpec

_BASES = ("", EvaluatorSpec.kind)

SPEC_TYPES: Mapping[str, type[Spec]] = {
    each.kind: each for each in tuple(vars().values()) if getattr(each, "kind", "") not in _BASES
}
"""Every kind of component and the spec that declares it."""
