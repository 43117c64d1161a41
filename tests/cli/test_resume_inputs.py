"""What --resume believes: the bytes of all inputs and the versions count, places do not."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import stylekit as api
from stylekit import Frame, Host
from stylekit.errors import InputError
from stylekit.files import atomic
from stylekit.inputs.sources import Sources
from stylekit.records import digests, provenance
from stylekit.records.digests import digest_of_files, digest_of_frame
from stylekit.records.provenance import Inputs
from stylekit.runs.config import RunConfig
from stylekit.specs import MethodSpec

IDENTITY = ("run", "--method", "identity", "--resume")


def paint(path, value, size=(32, 24)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, 100, 50)).save(path)


@pytest.fixture
def sequence(tmp_path):
    for number in range(4):
        paint(tmp_path / "seq" / f"{number}.png", 40 * number)
    return tmp_path


@pytest.fixture
def clip_run(stylekit, sequence):
    """Return a function that makes `q.mkv` of a sequence, with --resume."""

    def call(*more, source="sequence:seq", **options):
        return stylekit(*IDENTITY, "--content", source, "--out", "q.mkv", *more, **options)

    assert call().returncode == 0
    return call


def assert_taken(done):
    assert done.returncode == 0, done.stderr
    assert "q.mkv is already done" in done.stderr


def test_a_changed_frame_is_another_clip(clip_run, sequence, assert_refused):
    paint(sequence / "seq" / "3.png", 255)
    assert_refused(clip_run(), 2, "q.mkv exists already", "the content sequence:seq has changed")


def test_a_frame_more_is_another_clip(clip_run, sequence, assert_refused):
    paint(sequence / "seq" / "4.png", 255)
    assert_refused(clip_run(), 2, "the content sequence:seq has 5 files, and had 4")


def test_offline_device_and_memory_do_not_matter(clip_run):
    assert_taken(clip_run("--offline", "--device", "cpu", "--set", "memory_mb=4096"))


def test_tables_of_what_only_watches_do_not_matter(clip_run):
    assert_taken(clip_run("--set", "progress.interval=0", "--set", "log.path=log.jsonl"))


def test_where_things_lie_does_not_matter(clip_run, sequence):
    assert_taken(clip_run(source=f"sequence:{sequence / 'seq'}"))
    (sequence / "seq").rename(sequence / "elsewhere")
    assert_taken(clip_run(source="sequence:elsewhere"))


def test_what_else_lies_in_the_folder_does_not_matter(stylekit, sequence):
    words = (*IDENTITY, "--content", "sequence:.", "--out", "q.mkv")
    assert stylekit(*words, cwd=sequence / "seq").returncode == 0
    (sequence / "seq" / "notes.txt").write_text("mine")
    assert_taken(stylekit(*words, cwd=sequence / "seq"))


def test_a_parameter_is_named(clip_run, assert_refused):
    assert_refused(clip_run("--seed", "9"), 2, "q.mkv exists already", "seed is 9, and was 0")


def test_masks_of_later_frames_count(stylekit, sequence, assert_refused):
    for number in range(4):
        paint(sequence / "masks" / f"{number}.png", 255)
    words = (*IDENTITY, "--content", "sequence:seq", "--out", "q.mkv")
    for value, region in enumerate(("masks", "masks,feather=2", "sequence:masks")):
        shutil.rmtree(sequence / "was", ignore_errors=True)
        made = stylekit(*words, "--region", region, "--overwrite")
        assert made.returncode == 0, made.stderr
        shutil.copytree(sequence / "masks", sequence / "was")
        assert_taken(stylekit(*words, "--region", region.replace("masks", "was")))
        paint(sequence / "masks" / "3.png", value)
        paint(sequence / "was" / "2.png", value)
        for text in (region, region.replace("masks", "was")):
            refused = stylekit(*words, "--region", text)
            assert_refused(refused, 2, "the region", "has changed")


def test_a_image_counts_with_all_its_bytes(stylekit, tmp_path, assert_refused):
    """Its alpha, for example."""
    pixels = np.full((24, 32, 4), 200, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "c.png")
    words = (*IDENTITY, "--content", "c.png", "--out", "o.png")
    assert stylekit(*words).returncode == 0
    assert "is already done" in stylekit(*words).stderr
    pixels[:, :8, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "c.png")
    assert_refused(stylekit(*words), 2, "o.png exists already", "the content c.png has changed")


def test_half_a_clip_is_not_continued_with_other_inputs(stylekit, sequence, assert_refused):
    """A frame of another size stops the first run; the frames before it are kept."""
    paint(sequence / "seq" / "3.png", 0, (20, 20))
    words = (*IDENTITY, "--content", "sequence:seq", "--out", "q.mkv")
    assert stylekit(*words).returncode == 2
    assert len(list((sequence / "q.stylekit.frames").glob("*.png"))) == 3
    # Nothing has changed, so it comes as far again.
    assert "20 x 20" in stylekit(*words).error
    paint(sequence / "seq" / "0.png", 255)
    refused = stylekit(*words)
    assert_refused(refused, 2, "q.stylekit.frames", "the content sequence:seq has changed")
    assert "--resume" in refused.stderr


def test_the_record_of_a_sequence_repeats_it(stylekit, clip_run, sequence, record):
    assert record(sequence / "q.mkv")["config"]["content"] == ["sequence:./seq"]
    assert record(sequence / "q.mkv")["inputs"]["content"][0]["sha256"]
    done = stylekit("run", "--config", "q.stylekit.json", "--out", "again.mkv")
    assert done.returncode == 0, done.stderr
    assert (sequence / "again.mkv").read_bytes() == (sequence / "q.mkv").read_bytes()
    paint(sequence / "seq" / "2.png", 255)
    done = stylekit("run", "--config", "q.stylekit.json", "--out", "third.mkv")
    assert "has changed since the record" in done.stderr


class Mine:
    """A plugin whose method has a version."""

    STYLEKIT_API = 1

    def __init__(self, version):
        self.version = version

    @api.hookimpl
    def register_methods(self):
        factory = "stylekit_plugins.identity.method:Identity"
        return [
            MethodSpec(
                name="mine",
                summary="Mine.",
                factory=factory,
                version=self.version,
                styles=(0, None),
            )
        ]


@pytest.fixture
def versioned(sequence):
    """Return a function that makes `m.png` by a method of a version."""

    def call(version):
        content, out = sequence / "seq" / "0.png", sequence / "m.png"
        return Host({"mine": Mine(version)}).run("mine", content=content, out=out, resume=True)

    call(1)
    return call


def test_another_version_of_a_component_is_another_result(versioned):
    assert versioned(1).steps == 0
    with pytest.raises(InputError, match=r"method mine:mine is version 2 .* and was version 1"):
        versioned(2)


def test_another_torch_is_another_result(versioned, monkeypatch):
    monkeypatch.setattr(provenance, "_torch_version", lambda: "9.9")
    with pytest.raises(InputError, match=r"torch is 9\.9, and was "):
        versioned(1)


def test_a_file_that_a_parameter_names_counts_by_its_bytes(host, tmp_path):
    paint(tmp_path / "init.png", 1)
    shutil.copy(tmp_path / "init.png", tmp_path / "other.png")

    def of(name):
        inputs = Inputs(Sources(host.catalogue, {}), host.catalogue, RunConfig)
        settings = inputs.settings(
            {"gatys:gatys": {"init": str(tmp_path / name)}, "offline": True},
            [SimpleNamespace(id="gatys:gatys")],
        )
        return settings, inputs.digests

    before = of("init.png")
    assert before == of("other.png")
    assert str(tmp_path) not in str(before)
    paint(tmp_path / "init.png", 2)
    assert before != of("init.png")


def test_a_file_is_hashed_once(sequence, monkeypatch):
    hashed = []
    monkeypatch.setattr(
        digests, "sha256_of", lambda path: hashed.append(path) or atomic.sha256_of(path)
    )
    files = sorted((sequence / "seq").iterdir())
    first = digest_of_files(files)
    assert digest_of_files(files) == first
    assert len(hashed) == 4
    paint(files[0], 250)
    assert digest_of_files(files) != first
    assert len(hashed) == 5


def test_images_in_memory_count_with_pixels_and_alpha():
    pixels = torch.rand(3, 4, 5)
    plain, clear = Frame(pixels), Frame(pixels, torch.zeros(4, 5))
    assert digest_of_frame(plain) == digest_of_frame(Frame(pixels.clone()))
    assert digest_of_frame(plain) != digest_of_frame(clear)
    assert digest_of_frame(clear) != digest_of_frame(Frame(pixels, torch.ones(4, 5)))
    assert digest_of_frame(plain) != digest_of_frame(Frame(pixels.reshape(3, 5, 4)))
