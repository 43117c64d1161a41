"""The manual of stylekit's plugin system: every hook that a plugin can implement.

A plugin is a module that an entry point of the group `stylekit` names:

    # pyproject.toml of the plugin
    [project.entry-points.stylekit]
    charcoal = "stylekit_charcoal"

    # stylekit_charcoal/__init__.py; it is imported at each start, so it imports no torch
    import stylekit

    STYLEKIT_API = 1

    @stylekit.hookimpl
    def register_losses():
        yield stylekit.LossSpec(
            name="charcoal",
            role="style",
            summary="Compare strokes instead of colors.",
            factory="stylekit_charcoal.loss:CharcoalLoss",
        )

There are two families of hooks. `register_*` hooks register components: whatever changes the
numbers of a run is a component, which its configuration and its record name. Lifecycle hooks
observe a run: they return nothing and change nothing. An implementation may take fewer arguments
than its hook has.

Each example below is such a module, without its first lines (`import stylekit`, `STYLEKIT_API`).
Each returns or yields specs (`stylekit.specs`); `stylekit.protocols` says what a factory makes.
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


# --- How an image is stylized -----------------------------------------------------------------


@hookspec
def register_backbones() -> Iterable[specs.BackboneSpec]:  # type: ignore[empty-body]
    """Register networks whose features the losses compare.

    Example:
        @stylekit.hookimpl
        def register_backbones():
            yield stylekit.BackboneSpec(
                name="tiny",
                summary="Two convolutions.",
                layers=("relu1", "relu2"),
                factory="my_plugin.tiny:Tiny",
            )
    """


@hookspec
def register_losses() -> Iterable[specs.LossSpec]:  # type: ignore[empty-body]
    """Register losses on features (`content`, `style`) or on the image (`image`).

    Example:
        @stylekit.hookimpl
        def register_losses():
            yield stylekit.LossSpec(
                name="gram",
                role="style",
                summary="Compare Gram matrices.",
                factory="my_plugin.gram:Gram",
            )
    """


@hookspec
def register_optimizers() -> Iterable[specs.OptimizerSpec]:  # type: ignore[empty-body]
    """Register optimizers of an image.

    Example:
        @stylekit.hookimpl
        def register_optimizers():
            yield stylekit.OptimizerSpec(
                name="sgd",
                summary="Plain gradient descent.",
                factory="my_plugin.sgd:Sgd",
            )
    """


@hookspec
def register_methods() -> Iterable[specs.MethodSpec]:  # type: ignore[empty-body]
    """Register transfer methods.

    Each slot is a component that the method works with, and a key of the run.

    Example:
        @stylekit.hookimpl
        def register_methods():
            yield stylekit.MethodSpec(
                name="etching",
                summary="Draw lines along the edges.",
                slots={"backbone": stylekit.Slot("backbone", "tiny")},
                factory="my_plugin.etching:Etching",
                params="my_plugin.etching:EtchingParams",
            )
    """


@hookspec
def register_weights() -> Iterable[specs.WeightsSpec]:  # type: ignore[empty-body]
    """Register trained weights of networks.

    Example:
        from stylekit.weights import Online

        @stylekit.hookimpl
        def register_weights():
            yield stylekit.WeightsSpec(
                name="tiny-v1",
                network="tiny",
                summary="Trained on tiles.",
                source=Online(url="https://example.org/tiny-12345678.pth"),
                sha256="12345678",
                factory="my_plugin.tiny:TinyWeights",
            )
    """


# --- What it is made of, and where it goes ----------------------------------------------------


@hookspec
def register_media() -> Iterable[specs.MediaSpec]:  # type: ignore[empty-body]
    """Register readers and writers of images and videos.

    Example:
        @stylekit.hookimpl
        def register_media():
            yield stylekit.MediaSpec(
                name="exr",
                summary="OpenEXR images.",
                suffixes=(".exr",),
                writes=(".exr",),
                factory="my_plugin.exr:Exr",
            )
    """


@hookspec
def register_regions() -> Iterable[specs.RegionSpec]:  # type: ignore[empty-body]
    """Register ways to select a region of an image.

    Example:
        @stylekit.hookimpl
        def register_regions():
            yield stylekit.RegionSpec(
                name="sky",
                summary="The sky.",
                schemes=("sky",),
                factory="my_plugin.sky:Sky",
            )
    """


@hookspec
def register_blends() -> Iterable[specs.BlendSpec]:  # type: ignore[empty-body]
    """Register ways to composite a result into a region of its content.

    Example:
        @stylekit.hookimpl
        def register_blends():
            yield stylekit.BlendSpec(
                name="halftone",
                summary="Dots that grow inwards.",
                factory="my_plugin.halftone:Halftone",
            )
    """


# --- How results are judged -------------------------------------------------------------------


@hookspec
def register_metrics() -> Iterable[specs.MetricSpec]:  # type: ignore[empty-body]
    """Register metrics: numbers that score results.

    Example:
        @stylekit.hookimpl
        def register_metrics():
            yield stylekit.MetricSpec(
                name="sharpness",
                summary="Variance of the Laplacian.",
                factory="my_plugin.sharpness:Sharpness",
            )
    """


@hookspec
def register_classifiers() -> Iterable[specs.ClassifierSpec]:  # type: ignore[empty-body]
    """Register classifiers of images.

    Example:
        @stylekit.hookimpl
        def register_classifiers():
            yield stylekit.ClassifierSpec(
                name="tiny-classes",
                summary="Ten classes.",
                factory="my_plugin.classes:TinyClasses",
            )
    """


@hookspec
def register_experiments() -> Iterable[specs.ExperimentSpec]:  # type: ignore[empty-body]
    """Register experiments, which make their own results and report on them.

    Example:
        @stylekit.hookimpl
        def register_experiments():
            yield stylekit.ExperimentSpec(
                name="sizes",
                summary="One style at several sizes.",
                factory="my_plugin.sizes:Sizes",
            )
    """


# --- How a run is set up, executed and watched ------------------------------------------------


@hookspec
def register_presets() -> Iterable[specs.PresetSpec]:  # type: ignore[empty-body]
    """Register named configurations.

    Example:
        @stylekit.hookimpl
        def register_presets():
            yield stylekit.PresetSpec(
                name="poster",
                summary="Strong and flat.",
                values={"method": "etching", "etching": {"strength": 300}},
            )
    """


@hookspec
def register_executors() -> Iterable[specs.ExecutorSpec]:  # type: ignore[empty-body]
    """Register ways to execute runs, for example on other machines.

    Example:
        @stylekit.hookimpl
        def register_executors():
            yield stylekit.ExecutorSpec(
                name="night",
                summary="Wait for cheap power.",
                factory="my_plugin.night:Night",
            )
    """


@hookspec
def register_observers() -> Iterable[specs.ObserverSpec]:  # type: ignore[empty-body]
    """Register observers that have parameters, or state that belongs to one run.

    The factory is called when a run starts, and its object is dropped when the run ends. The
    object's methods that are marked `@hookimpl` are lifecycle hooks. A plugin that needs neither
    parameters nor state implements the lifecycle hooks as functions of its module.

    Example:
        @stylekit.hookimpl
        def register_observers():
            yield stylekit.ObserverSpec(
                name="mail",
                summary="Mail the result.",
                factory="my_plugin.mail:Mail",
                params="my_plugin.mail:MailParams",
            )
    """


@hookspec
def register_commands() -> Iterable[specs.CommandSpec]:  # type: ignore[empty-body]
    """Register commands of the command line; a factory is imported when its command is used.

    Example:
        @stylekit.hookimpl
        def register_commands():
            yield stylekit.CommandSpec(
                name="frame",
                summary="Put a frame around images.",
                factory="my_plugin.frame:FrameCommand",
            )
    """


# --- The life of a run, in the order of the calls ---------------------------------------------


@hookspec
def run_started(run: RunInfo) -> None:
    """Called when a run starts: components are loaded and inputs read, nothing is computed yet.

    Example:
        @stylekit.hookimpl
        def run_started(run):
            print(run.method, run.device)
    """


@hookspec
def stage_started(run: RunInfo, stage: Stage) -> None:
    """Called when a stage starts, for example one scale of a pyramid.

    Example:
        @stylekit.hookimpl
        def stage_started(stage):
            print(stage.name, stage.width, stage.height, stage.steps)
    """


@hookspec
def step_finished(run: RunInfo, step: Step) -> None:
    """Called after each step. Losses are tensors: `float()` makes a GPU wait, so call it rarely.

    Example:
        @stylekit.hookimpl
        def step_finished(step):
            if step.index % 50 == 0:
                print({name: float(loss) for name, loss in step.losses.items()})
    """


@hookspec
def artifact_written(run: RunInfo, artifact: Artifact) -> None:
    """Called when a file and its record are on disk, complete.

    Example:
        @stylekit.hookimpl
        def artifact_written(artifact):
            print(artifact.path, artifact.record)
    """


@hookspec
def run_finished(run: RunInfo, result: Result) -> None:
    """Called when a run ends, complete or stopped by the user.

    Example:
        @stylekit.hookimpl
        def run_finished(result):
            print(result.seconds)
    """


@hookspec
def run_failed(run: RunInfo, error: BaseException) -> None:
    """Called when a run ends with an error, or its caller closes it (GeneratorExit).

    Example:
        @stylekit.hookimpl
        def run_failed(error):
            print("failed:", error)
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
"""The hooks that register components, each with its kind."""
