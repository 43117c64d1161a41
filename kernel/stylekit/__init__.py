"""stylekit: neural style transfer as a microkernel.

    >>> import stylekit
    >>> result = stylekit.run(content="me.jpg", style="night.jpg")  # doctest: +SKIP
    >>> result.image.to_pil().save("me-night.png")                # doctest: +SKIP

Importing this package loads neither torch nor pydantic; both come with the first name that needs
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stylekit import errors, specs
from stylekit.hookspecs import hookimpl
from stylekit.inputs.python_call import arguments, typed_as_function
from stylekit.machine.lazy_names import lazy_names
from stylekit.specs import (
    BackboneSpec,
    BlendSpec,
    ClassifierSpec,
    CommandSpec,
    ExecutorSpec,
    ExperimentSpec,
    LossSpec,
    MediaSpec,
    MethodSpec,
    MetricSpec,
    ObserverSpec,
    OptimizerSpec,
    PresetSpec,
    RegionSpec,
    Slot,
    WeightsSpec,
)
from stylekit.version import STYLEKIT_API, __version__

if TYPE_CHECKING:
    from stylekit.events import Artifact, FrameDone, RunInfo, Stage, Step
    from stylekit.host import Host
    from stylekit.images.frames import Clip, Frame, fit, resize
    from stylekit.methods.base import Job, Method, Region, Style, TemporalTarget, WarmStart
    from stylekit.methods.feed_forward import FeedForward
    from stylekit.methods.per_frame import each_frame
    from stylekit.params import FileText, Params, UserOnly
    from stylekit.result import Result
    from stylekit.runs.run import Run
    from stylekit.text import did_you_mean
    from stylekit.weights.tensor_files import as_float32, read_state_dict

__all__ = [
    "STYLEKIT_API",
    "Artifact",
    "BackboneSpec",
    "BlendSpec",
    "ClassifierSpec",
    "Clip",
    "CommandSpec",
    "ExecutorSpec",
    "ExperimentSpec",
    "FeedForward",
    "FileText",
    "Frame",
    "FrameDone",
    "Host",
    "Job",
    "LossSpec",
    "MediaSpec",
    "Method",
    "MethodSpec",
    "MetricSpec",
    "ObserverSpec",
    "OptimizerSpec",
    "Params",
    "PresetSpec",
    "Region",
    "RegionSpec",
    "Result",
    "Run",
    "RunInfo",
    "Slot",
    "Stage",
    "Step",
    "Style",
    "TemporalTarget",
    "UserOnly",
    "WarmStart",
    "WeightsSpec",
    "__version__",
    "as_float32",
    "did_you_mean",
    "each_frame",
    "errors",
    "fit",
    "hookimpl",
    "iterate",
    "read_state_dict",
    "resize",
    "run",
    "specs",
]


@typed_as_function(arguments)
def run(method: str | None = None, **options: Any) -> Result:
    """Transfer style with the installed plugins; arguments as for `Host.run`."""
    from stylekit.host import Host

    return Host().run(method, **options)


@typed_as_function(arguments)
def iterate(method: str | None = None, **options: Any) -> Run:
    """Prepare a run to step through; arguments as for `Host.run`.

    Iterate over the run for its steps; its `result` has the image at the end.
    """
    from stylekit.host import Host

    return Host().iterate(method, **options)


__getattr__ = lazy_names(
    __name__,
    {
        "events": "Artifact FrameDone RunInfo Stage Step",
        "host": "Host",
        "images.frames": "Clip Frame fit resize",
        "methods.base": "Job Method Region Style TemporalTarget WarmStart",
        "methods.feed_forward": "FeedForward",
        "methods.per_frame": "each_frame",
        "params": "FileText Params UserOnly",
        "result": "Result",
        "runs.run": "Run",
        "text": "did_you_mean",
        "weights.tensor_files": "as_float32 read_state_dict",
    },
)
