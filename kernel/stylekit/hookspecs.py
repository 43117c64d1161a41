"""The manual of stylekit's plugin system: every hook that a plugin can implement.

A plugin is a module, named by an entry point of the group `stylekit`:

    # pyproject.toml of the plugin
    [project.entry-points.stylekit]
    charcoal = "stylekit_charcoal"

    # stylekit_charcoal/__init__.py - light: no torch here
    import stylekit

    STYLEKIT_API = 1

    @stylekit.hookimpl
    def register_losses():
        return [
            stylekit.LossSpec(
                name="charcoal",
                role="style",
                summary="Compares strokes, not colors.",
                factory="stylekit_charcoal.loss:CharcoalLoss",
            )
        ]

There are two families and nothing else. `register_*` hooks *offer components*: whatever changes the
numbers of a run is a component, named in its configuration and written into its record. Lifecycle
hooks *observe*: they return nothing and change nothing. An implementation may take fewer arguments
than its hook has.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

from stylekit import specs

if TYPE_CHECKING:
    from stylekit.events import Artifact, RunInfo, Stage, Step
    from stylekit.result import Result

PROJECT = "stylekit"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- Components: one hook a kind ---------------------------------------------------------------


@hookspec
def register_backbones() -> Iterable[specs.BackboneSpec]:  # type: ignore[empty-body]
    """Offer networks whose features the losses compare.

    Example:
        >>> BackboneSpec(name="tiny", summary="Two layers.", layers=("relu1", "relu2"),
        ...              factory="my_plugin.tiny:Tiny").name
        'tiny'
    """


@hookspec
def register_losses() -> Iterable[specs.LossSpec]:  # type: ignore[empty-body]
    """Offer losses: `role` says whether they compare content, style, or look at the picture alone.

    Example:
        >>> LossSpec(name="gram", role="style", summary="Gram matrices.",
        ...          factory="my_plugin.gram:Gram").role
        'style'
    """


@hookspec
def register_optimizers() -> Iterable[specs.OptimizerSpec]:  # type: ignore[empty-body]
    """Offer optimizers of a picture.

    Example:
        >>> OptimizerSpec(name="sgd", summary="Plain gradient descent.",
        ...               factory="my_plugin.sgd:Sgd").kind
        'optimizer'
    """


@hookspec
def register_methods() -> Iterable[specs.MethodSpec]:  # type: ignore[empty-body]
    """Offer transfer methods.

    Example:
        >>> MethodSpec(name="invert", summary="Photographic negative.", styles=(0, None),
        ...            factory="my_plugin.invert:Invert").slots
        {}
    """


@hookspec
def register_media() -> Iterable[specs.MediaSpec]:  # type: ignore[empty-body]
    """Offer readers and writers of pictures and clips.

    Example:
        >>> MediaSpec(name="exr", summary="OpenEXR pictures.", suffixes=(".exr",),
        ...           factory="my_plugin.exr:Exr").writes
        ()
    """


@hookspec
def register_regions() -> Iterable[specs.RegionSpec]:  # type: ignore[empty-body]
    """Offer ways of choosing an area of a picture.

    Example:
        >>> RegionSpec(name="sky", summary="The sky.", schemes=("sky",),
        ...            factory="my_plugin.sky:Sky").kind
        'region'
    """


@hookspec
def register_blends() -> Iterable[specs.BlendSpec]:  # type: ignore[empty-body]
    """Offer ways of putting a result into a region of its content.

    Example:
        >>> BlendSpec(name="halftone", summary="Dots that grow inwards.",
        ...           factory="my_plugin.halftone:Halftone").kind
        'blend'
    """


# Metrics, classifiers and experiments are the evaluators: `stylekit evaluate NAME` runs them all.


@hookspec
def register_metrics() -> Iterable[specs.MetricSpec]:  # type: ignore[empty-body]
    """Register metrics: numbers that score results.

    Example:
        >>> MetricSpec(name="sharpness", summary="Variance of the Laplacian.",
        ...            factory="my_plugin.sharpness:Sharpness").higher_is_better
        True
    """


@hookspec
def register_classifiers() -> Iterable[specs.ClassifierSpec]:  # type: ignore[empty-body]
    """Register classifiers of images.

    Example:
        >>> ClassifierSpec(name="day-or-night", summary="Separates bright images from dark ones.",
        ...                factory="my_plugin.day:DayOrNight").kind
        'classifier'
    """


@hookspec
def register_experiments() -> Iterable[specs.ExperimentSpec]:  # type: ignore[empty-body]
    """Register experiments, which make their own results and report on them.

    Example:
        >>> ExperimentSpec(name="seeds", summary="How much results differ between seeds.",
        ...                factory="my_plugin.seeds:Seeds").kind
        'experiment'
    """


@hookspec
def register_weights() -> Iterable[specs.WeightsSpec]:  # type: ignore[empty-body]
    """Offer trained parameters of networks.

    Example:
        >>> from stylekit.specs import Online
        >>> WeightsSpec(name="tiny-v1", network="tiny", summary="Trained on tiles.",
        ...             source=Online(url="https://example.org/tiny-12345678.pth"),
        ...             sha256="12345678", factory="my_plugin.tiny:TinyWeights").network
        'tiny'
    """


@hookspec
def register_observers() -> Iterable[specs.ObserverSpec]:  # type: ignore[empty-body]
    """Offer observers that have parameters, or state that belongs to one run.

    The factory's object is made when a run starts and forgotten when it ends. Its methods that are
    marked `@hookimpl` are lifecycle hooks. A plugin that needs neither parameters nor state can
    implement the lifecycle hooks as plain functions of its module.

    Example:
        >>> ObserverSpec(name="mail", summary="Mails the picture.",
        ...              factory="my_plugin.mail:Mail", params="my_plugin.mail:MailParams").kind
        'observer'
    """


@hookspec
def register_executors() -> Iterable[specs.ExecutorSpec]:  # type: ignore[empty-body]
    """Offer ways of carrying out runs, for example on other machines.

    Example:
        >>> ExecutorSpec(name="night", summary="Waits for cheap power.",
        ...              factory="my_plugin.night:Night").kind
        'executor'
    """


@hookspec
def register_presets() -> Iterable[specs.PresetSpec]:  # type: ignore[empty-body]
    """Offer named configurations.

    Example:
        >>> PresetSpec(name="poster", summary="Strong and flat.",
        ...            values={"method": "ink", "ink": {"strength": 300}}).name
        'poster'
    """


@hookspec
def register_commands() -> Iterable[specs.CommandSpec]:  # type: ignore[empty-body]
    """Offer commands of the command line. Nothing heavy is imported before one is used.

    Example:
        >>> CommandSpec(name="frame", summary="Puts a frame around pictures.",
        ...             factory="my_plugin.frame:FrameCommand").kind
        'command'
    """


# --- Lifecycle: these only look ----------------------------------------------------------------


@hookspec
def run_started(run: RunInfo) -> None:
    """Tell that a run begins: its components are chosen, its inputs read, nothing computed.

    Example:
        >>> @hookimpl
        ... def run_started(run):
        ...     print(run.method, run.device)
    """


@hookspec
def stage_started(run: RunInfo, stage: Stage) -> None:
    """Tell that a stage begins, for example one scale of a pyramid.

    Example:
        >>> @hookimpl
        ... def stage_started(stage):
        ...     print(stage.name, stage.width, stage.height, stage.steps)
    """


@hookspec
def step_finished(run: RunInfo, step: Step) -> None:
    """Tell that a step is done. Losses are tensors: `float()` makes a GPU wait, so ask seldom.

    Example:
        >>> @hookimpl
        ... def step_finished(step):
        ...     if step.index % 50 == 0:
        ...         print({name: float(loss) for name, loss in step.losses.items()})
    """


@hookspec
def artifact_written(run: RunInfo, artifact: Artifact) -> None:
    """Tell that a file and its record are on disk, complete.

    Example:
        >>> @hookimpl
        ... def artifact_written(artifact):
        ...     print(artifact.path, artifact.record)
    """


@hookspec
def run_finished(run: RunInfo, result: Result) -> None:
    """Tell that the run is done, in full or as far as the user let it.

    Example:
        >>> @hookimpl
        ... def run_finished(result):
        ...     print(result.seconds)
    """


@hookspec
def run_failed(run: RunInfo, error: BaseException) -> None:
    """Tell that the run ended with an error, or that its caller stopped iterating (GeneratorExit).

    Example:
        >>> @hookimpl
        ... def run_failed(error):
        ...     print("sorry:", error)
    """


LIFECYCLE = (
    "run_started",
    "stage_started",
    "step_finished",
    "artifact_written",
    "run_finished",
    "run_failed",
)
"""The hooks that observe."""

REGISTER = {
    "register_backbones": "backbone",
    "register_losses": "loss",
    "register_optimizers": "optimizer",
    "register_methods": "method",
    "register_media": "media",
    "register_regions": "region",
    "register_blends": "blend",
    "register_metrics": "metric",
    "register_classifiers": "classifier",
    "register_experiments": "experiment",
    "register_weights": "weights",
    "register_observers": "observer",
    "register_executors": "executor",
    "register_presets": "preset",
    "register_commands": "command",
}
"""The hooks that offer components, each with its kind."""
