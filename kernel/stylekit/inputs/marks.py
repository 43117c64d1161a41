"""Which parameters name files, and which only the user may set: marks in the types of a model."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import AliasChoices, AliasPath, BaseModel
from pydantic.fields import FieldInfo

from stylekit.params import FileMark, UserOnlyMark


@functools.cache
def user_only_fields(model: type[BaseModel]) -> frozenset[str]:
    """Find the fields of a model whose type is marked `UserOnly`, or has a marked part.

    Their aliases are in the result, too.
    """
    return frozenset(
        spelling
        for name in marks(model, UserOnlyMark)
        for spelling in _spellings(name, model.model_fields[name])
    )


@functools.cache
def file_fields(model: type[BaseModel]) -> frozenset[str]:
    """Find the fields of a model whose type is `FileText`, or has such a part."""
    return frozenset(marks(model, FileMark))


M = TypeVar("M")


@functools.cache
def marks(model: type[BaseModel], kind: type[M]) -> Mapping[str, M]:
    """Find the fields of a model whose type carries a mark of a kind, each with its first mark."""
    found = {
        name: [part for part in _parts(field, set()) if isinstance(part, kind)]
        for name, field in model.model_fields.items()
    }
    return {name: marked[0] for name, marked in found.items() if marked}


def _parts(of: Any, entered: set[type]) -> Iterator[Any]:
    """Yield the annotations that a field or type is made of, those of nested models among them."""
    if isinstance(of, FieldInfo):
        yield from of.metadata
        yield from _parts(of.annotation, entered)
        return
    yield of
    for argument in get_args(of):
        yield from _parts(argument, entered)
    if isinstance(of, type) and issubclass(of, BaseModel) and of not in entered:
        entered.add(of)
        for field in of.model_fields.values():
            yield from _parts(field, entered)


def _spellings(name: str, field: FieldInfo) -> Iterator[str]:
    """Yield each key that a configuration may set a field by."""
    yield name
    alias = field.validation_alias
    for each in alias.choices if isinstance(alias, AliasChoices) else (alias,):
        first = each.path[0] if isinstance(each, AliasPath) else each
        if isinstance(first, str):
            yield first
