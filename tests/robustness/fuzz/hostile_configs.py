"""Hostile configs and run records: every key, every table, hostile values.

A number stands for one file, so that what it found can be made again.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from pydantic import BaseModel

from stylekit.registry.catalogue import Component, params_model
from stylekit.runs.config import RUN_KEYS, SHORTHANDS
from stylekit.specs import SPEC_TYPES, ExecutorSpec, ObserverSpec

PATHS = (
    *("tiny.png", "./tiny.png", "photos", "photos/", "moving.gif", "sequence:frames", "mask.png"),
    *("sample:coffee", "sample:no", "sample:../tiny.png", "memory:content-1", "nothing.png"),
    *("../victim.txt", "../results", "/etc/passwd", "/dev/zero", "/dev/null", "/dev/stdin"),
    *("pipe.png", "~", "~/.bashrc", "~root", ".", "..", "/", "", " ", "-", "--out", "tiny.png/x"),
    *(
        "http://127.0.0.1:9/x.png",
        "ftp://127.0.0.1/x",
        "rtsp://127.0.0.1:9/x",
        "file:///etc/passwd",
    ),
    *("concat:tiny.png|mask.png", "\\\\192.0.2.1\\share\\x.png", "//192.0.2.1/x.png", "C:\\x.png"),
    *("x" * 300 + ".png", "a/" * 3000, "nul\0.png", "new\nline.png", "\x1b]0;x\x07.png", "\ud800"),
    *("$(touch PWNED)", "`touch PWNED`", "'; touch PWNED; '", "%s%n", "{0}", "auto", "rest"),
)
REGIONS = (
    *("box:0,0,4,4", "box:10%,10%,1/2,1/2,feather=2", "ellipse:0,0,8,6,invert", "rest", "alpha:"),
    *("polygon:0,0,7,0,4,5,grow=-1", "color:#ff0000", "mask.png", "mask.png,feather=1e9", "box:"),
    *("box:1e308,1e308,1e308,1e308", "box:nan,nan,nan,nan", "box:0,0,-1,-1", "follow:box:0,0,4,4"),
    *(
        "polygon:" + "0,0," * 500,
        "grabcut:2,2,5,5",
        "alpha:../victim.txt",
        "box:0,0,4,4,grow=1e400",
    ),
)
WORDS = (
    *("", "auto", "none", "cpu", "meta", "cuda:99", "mps", "vpu", "identity", "identity:identity"),
    *(
        "local",
        "ray",
        "feather",
        "laplacian",
        "poisson",
        "default",
        "subtle",
        "no",
        "a:b",
        ":",
        "é",
    ),
    *("x" * 5000, "a.b.c", "$(touch PWNED)", "\x1b[2J", "../..", "log", "observers", "execution"),
)
NUMBERS = (
    *(0, 1, -1, 2, 7, 24, 48, 64, 65, 255, 2**31, -(2**31), 2**63 - 1, 2**63, 2**64, 10**40),
    *(0.0, -0.0, 0.5, 1.5, 1e-300, 1e300, math.inf, -math.inf, math.nan, True, False),
)
VICTIMS = (
    *("../victim.txt", "../victim.png", "tiny.png", "../new/x", "..", ".", "photos", "../.bashrc"),
    *("/tmp/stylekit-fuzz-victim", "~/stylekit-fuzz-victim"),
)
"""Files and folders that nobody said anything may be written to."""

EFFECTS: tuple[Callable[[random.Random], dict[str, Any]], ...] = (
    lambda dice: {"out": dice.choice(VICTIMS), "overwrite": True},
    lambda dice: {"out": dice.choice(VICTIMS)},
    lambda dice: {"overwrite": True, "resume": True, "keep_frames": True},
    lambda dice: {"executor": dice.choice(("local", "execution:local", "ray"))},
    lambda dice: {_either(dice, "observers:log"): {"path": dice.choice(VICTIMS), "every": 1}},
    lambda dice: {
        _either(dice, "observers:preview"): {"every": 1, "folder": dice.choice(VICTIMS)},
    },
    lambda dice: {_either(dice, "observers:progress"): {"style": "bar"}},
    lambda dice: {"prefer": {dice.choice(("executor", "observer.log")): {"local": "execution"}}},
    lambda dice: {_either(dice, "execution:local"): {"address": "ray://127.0.0.1:9"}},
)
"""What a config must not say. It does nothing but if the rest of the config makes a whole run."""

TINY = ("tiny.png", "photos/b.png", "photos")
"""Contents that make a whole run cost next to nothing."""


def tiny() -> Image.Image:
    """Draw the picture that most runs are of, with something to see in every channel."""
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 4), dtype=np.uint8)
    return Image.fromarray(pixels, "RGBA")


def _digest_of_tiny() -> str:
    buffer = io.BytesIO()
    tiny().save(buffer, "PNG")
    return hashlib.sha256(buffer.getvalue()).hexdigest()


DIGEST_OF_TINY = _digest_of_tiny()


@dataclass(frozen=True)
class Hostile:
    """One file.

    Attributes:
        name: says whether it is a config or a record.
    """

    name: str
    data: bytes


def hostile(number: int, components: tuple[Component[Any], ...]) -> Hostile:
    """Make the file of a number.

    Args:
        components: those whose tables it may hold.
    """
    dice = random.Random(number)
    config = _config(dice, components)
    if dice.random() < 0.5:
        name, text = "look.toml", "\n".join(f"{_key(k)} = {_toml(v)}" for k, v in config.items())
        data = text.encode("utf-8", "replace")
    else:
        name, data = "look.stylekit.json", json.dumps(_record(dice, config)).encode()
    return Hostile(name, _damaged(dice, data) if dice.random() < 0.1 else data)


def _config(dice: random.Random, components: tuple[Component[Any], ...]) -> dict[str, Any]:
    config: dict[str, Any] = {"method": "identity", "content": [dice.choice(TINY)]}
    if dice.random() < 0.2:
        return config | dice.choice(EFFECTS)(dice)
    for _ in range(dice.choice((0, 1, 1, 1, 1, 2, 3))):
        chance = dice.random()
        if chance < 0.5:
            key = dice.choice((*sorted(VALID), *sorted(RUN_KEYS), dice.choice(SHORTHANDS)))
            config[key] = _of_key(dice, key)
        elif chance < 0.9:
            component = dice.choice(components)
            if isinstance(component.spec, ObserverSpec | ExecutorSpec) and dice.random() < 0.5:
                continue
            name = dice.choice((component.spec.name, component.id))
            config[name] = _table(dice, component)
        else:
            config[dice.choice(WORDS + PATHS)] = _anything(dice)
    return config


VALID: Mapping[str, tuple[Any, ...]] = {
    "content": (*TINY, "moving.gif", "mask.png", ["tiny.png", "mask.png"], ["./photos/"]),
    "style": ("tiny.png", "tiny.png*0.5", ["tiny.png*2", "mask.png"], "photos/a.png"),
    "each_style": (True, False),
    "region": ("box:0,0,4,4", "ellipse:10%,10%,1/2,1/2,invert,feather=2", "mask.png", "alpha:"),
    "interp": ("linear", "cosine", "step"),
    "precision": ("auto", "float32", "bfloat16"),
    "blend": ("feather", "laplacian", "poisson"),
    "weights": ("auto", ["auto"]),
    "size": tuple(range(1, 65)),
    "memory_mb": (64, 100, None),
    "seed": (0, 1, 2**63 - 1),
    "device": ("cpu", "auto"),
    "offline": (True, False),
    "preset": ("", "default", "subtle", "strong"),
    "method": ("identity", "identity:identity"),
    "prefer": ({"media": {"image": "media"}}, {"method": {"identity": "identity"}}, {}),
}
"""Values of run keys with which a run is done."""


def _of_key(dice: random.Random, key: str) -> Any:
    if key in VALID and dice.random() < 0.6:
        return dice.choice(VALID[key])
    if dice.random() < 0.1:
        return _anything(dice)
    pools: dict[str, tuple[Any, ...]] = {
        "content": PATHS,
        "style": (*PATHS, "tiny.png*0.5", "tiny.png@1s*2", "tiny.png*1e999", "tiny.png@end"),
        "region": REGIONS + PATHS,
        "weights": (*PATHS, "auto", "vgg19=auto", "vgg19=tiny.png", "no=tiny.png", "=", "vgg19="),
        "out": PATHS,
        "size": (*range(1, 65), *NUMBERS),
        "memory_mb": (64, 128, 63, *NUMBERS),
        "method": ("identity", "identity:identity", "no", "identity:no", ""),
        "preset": ("", "default", "no", "presets:default"),
        "interp": ("linear", "cosine", "step", "no"),
        "precision": ("auto", "float32", "bfloat16", "no"),
        "blend": ("feather", "laplacian", "poisson", "no", ""),
    }
    if key == "prefer":
        kind = dice.choice((*SPEC_TYPES, "no", "executor.local", "observer.log"))
        return {kind: {dice.choice(WORDS): dice.choice(WORDS)} if dice.random() < 0.8 else 7}
    if key in ("content", "style", "region", "weights"):
        several = [dice.choice(pools[key]) for _ in range(dice.randrange(4))]
        return several if dice.random() < 0.8 else dice.choice(pools[key])
    if key in pools:
        return dice.choice(pools[key])
    return dice.choice((*WORDS, *NUMBERS, True, False))


def _table(dice: random.Random, component: Component[Any]) -> Any:
    properties = _properties(component)
    if dice.random() < 0.05:
        return _anything(dice)
    table: dict[str, Any] = {}
    for _ in range(dice.randrange(1, 4)):
        key = dice.choice([*properties] * 4 + ["no"])
        key = f"{key}.{dice.choice(('x', 'x.y', '', 'relu1_1'))}" if dice.random() < 0.1 else key
        table[key] = _of_schema(dice, properties.get(key, {}))
    return table


def _of_schema(dice: random.Random, schema: Mapping[str, Any]) -> Any:
    """Choose a value: what a parameter wants, what is at its limits, or anything."""
    if dice.random() < 0.15:
        return _anything(dice)
    if "enum" in schema:
        return dice.choice(schema["enum"])
    if "anyOf" in schema:
        return _of_schema(dice, dice.choice(schema["anyOf"]))
    limits = [schema[key] for key in ("minimum", "maximum", "exclusiveMinimum") if key in schema]
    kind = schema.get("type")
    if kind in ("integer", "number"):
        if dice.random() < 0.3:
            return dice.choice([*limits, *NUMBERS])
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        most = min(schema.get("maximum", schema.get("exclusiveMaximum", 1000)), least + 1000)
        return dice.randint(least, int(most)) if kind == "integer" else dice.uniform(least, most)
    if kind == "boolean":
        return dice.random() < 0.5
    if kind == "array":
        return [_of_schema(dice, schema.get("items", {})) for _ in range(dice.randrange(4))]
    if kind == "object":
        return {dice.choice(WORDS): _anything(dice)}
    return dice.choice(WORDS + PATHS)


def _anything(dice: random.Random, depth: int = 0) -> Any:
    chance = dice.random()
    if chance < 0.3:
        return dice.choice(NUMBERS)
    if chance < 0.7 or depth > 2:
        return dice.choice(WORDS + PATHS + REGIONS)
    several = [_anything(dice, depth + 1) for _ in range(dice.randrange(3))]
    return several if chance < 0.85 else {dice.choice(WORDS): each for each in several}


def _record(dice: random.Random, config: dict[str, Any]) -> Any:
    source = dice.choice(PATHS)
    digest = dice.choice(("0" * 64, DIGEST_OF_TINY, "0", 7, None))
    record: dict[str, Any] = {
        "schema": 1,
        "config": config,
        "inputs": {dice.choice(("content", "style", "x")): [{"source": source, "sha256": digest}]},
        "components": [{"kind": "method", "id": "identity:identity", "version": 1}],
        "environment": {"torch": "1.0"},
        "weights": {"vgg19": {"name": "x", "sha256": DIGEST_OF_TINY}},
    }
    if dice.random() < 0.7:
        del record["inputs"]
    if dice.random() < 0.2:
        record[dice.choice([*record, "seconds", "losses", "artifact"])] = _anything(dice)
    return record


def _damaged(dice: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(changed) + 1)
        changed[at : at + dice.randrange(3)] = dice.choice(
            (b"", b"[" * 2000, b"{", b'"', b"\0", b"\xff", b"=", b".a" * 100, b"9" * 5000, b"\n")
        )
    return bytes(changed)


def _properties(component: Component[Any]) -> dict[str, Any]:
    return _schema(params_model(component))


@functools.cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    properties: dict[str, Any] = model.model_json_schema().get("properties", {})
    return properties


def _either(dice: random.Random, name: str) -> str:
    """Choose the full name of a component, or its bare one."""
    return dice.choice((name, name.partition(":")[2]))


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False).replace("\x7f", "")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return _key(value)
    return str(0 if value is None else value)
