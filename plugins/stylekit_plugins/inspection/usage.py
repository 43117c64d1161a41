"""How each kind of component is used on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stylekit.cli.commands import Commands, load
from stylekit.errors import StylekitError
from stylekit_plugins.inspection.parameters import other_value

if TYPE_CHECKING:
    from stylekit.registry.catalogue import Catalogue, Component

USES: Mapping[str, str] = {
    "method": "stylekit run --method {name}",
    "preset": "stylekit run --preset {name}",
    "backbone": "stylekit run --backbone {name}",
    "style loss": "stylekit run --style-loss {name}",
    "content loss": "stylekit run --set content_loss={name}",
    "image loss": "stylekit run --set image_loss={name}",
    "optimizer": "stylekit run --optimizer {name}",
    "blend": "stylekit run --region box:25%,25%,50%,50% --blend {name}",
    "weights": "stylekit run --weights {name}",
    "executor": "stylekit run --executor {name}",
    "metric": "stylekit evaluate {name} --result out.png --content me.jpg --style night.jpg",
    "classifier": "stylekit evaluate {name} --content sample:coffee",
    "experiment": "stylekit evaluate {name} --dataset DIR --methods gatys --style sample:swirls",
    "command": "stylekit {name} --help",
}
"""The command that uses a component of a kind, where its name alone is enough for one."""


OPTIONS: Mapping[str, str] = {
    "method": "--method NAME",
    "preset": "--preset NAME",
    "backbone": "--backbone NAME",
    "style loss": "--style-loss NAME",
    "content loss": "--set content_loss=NAME",
    "image loss": "--set image_loss=NAME",
    "optimizer": "--optimizer NAME",
    "media": "--content, --style, --out",
    "region": "--region SCHEME:...",
    "blend": "--blend NAME",
    "weights": "--weights NAME",
    "executor": "--executor NAME",
    "metric": "stylekit evaluate NAME",
    "classifier": "stylekit evaluate NAME",
    "experiment": "stylekit evaluate NAME",
    "command": "stylekit NAME",
}
"""What chooses a component of a kind, as the head of a list."""

_IN_RUNS = ("media", "observer", "region")


def kind_of(spec: Any) -> str:
    """Return a spec's kind, of a loss with its role: `style loss`."""
    role = getattr(spec, "role", None)
    return f"{role} {spec.kind}" if role else str(spec.kind)


def example(component: Component[Any], properties: Mapping[str, Any]) -> str | None:
    """Return a command that uses a component and sets one of its parameters.

    Args:
        properties: the JSON schemas of its parameters.
    """
    spec = component.spec
    command = USES.get(kind_of(spec))
    if spec.kind == "weights" and spec.source.by_user:
        command = "stylekit run --weights FILE"
    if spec.kind == "media" and spec.schemes and spec.samples:
        command = f"stylekit run --content {spec.schemes[0]}:{spec.samples[0]}"
    settings = ((key, other_value(schema)) for key, schema in properties.items())
    setting = next((f" --set {spec.name}.{key}={value}" for key, value in settings if value), "")
    if command is not None:
        return command.format(name=spec.name) + setting
    # Its parameters are read where a run uses it.
    return f"stylekit run{setting}" if setting and spec.kind in _IN_RUNS else None


def run_options(catalogue: Catalogue) -> frozenset[str]:
    """Return the options of `stylekit run`; none if no plugin has that command."""
    try:
        _, component = Commands(catalogue.records).find("run")
        parser = argparse.ArgumentParser(add_help=False)
        load(component).add_arguments(parser)
    except StylekitError:
        return frozenset()
    return frozenset(name for action in parser._actions for name in action.option_strings)
