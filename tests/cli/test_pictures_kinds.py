"""Pictures of every kind that must work, in one run over a folder of them."""

import hashlib

import numpy as np
import pytest
from PIL import Image, ImageCms

WIDTH, HEIGHT = 64, 48
SUFFIXES = {
    "gray": "png",
    "palette": "png",
    "cmyk": "jpg",
    "deep": "png",
    "alpha": "png",
    "moving": "gif",
    "rotated": "jpg",
    "profile": "jpg",
    "bitmap": "bmp",
}


def write_all(folder):
    folder.mkdir()
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    rgb = Image.fromarray(np.dstack((x * 4, y * 5, (x + y) * 2)).astype(np.uint8))
    paths = {kind: folder / f"{kind}.{suffix}" for kind, suffix in SUFFIXES.items()}
    rgb.convert("L").save(paths["gray"])
    rgb.quantize(32).save(paths["palette"])
    rgb.convert("CMYK").save(paths["cmyk"])
    Image.fromarray((x * 1000).astype(np.uint16)).save(paths["deep"])
    clear = rgb.copy()
    clear.putalpha(Image.fromarray(np.where(x < WIDTH // 2, 0, 255).astype(np.uint8)))
    clear.save(paths["alpha"])
    frames = [rgb, rgb.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    frames[0].save(paths["moving"], save_all=True, append_images=frames[1:])
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    rgb.save(paths["rotated"], exif=exif)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rgb.save(paths["profile"], icc_profile=profile)
    rgb.convert("1").save(paths["bitmap"])
    return paths


def test_a_folder_of_all_kinds(run, record, tmp_path):
    paths = write_all(tmp_path / "photos")
    done = run("--content", "photos", "--out", "done")

    assert done.returncode == 0, done.stderr
    # What moves stays so, frame by frame.
    made_as = {kind: "gif" if kind == "moving" else "png" for kind in SUFFIXES}
    expected = [f"done/{kind}-style.{made_as[kind]}" for kind in sorted(SUFFIXES)]
    assert done.stdout.splitlines() == expected
    for kind in SUFFIXES:
        made = tmp_path / f"done/{kind}-style.{made_as[kind]}"
        details = record(made)
        with Image.open(made) as image:
            image.load()
        assert image.size == ((36, 48) if kind == "rotated" else (48, 36)), kind
        if kind != "moving":
            assert image.mode == ("RGBA" if kind == "alpha" else "RGB"), kind
        assert details["artifact"]["sha256"] == hashlib.sha256(made.read_bytes()).hexdigest()
        assert details["size"] == list(image.size)
        assert details["steps"] == (2 if kind == "moving" else 1)
        assert details["interrupted"] is False
        (content,) = details["inputs"]["content"]
        assert content["sha256"] == hashlib.sha256(paths[kind].read_bytes()).hexdigest()
        if kind == "alpha":
            alpha = np.asarray(image.getchannel("A"))
            assert alpha[:, :20].max() == 0
            assert alpha[:, 28:].min() == 255
    assert len(done.after) == len(done.before) + 2 * len(SUFFIXES)


@pytest.mark.parametrize("kind", ["same picture twice", "same stem"])
def test_two_results_never_share_a_file(run, tmp_path, kind):
    """Either each has its own file, or the run is refused before anything is done."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("cat.png", "cat.webp") if kind == "same stem" else ("cat.png",):
        Image.open(tmp_path / "content.png").save(folder / name)
    sources = ["--content", "photos"]
    if kind == "same picture twice":
        sources = ["--content", "photos/cat.png", "--content", "photos/cat.png"]
    done = run(*sources, "--out", "done", "--overwrite")
    if done.returncode == 2:
        assert done.after == done.before
    else:
        assert done.returncode == 0, done.stderr
        assert len(set(done.stdout.splitlines())) == 2
