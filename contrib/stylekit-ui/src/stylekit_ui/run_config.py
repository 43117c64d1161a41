"""From the values of a form to the configuration of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylekit.errors import UsageError
from stylekit.files.paths import is_file
from stylekit.inputs.syntax import StyleSource
from stylekit.runs.layers import Layer
from stylekit.weights.selection import AUTO
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.storage import Source, Storage

RUN_KEYS = ("seed", "weights")
"""Run keys among the settings."""

TRAINED = "trained"
"""Table of the settings that holds the chosen network of each method that people train.

As the run key `weights` alone, it would stay when another method is chosen.
"""


@dataclass(frozen=True)
class FormValues:
    """The values of a form.

    Attributes:
        interp: interpolation between the styles of a video.
        is_video: whether the form is for videos.
        region: config keys of the region to paint.
        settings: all other settings, as a config would hold them.
    """

    content: Source
    styles: Sequence[StyleSource]
    interp: str
    is_video: bool
    region: Mapping[str, Any]
    preset: str
    method: str
    size: int | None
    settings: Layer


def make_config(values: FormValues, catalogue: FormCatalogue, storage: Storage) -> dict[str, Any]:
    """Return the configuration of a run; uploads are copied to the folder of results.

    Raises:
        StylekitError: an input is missing or invalid.
    """
    content = values.content
    config = draft_config(values, catalogue, storage)
    config["content"] = [storage.store(content.text)]
    sources = [content.text, *(style.source for style in values.styles[:1])]
    config["out"] = str(storage.new_output_path(sources, content.result_suffix))
    return config


def draft_config(values: FormValues, catalogue: FormCatalogue, storage: Storage) -> dict[str, Any]:
    """Return the configuration of a run, without copying its content or naming its result.

    Raises:
        StylekitError: an input is missing or invalid.
    """
    content, styles = values.content, values.styles
    if content.is_video != values.is_video:
        kind, tab = ("a video", "Video") if content.is_video else ("an image", "Image")
        raise UsageError(f"{Path(content.text).name} is {kind}.", f"Use the tab {tab}.")
    painter = catalogue.frame_method(values.method, values.preset, values.settings)
    needed = painter.spec.styles[0]
    if len(styles) < needed:
        raise UsageError("There is no style yet.", "Add a painting or click a sample.")
    if not needed:
        # A painting that was chosen for another method.
        styles = []
    settings = relevant_settings(catalogue, values.method, values.preset, values.settings)
    sources = (content.text, *(style.source for style in styles))
    for text in (*sources, *texts_in(settings)):
        storage.check(text)
    config: dict[str, Any] = {
        **settings,
        **values.region,
        "method": values.method,
        "content": [content.text],
        "style": [style.text for style in styles],
        "interp": values.interp,
    }
    if values.preset:
        config["preset"] = values.preset
    if values.size:
        config["size"] = int(values.size)
    return config


def relevant_settings(
    catalogue: FormCatalogue, method: str, preset: str, settings: Layer
) -> dict[str, Any]:
    """Return the settings that apply to a run, without those of components chosen earlier."""
    forms = catalogue.component_forms(method, preset, settings)
    known = {form.component.id for form in forms}
    known |= {slot.name for slot in catalogue.slots(method, preset, settings)}
    relevant = {key: value for key, value in settings.items() if key in known or key in RUN_KEYS}
    network = trained_network(catalogue, method, preset, settings)
    return relevant | ({"weights": [network]} if network else {})


def trained_network(catalogue: FormCatalogue, method: str, preset: str, settings: Layer) -> str:
    """Return the file or name of the network that the settings choose for a run, or ""."""
    return str(
        settings.get(TRAINED, {}).get(catalogue.trained_method(method, preset, settings), "")
    )


def with_trained_network(config: Mapping[str, Any], catalogue: FormCatalogue) -> dict[str, Any]:
    """Return the settings of an earlier run, with its trained network where the form has it."""
    trained = catalogue.trained_method(config["method"], "", config)
    weights = config.get("weights", ())
    if not trained or isinstance(weights, str) or len(weights) != 1 or weights[0] == AUTO:
        return dict(config)
    # A record has `NETWORK=WEIGHTS`.
    name, _, network = weights[0].partition("=")
    if name not in catalogue.component(trained).spec.networks:
        network = weights[0]
    network = str(Path(network).resolve()) if is_file(network) else network
    rest = {key: value for key, value in config.items() if key != "weights"}
    return {**rest, TRAINED: {trained: network}}


def texts_in(value: Any) -> Iterator[str]:
    """Yield every string in settings, nested ones included: any of them may name a file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from texts_in(each)
