"""The notation of methods: what it means, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylekit import Host
from stylekit.errors import UsageError
from stylekit.inputs.settings import settings_layer
from stylekit.specs import MetricSpec
from stylekit_plugins.evaluation.plan import EvaluationPlan, make_evaluation_plan
from stylekit_plugins.evaluation.variants import parse_sweep, parse_variant


@pytest.fixture(scope="module")
def host() -> Host:
    return Host(builtins_only=True)


def plan(host: Host, *methods: str, **keys: object) -> EvaluationPlan:
    layer = {"evaluator": "content-retention", "methods": list(methods), **keys}
    return make_evaluation_plan(host.catalogue, [layer])


def test_a_method_with_backbone_and_settings(host: Host) -> None:
    text = "gatys:vgg19+style_weight=1e+2+size=96+vgg19.pooling=average+style_layers.relu1_1=0.5"
    variant = parse_variant(text, host.catalogue)
    run = plan(host, text).run_plan(variant)
    assert variant.label == text
    assert run.slots["backbone"].component.id == "backbones:vgg19"
    assert run.slots["backbone"].params.pooling == "average"
    assert run.config.size == 96
    assert run.method.params.style_weight == 100
    assert run.method.params.style_layers["relu1_1"] == 0.5


def test_the_full_id_of_a_method_is_no_backbone(host: Host) -> None:
    variant = parse_variant("gatys:gatys:vgg19", host.catalogue)
    assert variant.method.id == "gatys:gatys"
    assert variant.layer["backbone"] == "vgg19"
    assert "backbone" not in parse_variant("gatys:gatys", host.catalogue).layer


def test_shared_keys_go_to_those_that_have_them(host: Host) -> None:
    """`--steps` is for Gatys; a method of one pass has no steps, and nothing to complain of."""
    made = plan(host, "gatys:vgg19", "cyclegan", "identity+size=32", steps=7, size=64)
    runs = {v.label: made.run_plan(v) for v in made.variants}
    assert runs["gatys:vgg19"].method.params.steps == 7
    assert [runs[label].config.size for label in runs] == [64, 64, 32]


def test_weights_go_to_those_that_have_the_network(host: Host, tmp_path: Path) -> None:
    keys = {"weights": ["vgg19-imagenet1k-v1", f"resnet50={tmp_path}/mine.pth"]}
    made = plan(host, "gatys:vgg19", "gatys:vgg16", **keys)
    first, second = (made.run_plan(v) for v in made.variants)
    assert first.config.weights == ("vgg19=vgg19-imagenet1k-v1",)
    assert second.config.weights == ("auto",)
    assert made.weights["resnet50"] == f"{tmp_path}/mine.pth"


def test_sweeps_are_every_combination_where_they_apply(host: Host) -> None:
    made = plan(
        host,
        *("gatys:vgg19", "identity"),
        sweep=["gatys.style_weight=10,100", 'optimizer=["adam", "lbfgs"]'],
    )
    assert [variant.label for variant in made.variants] == [
        "gatys:vgg19+style_weight=10+optimizer=adam",
        "gatys:vgg19+style_weight=10+optimizer=lbfgs",
        "gatys:vgg19+style_weight=100+optimizer=adam",
        "gatys:vgg19+style_weight=100+optimizer=lbfgs",
        "identity",
    ]
    third = made.run_plan(made.variants[2])
    assert third.method.params.style_weight == 100
    assert third.slots["optimizer"].component.id == "optimizers:adam"
    assert made.variants[2].swept == {"gatys.style_weight": 100, "optimizer": "adam"}
    assert made.variants[2].base == "gatys:vgg19"


def test_layers_can_be_swept(host: Host) -> None:
    made = plan(
        host,
        "gatys:vgg19",
        sweep=["gatys.style_layers=[{relu1_1=1.0}, {relu1_1=1.0, relu2_1=1.0}]"],
    )
    assert [variant.label for variant in made.variants] == [
        "gatys:vgg19+style_layers={relu1_1:1}",
        "gatys:vgg19+style_layers={relu1_1:1,relu2_1:1}",
    ]


@pytest.mark.parametrize(
    ("methods", "keys", "words"),
    [
        (["gatis"], {}, ["gatis", "gatys"]),
        (["gatys:vgg91"], {}, ["vgg91"]),
        (["identity:vgg19"], {}, ["uses no backbone"]),
        (["gatys+style_wait=1"], {}, ["style_wait", "style_weight"]),
        (["gatys+style_weight=-1"], {}, ["style_weight"]),
        (["gatys+out=x"], {}, ["out is the same for all methods"]),
        (["identity", "identity"], {}, ["given 2 times"]),
        (["gatys"], {"sweep": ["gatys.style_weight=10"]}, ["two values"]),
        (["gatys"], {"sweep": ["gatys.style_weight"]}, ["expected KEY=VALUE"]),
        (["gatys"], {"sweep": ["gatys.style_weight=1,-1"]}, ["style_weight = -1"]),
        (["identity"], {"sweep": ["gatys.style_weight=1,2"]}, ["none of the methods"]),
        (["gatys"], {"sweep": ["speed=1,2"]}, ["speed"]),
        (["gatys"], {"weights": ["nowhere/mine.pth"]}, ["NETWORK=nowhere/mine.pth"]),
        (["gatys"], {"evaluator": "content-retentoin"}, ["content-retention"]),
        (["gatys"], {"evaluator": "gatys"}, ["Unknown evaluator"]),
        (["gatys"], {"content-retention": {"limit": 0}}, ["limit"]),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_mistakes_are_named(
    host: Host, methods: list[str], keys: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        plan(host, *methods, **keys)
    for word in words:
        assert word in str(caught.value)


def test_a_measure_called_like_an_option_is_set_by_its_full_id(host: Host) -> None:
    layer = settings_layer(["metrics:style.network=vgg16"])
    made = make_evaluation_plan(host.catalogue, [layer, {"evaluator": "ssim", "style": ["a.png"]}])
    assert made.find(MetricSpec, "style").params.network == "vgg16"


def test_a_sweep_of_texts_and_numbers() -> None:
    assert parse_sweep("gatys.style_weight=1e1, 30").values == (10.0, 30)
    assert parse_sweep("gatys.init=content,style").values == ("content", "style")
