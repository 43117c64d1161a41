"""Parameters of components: one frozen pydantic model each, and errors that people can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from stylekit.errors import UsageError
from stylekit.suggest import did_you_mean


class Params(BaseModel):
    """Base of every parameter model.

    Give each field a description with its unit, and its range as constraints: they feed
    `stylekit describe`, `stylekit schema`, `--set`, config files and the run record.

    Example:
        >>> from pydantic import Field
        >>> class BlurParams(Params):
        ...     radius: float = Field(2.0, ge=0, description="Gaussian sigma in pixels.")
        >>> BlurParams().radius
        2.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


P = TypeVar("P", bound=BaseModel)


def validate(model: type[P], values: Mapping[str, Any], where: str) -> P:
    """Return `model` made from `values`.

    Args:
        where: the table or command that holds the values, for messages; may be empty.

    Raises:
        UsageError: an unknown parameter (with a suggestion), a wrong type or a value out of range.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        problems, hints = [], []
        for item in error.errors(include_url=False):
            path = ".".join(str(part) for part in item["loc"])
            name = f"{where}.{path}" if where and path else where or path
            if item["type"] == "extra_forbidden":
                problems.append(f"Unknown parameter '{name}'.")
                hints.append(did_you_mean(str(item["loc"][-1]), model.model_fields))
            elif path:
                problems.append(f"{name} = {item['input']!r}: {_plain(item['msg'])}.")
            else:
                problems.append(f"{name}: {_plain(item['msg'])}.")
        if not hints and where:
            hints.append(f"`stylekit describe {where}` lists parameters, units and ranges.")
        raise UsageError(" ".join(problems), " ".join(hints) or None) from None


def _plain(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return message[:1].lower() + message[1:].rstrip(".")
