"""Parameters of components: one frozen pydantic model each, and errors that people can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainValidator,
    StringConstraints,
    ValidationError,
)

from stylekit.errors import UsageError
from stylekit.text import did_you_mean


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


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("input should be a valid string")
    if "\0" in value:
        raise ValueError("text should hold no NUL character")
    return value


def _not_empty(value: object) -> str:
    if not _text(value):
        raise ValueError("text should have at least 1 character")
    return _text(value)


class FileMark:
    """Marks a type; see `FileText`."""


FileText = Annotated[str, PlainValidator(_text, json_schema_input_type=str), FileMark()]
"""A parameter that may name a file or folder.

In a config file it is relative to the folder of that file, in a run record to the folder of the
record; a run resumes only if the bytes of the file are the same. A value without suffix and slash
is not taken for a path. Parameters of other types are never rewritten, whatever files there are.
(pydantic's own `str` refuses file names whose bytes are not UTF-8.)

Example:
    >>> from pydantic import Field
    >>> from stylekit.inputs.marks import file_fields
    >>> class PaletteParams(Params):
    ...     colors: FileText = Field("", description="Image whose colors are used; empty: none.")
    >>> sorted(file_fields(PaletteParams))
    ['colors']
"""

Text = Annotated[
    str,
    PlainValidator(
        _not_empty, json_schema_input_type=Annotated[str, StringConstraints(min_length=1)]
    ),
]
"""Text that is not empty; its bytes need not be UTF-8."""

T = TypeVar("T")
P = TypeVar("P", bound=BaseModel)


class UserOnlyMark:
    """Marks a type; see `UserOnly`."""


UserOnly = Annotated[T, UserOnlyMark()]
"""A parameter that only the user may set, never a config file from someone else.

Mark whatever names a place to write or an address to connect to. Its value comes from an option,
`--set`, Python, or a config file that the user trusts (`--trust-config`), and no run record has it.

Example:
    >>> from pydantic import Field
    >>> from stylekit.inputs.marks import user_only_fields
    >>> class UploadParams(Params):
    ...     bucket: UserOnly[str] = Field("", description="Address of the bucket to write to.")
    >>> sorted(user_only_fields(UploadParams))
    ['bucket']
"""


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
                listed_by = f"`stylekit describe {where}`" if where else ""
                hints.append(did_you_mean(str(item["loc"][-1]), model.model_fields, listed_by))
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
