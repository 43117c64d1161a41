"""The arguments of `stylekit.run`, `stylekit.iterate`, `Host.run` and `Host.iterate`, once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def arguments(
    method: str | None = None,
    *,
    content: Any = None,
    style: Any = None,
    region: Any = None,
    out: str | Path | None = None,
    config: str | Path | Mapping[str, Any] | None = None,
    trust_config: bool = False,
    preset: str | None = None,
    size: int | None = None,
    steps: int | None = None,
    init: Any = None,
    quality: str | None = None,
    color: str | None = None,
    each_style: bool | None = None,
    interp: Literal["linear", "cosine", "step"] | None = None,
    blend: str | None = None,
    backbone: str | None = None,
    optimizer: str | None = None,
    style_loss: str | None = None,
    content_loss: str | None = None,
    image_loss: str | None = None,
    weights: str | list[str] | tuple[str, ...] | None = None,
    seed: int | None = None,
    device: str | None = None,
    precision: Literal["auto", "exact", "float32", "bfloat16"] | None = None,
    memory_mb: int | None = None,
    executor: str | None = None,
    keep_frames: bool | None = None,
    overwrite: bool | None = None,
    offline: bool | None = None,
    resume: bool | None = None,
    checkpoint_seconds: float | None = None,
    prefer: Mapping[str, Mapping[str, str]] | None = None,
    **components: Mapping[str, Any] | str | None,
) -> None:
    """Declare the arguments of `stylekit.run` and its like; None leaves a key as it is.

    Args:
        components: parameters of components, `ink={"strength": 3}`, and the components in
            slots of the method, `depth="my-depth"`.
    """


def typed_as_method(
    signature: Callable[P, None],
) -> Callable[[Callable[..., R]], Callable[Concatenate[S, P], R]]:
    """Give a method the arguments of `signature`, for type checkers, editors and `help`."""

    def typed(function: Callable[..., R]) -> Callable[Concatenate[S, P], R]:
        call: Callable[Concatenate[S, P], R] = _with_signature(function, signature, bound=True)
        return call

    return typed


def typed_as_function(
    signature: Callable[P, None],
) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """Give a function the arguments of `signature`, for type checkers, editors and `help`."""

    def typed(function: Callable[..., R]) -> Callable[P, R]:
        call: Callable[P, R] = _with_signature(function, signature, bound=False)
        return call

    return typed


def _with_signature(function: Callable[..., R], source: Callable[..., None], bound: bool) -> Any:
    @functools.wraps(function)
    def call(*positional: Any, **named: Any) -> R:
        return function(*positional, **named)

    own = inspect.signature(function)
    parameters = list(inspect.signature(source).parameters.values())
    if bound:
        parameters.insert(0, next(iter(own.parameters.values())))
    call.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return call
