"""Paints single images with a feed-forward method, whose networks stay loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from stylekit.errors import MemoryLimitError, PluginError, UsageError
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.sources import Sources
from stylekit.inputs.styles import check_trained, networks_to_load, read_styles
from stylekit.inputs.syntax import parse_style
from stylekit.machine import devices
from stylekit.methods.base import Job, Method
from stylekit.methods.checked import CheckedMethod
from stylekit.methods.feed_forward import FeedForward
from stylekit.params import Params, validate
from stylekit.protocols import LoadedWeights
from stylekit.registry.catalogue import Catalogue, load_object
from stylekit.runs.plan import Plan
from stylekit.specs import MethodSpec
from stylekit.weights.manager import Choice, WeightsManager
from stylekit.weights.selection import AUTO, requested_weights
from stylekit_plugins.live.mailbox import Pixels
from stylekit_plugins.live.strength import NAME


class Painter:
    """Paints one image after the other.

    Args:
        plan: its method is feed-forward (`check_feed_forward`).
        size: width and height of the images.
        weights: loads the networks.
        painters: that share the memory.

    Raises:
        StylekitError: weights or styles are unavailable, or the memory does not suffice.
    """

    def __init__(
        self,
        plan: Plan,
        sources: Sources,
        size: tuple[int, int],
        weights: WeightsManager,
        painters: int = 1,
    ) -> None:
        config = plan.config
        self.device = devices.choose(config.device)
        self._plan = plan
        self._method: Method = plan.method.make()
        self._params = plan.method.params
        self._before: tuple[Method, Params] | None = None
        self._weights = weights
        painting = plan.frame_method.make().network_of_styles
        networks = networks_to_load(plan.networks, painting, bool(config.style))
        requested = requested_weights(config.weights, networks, plan.catalogue)

        def load(network: str) -> LoadedWeights:
            return self._weights.load(network, requested.get(network, AUTO))

        styles = read_styles(
            list(map(parse_style, config.style)), painting, sources.read_image, self._weights
        )
        for network in networks:
            load(network)
        components = plan.make_slots(load, self.device)
        memory = config.memory_mb * 2**20 if config.memory_mb else devices.free_memory(self.device)
        memory //= painters
        self._check_memory(components, size, memory)
        torch.manual_seed(config.seed)
        self._job = Job(
            content=Clip((Frame(torch.zeros(3, size[1], size[0])),)),
            styles=styles,
            components=components,
            device=self.device,
            seed=config.seed,
            memory=memory,
            read_image=sources.read_image,
            weights=load,
            specs=plan.specs,
            methods={name: each.make() for name, each in plan.other_methods.items()},
        )

    @property
    def weights_used(self) -> dict[str, Choice]:
        """The weights that were loaded, by network."""
        return self._weights.used

    def set_strength(self, value: float) -> None:
        """Change the method's strength from the next image on; its networks stay loaded."""
        if getattr(self._params, NAME) == value:
            return
        self._before = (self._method, self._params)
        name = self._plan.method.spec.name
        stated = {**self._params.model_dump(), NAME: value}
        self._params = validate(type(self._params), stated, name)
        assert isinstance(self._method, FeedForward)
        self._method = _checked(self._plan, self._method.with_params(self._params))

    def undo_strength(self) -> bool:
        """Take the latest change of the strength back; return whether there was one."""
        if self._before is None:
            return False
        self._method, self._params = self._before
        self._before = None
        return True

    def paint(self, pixels: Pixels) -> Pixels:
        """Return the stylized image, of the same size."""
        # Channels stay last in memory, which is the networks' own layout.
        values = torch.from_numpy(pixels).to(torch.float32).div_(255).permute(2, 0, 1)
        content = Clip((Frame(values),))
        events = self._method.stylize(replace(self._job, content=content))
        while True:
            try:
                next(events)
            except StopIteration as stop:
                return _as_bytes(stop.value.image)

    def _check_memory(
        self, components: dict[str, object], size: tuple[int, int], memory: int
    ) -> None:
        needed = self._method.bytes_needed(components, *size)
        if needed > memory:
            raise MemoryLimitError(
                f"Frames of {size[0]}x{size[1]} px need about {needed / 2**30:.2g} GiB of memory, "
                f"and {memory / 2**30:.2g} GiB are free.",
                "Try a smaller --size.",
            )


def check_feed_forward(plan: Plan) -> None:
    """Refuse a method that takes many steps for an image.

    Raises:
        UsageError: the message names the methods that can paint live.
    """
    if isinstance(plan.method.make(), FeedForward):
        return
    name = plan.method.spec.name
    able = ", ".join(_feed_forward(plan.catalogue)) or "none is installed"
    reason = (
        "makes whole videos" if plan.method.spec.clips else "optimizes each image in many steps"
    )
    raise UsageError(
        f"Method '{name}' {reason}, and cannot paint live.",
        f"Take a feed-forward method: {able}. For each frame of a clip there is `stylekit run`.",
    )


def check_styles(plan: Plan) -> None:
    """Refuse styles that cannot be used live.

    Raises:
        UsageError: the method needs more or fewer of them, or others, or one has a timestamp.
    """
    for style in map(parse_style, plan.config.style):
        if style.at is not None:
            raise UsageError(
                f"Style {style.source} has a timestamp ({style.at}), and live there are none.",
                "Name it without @.",
            )
        if network := plan.frame_method.make().network_of_styles:
            check_trained(style.source, network, plan.catalogue)
    spec, count = plan.method.spec, len(plan.config.style)
    least, most = spec.styles
    if count < least or (most is not None and count > most):
        bound = f"at least {least}" if count < least else f"at most {most}"
        raise UsageError(
            f"Method '{spec.name}' needs {bound} style images, and {count} are given.",
            "Name them with --style.",
        )


def _feed_forward(catalogue: Catalogue) -> Sequence[str]:
    """Return the names of the methods that make an image in one pass."""
    names = []
    for component in catalogue.all(MethodSpec):
        try:
            factory = load_object(component.spec.factory, component)
        except PluginError:
            continue
        if isinstance(factory, type) and issubclass(factory, FeedForward):
            names.append(component.spec.name)
    return names


def _checked(plan: Plan, method: Method) -> Method:
    part = plan.method
    return CheckedMethod(  # type: ignore[return-value]
        method, f"Method '{part.spec.name}' of plugin {part.component.provider}"
    )


def _as_bytes(frame: Frame) -> Pixels:
    """Return 8-bit values, (H, W, 3), rounded to nearest."""
    planes = frame.pixels.detach().clamp(0, 1).mul_(255).round_().to(torch.uint8)
    values: Pixels = np.ascontiguousarray(planes.permute(1, 2, 0).numpy())
    return values
