"""The output of a broken third-party classifier is refused; how logits become predictions."""

from __future__ import annotations

import pytest
import torch
from tests.helpers.toy_dataset import CLASSES

from stylekit import Frame
from stylekit.errors import PluginError
from stylekit_plugins.evaluation.classify import checked
from stylekit_plugins.evaluation.retention.dataset import Example
from stylekit_plugins.evaluation.retention.scoring import predict

FRAMES = [Frame(torch.zeros(3, 8, 8))] * 2


def test_logits_pass() -> None:
    logits = checked(lambda frames: torch.ones(len(frames), 6), "shapes", CLASSES)
    assert logits(FRAMES).shape == (2, 6)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (torch.ones(2, 5), r"\(2, 5\), not \(2, 6\)"),
        (torch.ones(1, 6), r"\(1, 6\), not"),
        (torch.full((2, 6), torch.nan), "NaN"),
    ],
)
def test_anything_else_is_named(values: torch.Tensor, words: str) -> None:
    logits = checked(lambda frames: values, "shapes", CLASSES)
    with pytest.raises(PluginError, match=f"'shapes' is broken.*{words}"):
        logits(FRAMES)


def test_a_classifier_that_cannot_tell_gets_nothing_right_by_chance() -> None:
    examples = [Example(str(label.index), label.name, label) for label in CLASSES]
    frames = dict.fromkeys(examples, FRAMES[0])
    found = predict(lambda f: torch.zeros(len(f), 6), frames)
    assert [judged.top5 for judged in found.values()] == [False] * 6
    assert [judged.top1 for judged in found.values()] == [True] + [False] * 5
    assert found[examples[3]].probability == pytest.approx(1 / 6)


def test_the_five_likeliest() -> None:
    example = Example("", "", CLASSES[2])
    for place, right in ((4, True), (5, False)):
        order = [index for index in range(6) if index != 2]
        order.insert(place, 2)
        values = torch.zeros(1, 6)
        values[0, order] = torch.arange(6.0, 0, -1)
        judged = predict(lambda f, values=values: values, {example: FRAMES[0]})[example]
        assert (judged.top5, judged.predicted) == (right, 0)
