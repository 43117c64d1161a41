"""The method: its objective by hand, its scales, its initial images, its errors."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from stylekit import Frame, Host, Stage, Step
from stylekit.errors import InputError, UsageError
from stylekit.images.frames import Clip
from stylekit.methods.base import Job, Style
from stylekit.params import Params, validate
from stylekit.protocols import LoadedWeights
from stylekit_plugins.backbones.vgg import VGG, VGGParams
from stylekit_plugins.gatys import memory
from stylekit_plugins.gatys.initial_image import crop_to_fill, initial_image
from stylekit_plugins.gatys.method import Gatys
from stylekit_plugins.gatys.objective import LossWeights, Objective, RegionStyles
from stylekit_plugins.gatys.objective_factory import style_size
from stylekit_plugins.gatys.params import GatysParams
from stylekit_plugins.gatys.pyramid import plan_scales, split_steps
from stylekit_plugins.losses.content import ContentLoss
from stylekit_plugins.losses.gram import GramLoss
from stylekit_plugins.losses.params import GramParams
from stylekit_plugins.losses.tv import TotalVariationLoss
from stylekit_plugins.optimizers.adam import Adam, AdamParams
from stylekit_plugins.optimizers.lbfgs import LBFGS, LBFGSParams


def noise(width: int, height: int, seed: int) -> Frame:
    generator = torch.Generator().manual_seed(seed)
    return Frame(torch.rand(3, height, width, generator=generator), origin=f"noise-{seed}")


@pytest.fixture(scope="module")
def make_job(vgg16_parameters: LoadedWeights) -> Callable[..., Job]:
    net = VGG(VGGParams(precision="float32"), vgg16_parameters)

    def make(content: Frame, *styles: Frame, weights: object = None) -> Job:
        style_weights = weights or [1 / len(styles)] * len(styles)
        return Job(
            content=Clip((content,), content.origin),
            styles=tuple(Style(s, w) for s, w in zip(styles, style_weights, strict=True)),
            components={
                "backbone": net,
                "content_loss": ContentLoss(Params()),
                "style_loss": GramLoss(GramParams(precision="float32")),
                "image_loss": TotalVariationLoss(Params()),
                "optimizer": LBFGS(LBFGSParams()),
                "fallback_optimizer": Adam(AdamParams()),
            },
            device=torch.device("cpu"),
            seed=0,
            memory=2**33,
            read_image=lambda source: noise(20, 30, 9),
            weights=lambda network: vgg16_parameters,
        )

    return make


def test_total_is_the_weighted_sum_written_out(
    make_job: Callable[..., Job], region_styles: Callable[..., RegionStyles]
) -> None:
    job = make_job(noise(48, 32, 1), noise(40, 40, 2))
    backbone: VGG = job.components["backbone"]
    content, style = (f.pixels[None] for f in (job.content.image, job.styles[0].frame))
    image = noise(48, 32, 3).pixels[None]
    weights = LossWeights(2.0, 30.0, 0.5, {"relu4_2": 4.0}, {"relu1_1": 3.0, "relu3_1": 1.0})
    parts = [job.components[name] for name in ("backbone", "content_loss", "style_loss")]
    losses = Objective(
        *parts, job.components["image_loss"], weights, content, [region_styles((style, 1.0))]
    )(image)

    layers = ["relu1_1", "relu3_1", "relu4_2"]
    f, fc, fs = (backbone.features(x, layers) for x in (image, content, style))

    def gram(x: Tensor) -> Tensor:
        flat = x[0].reshape(x.shape[1], -1)
        return torch.einsum("in,jn->ij", flat, flat) / flat.shape[1]

    by_layer = {name: float(((gram(f[name]) - gram(fs[name])) ** 2).mean()) for name in layers[:2]}
    style_term = 0.75 * by_layer["relu1_1"] + 0.25 * by_layer["relu3_1"]
    content_term = float(((f["relu4_2"] - fc["relu4_2"]) ** 2).mean())
    roughness = float(TotalVariationLoss(Params())(image))
    assert float(losses["content"]) == pytest.approx(content_term, rel=1e-5)
    assert float(losses["style"]) == pytest.approx(style_term, rel=1e-5)
    assert float(losses["total"]) == pytest.approx(
        2 * content_term + 30 * style_term + 0.5 * roughness, rel=1e-5
    )


def test_perfect_images_have_no_loss(make_job: Callable[..., Job]) -> None:
    frame = noise(48, 48, 1)
    job = make_job(frame, frame)
    losses = Gatys(GatysParams()).assess(job, job.content)
    assert losses["content"] == pytest.approx(0, abs=1e-9)
    assert losses["style"] == pytest.approx(0, abs=1e-9)


def test_statistics_of_several_styles_blend(make_job: Callable[..., Job]) -> None:
    content, a, b = noise(48, 48, 1), noise(48, 48, 2), noise(48, 48, 3)
    both = Gatys(GatysParams())._objective(
        make_job(content, a, b, weights=[0.25, 0.75]), _style_only("relu2_1"), 48, 48
    )
    alone = [
        Gatys(GatysParams())._objective(make_job(content, s), _style_only("relu2_1"), 48, 48)
        for s in (a, b)
    ]
    expected = sum(
        weight * single.region_targets[0].targets["relu2_1"]
        for weight, single in zip((0.25, 0.75), alone, strict=True)
    )
    torch.testing.assert_close(both.region_targets[0].targets["relu2_1"], expected)


def _style_only(layer: str) -> LossWeights:
    return LossWeights(0, 1, 0, {"relu4_2": 1.0}, {layer: 1.0})


def test_layer_weights_decrease_from_low_to_high_by_default() -> None:
    weights = list(GatysParams().style_layers.values())
    assert list(GatysParams().style_layers) == sorted(GatysParams().style_layers)
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == len(weights)


# -- coarse to fine


def test_scales_double_up_to_the_size() -> None:
    scales = plan_scales(512, 384, min_size=128, steps=60)
    assert [(s.width, s.height) for s in scales] == [(128, 96), (256, 192), (512, 384)]
    assert [s.steps for s in scales] == [30, 20, 10]


@pytest.mark.parametrize(
    ("width", "height", "min_size", "count"),
    [(512, 512, 1024, 1), (255, 255, 128, 1), (256, 256, 128, 2), (1000, 100, 128, 2)],
)
def test_number_of_scales(width: int, height: int, min_size: int, count: int) -> None:
    scales = plan_scales(width, height, min_size, 100)
    assert len(scales) == count
    assert (scales[-1].width, scales[-1].height) == (width, height)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 150])
def test_steps_add_up(steps: int) -> None:
    scales = plan_scales(512, 512, 128, steps)
    assert sum(s.steps for s in scales) == steps
    assert all(s.steps >= 1 for s in scales)
    assert (scales[-1].width, scales[-1].height) == (512, 512)
    assert sum(split_steps(steps, [1])) == steps


# -- initial images


def test_initial_images(make_job: Callable[..., Job]) -> None:
    job = make_job(noise(48, 32, 1), noise(64, 64, 2))
    content = initial_image("content", job, 48, 32)
    assert torch.equal(content[0], job.content.image.pixels)
    assert torch.equal(initial_image("mixup", job, 48, 32), content)
    white = initial_image("noise", job, 48, 32)
    assert torch.equal(white, initial_image("noise", job, 48, 32))
    assert 0.15 < float(white.std()) < 0.3
    assert initial_image("style", job, 48, 32).shape == (1, 3, 32, 48)
    assert initial_image("some-file.png", job, 48, 32).shape == (1, 3, 32, 48)


def test_filling_keeps_proportions() -> None:
    """A wide image with a marked middle: the middle stays in the middle, undistorted."""
    pixels = torch.zeros(3, 40, 120)
    pixels[:, :, 50:70] = 1
    covered = crop_to_fill(Frame(pixels), 40, 40).pixels[0, 20]
    assert covered.shape == (40,)
    assert float(covered[20]) == pytest.approx(1, abs=0.01)
    assert float(covered[:8].max()) < 0.05
    assert float(covered[-8:].max()) < 0.05


def test_the_mixup_has_low_style_and_high_content(make_job: Callable[..., Job]) -> None:
    """Against the content it starts from, the mixup is nearer to the style at the low layers, and
    against the style image it is nearer to the content at the high layer."""
    job = make_job(_photograph(), _painting())
    method = Gatys(GatysParams(steps=40, mixup_steps=20, min_size=128))
    for event in method.stylize(job):
        if isinstance(event, Step) and event.stage.name != "mixup":
            break
        if isinstance(event, Step):
            last = event
    mixed = last.snapshot().image
    low = method._objective(job, _style_only("relu2_1"), 128, 128)

    def losses(frame: Frame) -> dict[str, Tensor]:
        return low(frame.resized(128, 128).pixels[None])

    assert float(losses(mixed)["style"]) < 0.2 * float(losses(job.content.image)["style"])
    assert float(losses(mixed)["content"]) < 0.7 * float(losses(job.styles[0].frame)["content"])


def _photograph() -> Frame:
    return _sample("astronaut").resized(128, 128)


def _painting() -> Frame:
    return _sample("swirls").resized(128, 128)


def _sample(name: str) -> Frame:
    from stylekit.inputs.sources import Sources

    return Sources(Host().catalogue, {}).read_image(f"sample:{name}")


# -- the run


def test_stages_and_steps_come_in_order(make_job: Callable[..., Job]) -> None:
    job = make_job(noise(64, 64, 1), noise(64, 64, 2))
    events = list(Gatys(GatysParams(steps=7, mixup_steps=2, min_size=32)).stylize(job))
    stages = [e for e in events if isinstance(e, Stage)]
    steps = [e for e in events if isinstance(e, Step)]
    assert [s.name for s in stages] == ["mixup", "64 px"]
    assert [s.index for s in steps] == list(range(1, 8))
    assert all(math.isfinite(float(s.losses["total"])) for s in steps)
    assert stages[0].total_steps == 7
    assert sum(s.steps * s.cost for s in stages) == stages[0].total_cost


def test_the_result_has_the_lowest_loss(make_job: Callable[..., Job]) -> None:
    job = make_job(noise(48, 48, 1), noise(48, 48, 2))
    method = Gatys(GatysParams(steps=12, init="content", min_size=64))
    events = method.stylize(job)
    totals = []
    while True:
        try:
            event = next(events)
        except StopIteration as stop:
            result = stop.value
            break
        if isinstance(event, Step):
            totals.append(float(event.losses["total"]))
    final = method.assess(job, result)["total"]
    assert final <= min(totals) * (1 + 1e-5)
    assert final < 0.5 * totals[0]


def test_the_result_keeps_alpha_and_shape(make_job: Callable[..., Job]) -> None:
    frame = noise(48, 32, 1)
    frame = Frame(frame.pixels, torch.rand(32, 48), frame.origin)
    events = Gatys(GatysParams(steps=1, init="content")).stylize(make_job(frame, noise(32, 32, 2)))
    while True:
        try:
            next(events)
        except StopIteration as stop:
            image = stop.value.image
            break
    assert frame.alpha is not None
    assert torch.equal(image.alpha, frame.alpha)
    assert image.pixels.shape == (3, 32, 48)


# -- errors


@pytest.mark.parametrize(("content", "style"), [((48, 15), (64, 64)), ((48, 48), (8, 400))])
def test_images_too_small_for_the_network(
    content: tuple[int, int], style: tuple[int, int], make_job: Callable[..., Job]
) -> None:
    job = make_job(noise(*content, 1), noise(*style, 2))
    with pytest.raises(InputError, match="at least 16 px"):
        next(Gatys(GatysParams()).stylize(job))


def test_a_narrow_style_stays_large_enough() -> None:
    assert style_size(noise(20, 400, 1), 128, 16) == (16, 320)
    assert style_size(noise(400, 300, 1), 128, 16) == (128, 96)
    assert style_size(noise(40, 30, 1), 128, 16) == (40, 30)


def test_memory_grows_with_the_area_and_the_history(make_job: Callable[..., Job]) -> None:
    parts = dict(make_job(noise(32, 32, 1), noise(32, 32, 2)).components)
    weights = Gatys(GatysParams()).weights
    fixed = parts["backbone"].fixed_bytes(weights.layers)
    needed = memory.bytes_whole(parts, weights, 512, 256)
    larger = memory.bytes_whole(parts, weights, 1024, 512)
    assert larger - fixed == pytest.approx(4 * (needed - fixed))
    parts["optimizer"] = LBFGS(LBFGSParams(history_size=LBFGSParams().history_size + 100))
    # A hundred more pairs of vectors, each as large as the image in float32.
    more = memory.bytes_whole(parts, weights, 512, 256) - needed
    assert more == pytest.approx(100 * 2 * 3 * 512 * 256 * 4)


def test_tiles_need_less_memory_than_a_large_image(make_job: Callable[..., Job]) -> None:
    parts = dict(make_job(noise(32, 32, 1), noise(32, 32, 2)).components)
    method = Gatys(GatysParams())
    weights = method.weights
    whole = memory.bytes_whole(parts, weights, 2048, 2048)
    least = method.bytes_needed(parts, 2048, 2048)
    assert least < 0.5 * whole
    core = memory.choose_core(parts, weights, 2048, 2048, int(0.6 * whole))
    assert core is not None
    assert core % 128 == 0
    assert memory.bytes_tiled(parts, weights, 2048, 2048, core) <= 0.6 * whole
    assert memory.choose_core(parts, weights, 2048, 2048, int(whole) + 1) is None


@pytest.mark.parametrize("key", ["content_layers", "style_layers"])
def test_unknown_layers_are_refused_with_a_suggestion(host: Host, key: str) -> None:
    with pytest.raises(UsageError, match="relu4_2"):
        host.plan({"method": "gatys", "backbone": "vgg16", "gatys": {key: {"relu4_22": 1.0}}})


@pytest.mark.parametrize(
    "values", [{"style_weight": -1}, {"style_layers": {"relu1_1": 0.0}}, {"steps": 0}, {"stepz": 1}]
)
def test_bad_values_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        validate(GatysParams, values, "gatys")
