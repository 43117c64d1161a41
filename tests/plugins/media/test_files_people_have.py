"""Images and masks as other programs write them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageCms, PngImagePlugin

import stylekit
from stylekit import Frame, Host
from stylekit.errors import InputError
from stylekit.images.cutouts import filled
from stylekit.images.frames import as_frame
from stylekit.inputs.regions import Regions
from stylekit.inputs.sources import Sources
from stylekit.methods.base import Style

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def read(host: Host) -> Callable[[Path], Frame]:
    sources = Sources(host.catalogue, {})
    return lambda path: sources.read_image(str(path))


def gradient(dtype: str = "uint8", largest: float = 255) -> np.ndarray:
    ramp = np.linspace(0, largest, 24)[None].repeat(16, 0)
    return np.dstack((ramp, ramp[:, ::-1], ramp * 0.5)).astype(dtype)


def test_a_large_profile_or_text_in_a_png_is_accepted(
    read: Callable[[Path], Frame], tmp_path: Path
) -> None:
    image = Image.fromarray(gradient())
    image.save(tmp_path / "icc.png", icc_profile=SRGB + bytes(3 << 20))
    info = PngImagePlugin.PngInfo()
    info.add_itxt("workflow", "x" * (3 << 20), zip=True)
    image.save(tmp_path / "text.png", pnginfo=info)
    for name in ("icc.png", "text.png"):
        pixels = read(tmp_path / name).pixels
        torch.testing.assert_close(pixels, Frame.from_array(gradient()).pixels, atol=0.01, rtol=0)


def test_a_text_that_fills_the_memory_is_refused(
    read: Callable[[Path], Frame], tmp_path: Path
) -> None:
    packer = zlib.compressobj()
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()
    info = PngImagePlugin.PngInfo()
    info.add(b"zTXt", b"bomb\0\0" + packed)
    Image.fromarray(gradient()).save(tmp_path / "bomb.png", pnginfo=info)
    with pytest.raises(InputError, match=r"bomb\.png"):
        read(tmp_path / "bomb.png")


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (gradient("float32", 1), {"photometric": "rgb"}),
        (gradient("float16", 1), {"photometric": "rgb"}),
        (gradient("float64", 1), {"photometric": "rgb"}),
        (gradient("uint16", 65535), {"photometric": "rgb"}),
        (
            np.moveaxis(gradient("float32", 1), -1, 0),
            {"photometric": "rgb", "planarconfig": "separate"},
        ),
        (gradient("float32", 1)[..., :1].repeat(4, 2), {"photometric": "rgb", "extrasamples": [2]}),
        (gradient("uint16", 65535)[..., :2], {"photometric": "minisblack", "extrasamples": [2]}),
        (gradient("float32", 1)[..., 0], {"photometric": "minisblack"}),
    ],
    ids=["float", "half", "double", "16 bits", "planar", "with alpha", "gray with alpha", "gray"],
)
def test_deep_tiff_files_are_read(
    values: np.ndarray, options: dict[str, object], read: Callable[[Path], Frame], tmp_path: Path
) -> None:
    tifffile.imwrite(tmp_path / "deep.tif", values, **options)  # type: ignore[arg-type]
    frame = read(tmp_path / "deep.tif")
    assert (frame.width, frame.height) == (24, 16)
    red = torch.linspace(0, 1, 24)
    torch.testing.assert_close(frame.pixels[0, 0], red, atol=0.01, rtol=0)
    assert (frame.alpha is not None) == ("extrasamples" in options)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (gradient("float32", 7), "outside 0 to 1"),
        (gradient("uint32", 7), "uint32"),
        (np.zeros((16, 24, 7), np.uint16), "7 channels"),
    ],
)
def test_unsupported_tiff_files_are_refused(
    values: np.ndarray, words: str, read: Callable[[Path], Frame], tmp_path: Path
) -> None:
    photometric = "rgb" if values.shape[-1] == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "odd.tif", values, photometric=photometric, planarconfig="contig")
    with pytest.raises(InputError, match=words):
        read(tmp_path / "odd.tif")


@pytest.mark.parametrize("name", ["DSC_1.NEF", "img.dng", "scan.tif"])
def test_camera_raw_is_refused_instead_of_reading_its_thumbnail(
    name: str, read: Callable[[Path], Frame], tmp_path: Path
) -> None:
    tags = {254: 1, 271: "NIKON CORPORATION"}
    Image.new("RGB", (160, 120)).save(tmp_path / name, "TIFF", tiffinfo=tags)
    with pytest.raises(InputError, match="camera RAW") as caught:
        read(tmp_path / name)
    assert "Export" in str(caught.value.hint)


def deep_gray() -> Image.Image:
    return Image.fromarray(np.linspace(0, 65535, 24).astype(np.uint16)[None].repeat(16, 0))


IN_MEMORY = {
    "deep gray": deep_gray,
    "float": lambda: Image.fromarray(gradient("float32", 1)[..., 0]),
    "gray with alpha": lambda: Image.fromarray(gradient()).convert("LA"),
    "palette": lambda: Image.fromarray(gradient()).quantize(8),
    "CMYK": lambda: Image.fromarray(gradient()).convert("CMYK"),
    "1 bit": lambda: Image.fromarray(gradient()).convert("1"),
    "with alpha": lambda: Image.fromarray(np.dstack((gradient(), gradient()[..., 0]))),
}


@pytest.mark.parametrize("name", IN_MEMORY)
def test_a_pillow_image_equals_its_file(
    name: str, read: Callable[[Path], Frame], tmp_path: Path
) -> None:
    image = IN_MEMORY[name]()
    path = tmp_path / "image.tif"
    image.save(path)
    by_path = read(path)
    with Image.open(path) as opened:
        result = stylekit.run(method="identity", content=opened, size=24, device="cpu")
    torch.testing.assert_close(result.image.pixels, by_path.pixels, atol=0.003, rtol=0)
    assert (result.image.alpha is None) == (by_path.alpha is None)


def test_the_profile_of_a_pillow_image_is_applied(
    read: Callable[[Path], Frame], tmp_path: Path
) -> None:
    image = Image.fromarray(gradient())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    image.save(tmp_path / "p.png", icc_profile=profile)
    with Image.open(tmp_path / "p.png") as opened:
        frame = as_frame(opened)
    torch.testing.assert_close(frame.pixels, read(tmp_path / "p.png").pixels)


def test_an_invalid_image_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="memory: it holds float values"):
        as_frame(Image.fromarray(np.full((4, 4), 9, np.float32)))


def disc(size: int) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return ((x - size / 2) ** 2 + (y - size / 2) ** 2 < (size / 3) ** 2).float()


@pytest.mark.parametrize("size", [37, 100, 400])
def test_a_cutout_shows_no_hidden_color_at_another_size(size: int) -> None:
    alpha = disc(256)
    red, green = torch.tensor([1.0, 0, 0]), torch.tensor([0, 1.0, 0])
    pixels = torch.where(alpha[None] > 0, red[:, None, None], green[:, None, None])
    small = Frame(pixels, alpha).resized(size, size).to_array()
    visible = small[..., 3] > 0
    assert 0 < visible.mean() < 1
    assert small[visible][:, 1].max() <= 1
    assert small[visible][:, 0].min() >= 254


def test_only_visible_pixels_of_a_style_count() -> None:
    texture = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    alpha = disc(64)
    frames = [
        filled(Frame(torch.where(alpha[None] > 0, texture, torch.full((), hidden)), alpha))
        for hidden in (0.0, 1.0)
    ]
    assert torch.equal(frames[0].pixels, frames[1].pixels)
    assert frames[0].alpha is None
    inside = alpha > 0
    assert torch.equal(frames[0].pixels[:, inside], texture[:, inside])
    # The texture continues: it varies beyond the edge as inside.
    assert frames[0].pixels[:, ~inside].std() > 0.2


def test_an_invisible_style_is_refused() -> None:
    with pytest.raises(InputError, match="Nothing of the style image"):
        filled(Frame(torch.zeros(3, 4, 4), torch.zeros(4, 4), "ghost.png"))


def label_palette(colors: list[int]) -> Callable[[np.ndarray], Image.Image]:
    def make(mask: np.ndarray) -> Image.Image:
        image = Image.fromarray(mask.astype(np.uint8), "P")
        image.putpalette(colors + [0] * (768 - len(colors)))
        return image

    return make


MASKS: dict[str, tuple[Callable[[np.ndarray], Image.Image], str, str]] = {
    "0 and 255": (lambda m: Image.fromarray((m * 255).astype(np.uint8)), "png", ""),
    "0 and 1": (lambda m: Image.fromarray(m.astype(np.uint8)), "png", "label numbers"),
    "0 and 7": (lambda m: Image.fromarray((7 * m).astype(np.uint8)), "png", "label numbers"),
    "0 and 1 in RGB": (
        lambda m: Image.fromarray(np.dstack([m.astype(np.uint8)] * 3)),
        "bmp",
        "label numbers",
    ),
    "0 and 1 of 16 bits": (
        lambda m: Image.fromarray(m.astype(np.uint16)),
        "png",
        "label numbers",
    ),
    "0 and 1 of 32 bits": (
        lambda m: Image.fromarray(m.astype(np.int32)),
        "tif",
        "label numbers",
    ),
    "float": (lambda m: Image.fromarray(m.astype(np.float32)), "tif", ""),
    "1 bit": (lambda m: Image.fromarray(m.astype(bool)), "png", ""),
    "VOC palette": (label_palette([0, 0, 0, 128, 0, 0]), "png", "read as labels"),
    "black palette": (label_palette([]), "png", "label numbers"),
    "gray palette": (label_palette([0, 0, 0, 255, 255, 255]), "png", ""),
    "alpha": (
        lambda m: Image.merge(
            "LA", (Image.new("L", (32, 24)), Image.fromarray((m * 255).astype(np.uint8)))
        ),
        "png",
        "",
    ),
    "JPEG": (lambda m: Image.fromarray((m * 255).astype(np.uint8)), "jpg", ""),
}


def mask_of(path: Path, host: Host) -> tuple[torch.Tensor, list[str]]:
    """The mask of a file for an image of 32 x 24 pixels, and what is noted of it."""
    sources = Sources(host.catalogue, {})
    regions = Regions(
        [str(path)], host.catalogue, {}, lambda source, index: sources.read_image(source)
    )
    image = Frame(torch.zeros(3, 24, 32), None, "c.png")
    return regions.of(image, 32, 24, (Style(image, 1.0, None),))[0].mask, regions.notes


@pytest.mark.parametrize("name", MASKS)
def test_masks_of_other_programs_are_interpreted(name: str, tmp_path: Path, host: Host) -> None:
    make, suffix, note = MASKS[name]
    inside = np.zeros((24, 32))
    inside[6:18, 8:24] = 1
    path = tmp_path / f"mask.{suffix}"
    options = {"quality": 60} if suffix == "jpg" else {}
    make(inside).save(path, **options)
    mask, notes = mask_of(path, host)
    assert (mask >= 0.5).numpy().tolist() == inside.astype(bool).tolist()
    if suffix != "jpg":
        assert set(mask.unique().tolist()) == {0.0, 1.0}
    else:
        assert float(mask[0].max()) == 0
    assert note in " ".join(notes)
    assert bool(note) == bool(notes)


def test_soft_masks_stay_soft(tmp_path: Path, host: Host) -> None:
    ramp = np.linspace(0, 255, 32).astype(np.uint8)[None].repeat(24, 0)
    Image.fromarray(ramp).save(tmp_path / "soft.png")
    mask, notes = mask_of(tmp_path / "soft.png", host)
    assert not notes
    torch.testing.assert_close(mask[0], torch.from_numpy(ramp[0] / 255).float())


def test_an_empty_mask_of_jpeg_noise_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 9, (24, 32), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "dark.jpg", quality=95)
    with pytest.raises(InputError, match="covers nothing"):
        stylekit.run(
            method="identity",
            content=Image.new("RGB", (32, 24)),
            region=str(tmp_path / "dark.jpg"),
            device="cpu",
        )
