"""`stylekit run` on clips: every method frame by frame, styles at moments, and nothing is lost."""

import os
import signal
import subprocess
import sys
import time

import av
import numpy as np
import pytest
from PIL import Image
from tests.helpers.video import TIMESTAMPS, packets, timestamps_of, write_clip

LOSSLESS = ("--set", "video.codec=ffv1")
FAST = ("run", "--method", "arbitrary", "--set", "progress.interval=0")


@pytest.fixture
def clip(tmp_path):
    write_clip(tmp_path / "clip.mp4", sound="aac")
    return tmp_path


@pytest.fixture
def restyle(stylekit, clip):
    """Return a function that makes `out.mkv` of the clip, and returns its frames."""

    def call(*more, out="out.mkv", content="clip.mp4"):
        words = [*FAST, *LOSSLESS, "--content", content, "--out", out, *more]
        done = stylekit(*words, cwd=clip)
        assert done.returncode == 0, done.stderr
        return frames(clip / out)

    return call


def frames(path):
    with av.open(str(path)) as container:
        return [f.to_ndarray(format="rgb24").astype(int) for f in container.decode(video=0)]


def test_a_clip_becomes_a_clip(stylekit, clip):
    done = stylekit(*FAST, "--content", "clip.mp4", "--style", "sample:swirls", cwd=clip)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "clip-swirls.mp4\n"
    made = clip / "clip-swirls.mp4"
    assert timestamps_of(made) == timestamps_of(clip / "clip.mp4")
    assert [data for data, _ in packets(made)] == [data for data, _ in packets(clip / "clip.mp4")]
    assert "frame 6/6" in done.stderr
    before, after = frames(clip / "clip.mp4"), frames(made)
    assert all(np.abs(a - b).mean() > 10 for a, b in zip(before, after, strict=True))
    # Nothing is left but the clip and its record.
    left = {path.name for path in clip.iterdir()}
    assert left == {"clip.mp4", "clip-swirls.mp4", "clip-swirls.stylekit.json"}


def test_styles_at_moments(restyle):
    """The ends of the schedule are the styles alone, the middle is their blend."""
    one = restyle("--style", "sample:swirls")
    other = restyle("--style", "sample:poppies", out="other.mkv")
    between = restyle("--style", "sample:swirls@0", "--style", "sample:poppies@end", out="both.mkv")
    assert np.array_equal(between[0], one[0])
    assert np.array_equal(between[-1], other[-1])
    half = TIMESTAMPS[3] / TIMESTAMPS[-1]
    a, b = 10 * (1 - half), 10 * half
    blend = restyle(
        "--style", f"sample:swirls*{a}", "--style", f"sample:poppies*{b}", out="blend.mkv"
    )
    assert np.abs(between[3] - blend[3]).max() <= 1
    switched = restyle(
        "--style", "sample:swirls@0", "--style", "sample:poppies@50%", "--interp", "step",
        out="step.mkv",
    )  # fmt: skip
    for index, timestamp in enumerate(TIMESTAMPS):
        expected = other if timestamp >= TIMESTAMPS[-1] / 2 else one
        assert np.array_equal(switched[index], expected[index])


def test_a_region_that_goes_along(restyle, clip):
    """The red square stays where it is; with nothing that moves, following changes nothing."""
    style = ("--style", "sample:swirls")
    restyle(*style, out="exact.mkv")
    still = restyle(*style, "--region", "box:0,0,33%,33%", content="exact.mkv", out="still.mkv")
    along = restyle(
        *style, "--region", "follow:box:0,0,33%,33%", content="exact.mkv", out="along.mkv"
    )
    assert np.array_equal(still[0], along[0])
    outside = (slice(24, None), slice(32, None))
    for before, after in zip(frames(clip / "exact.mkv"), along, strict=True):
        assert np.array_equal(before[outside], after[outside])


def test_a_region_leaves_the_rest_of_every_frame(restyle, clip):
    write_clip(clip / "exact.mkv", codec="ffv1", pixels="bgr0")
    made = restyle("--style", "sample:swirls", "--region", "box:0,0,50%,100%", content="exact.mkv")
    for before, after in zip(frames(clip / "exact.mkv"), made, strict=True):
        assert np.array_equal(before[:, 32:], after[:, 32:])
        assert np.abs(before[:, :32] - after[:, :32]).mean() > 10


def test_masks_by_frame_from_a_clip_or_a_folder(restyle, clip):
    """A white bar that moves to the right."""
    write_clip(clip / "exact.mkv", codec="ffv1", pixels="bgr0")
    (clip / "masks").mkdir()
    with av.open(str(clip / "masks.mkv"), "w") as out:
        stream = out.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        for index in range(6):
            mask = np.zeros((48, 64, 3), np.uint8)
            mask[:, 10 * index : 10 * index + 8] = 255
            frame = av.VideoFrame.from_ndarray(mask, format="rgb24")
            frame.to_image().save(clip / "masks" / f"{index}.png")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    style = ("--style", "sample:swirls")
    made = restyle(*style, "--region", "masks.mkv", content="exact.mkv")
    again = restyle(*style, "--region", "masks", content="exact.mkv", out="again.mkv")
    for index, before in enumerate(frames(clip / "exact.mkv")):
        changed = (made[index] != before).any(axis=(0, 2))
        assert changed[10 * index : 10 * index + 8].all()
        assert changed.sum() == 8
        assert np.array_equal(made[index], again[index])


def test_frames_in_and_kept(stylekit, clip):
    (clip / "in").mkdir()
    for index, frame in enumerate(frames(clip / "clip.mp4")):
        Image.fromarray(frame.astype(np.uint8)).save(clip / "in" / f"{index}.png")
    words = ("--content", "sequence:in", "--set", "sequence.fps=10", "--style", "sample:swirls")
    done = stylekit(*FAST, *words, "--keep-frames", cwd=clip)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "in-swirls.mp4\n"
    assert [float(m) for m in timestamps_of(clip / "in-swirls.mp4")] == pytest.approx(
        [k / 10 for k in range(6)]
    )
    kept = sorted((clip / "in-swirls.frames").iterdir())
    assert [path.name for path in kept] == [f"{k:06}.png" for k in range(6)]
    for path, made in zip(kept, frames(clip / "in-swirls.mp4"), strict=True):
        assert np.abs(np.asarray(Image.open(path)).astype(int) - made).mean() < 10


def test_an_animation_stays_one(stylekit, clip):
    images = [Image.fromarray(f.astype(np.uint8)) for f in frames(clip / "clip.mp4")]
    images[0].save(clip / "a.gif", save_all=True, append_images=images[1:], duration=80)
    done = stylekit(*FAST, "--content", "a.gif", "--style", "sample:swirls", cwd=clip)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "a-swirls.gif\n"
    with Image.open(clip / "a-swirls.gif") as made:
        assert made.n_frames == 6
        assert made.info["duration"] == 80


def test_an_optimized_clip(stylekit, clip):
    done = stylekit(
        "run", "--method", "gatys", "--content", "clip.mp4", "--style", "sample:swirls",
        "--size", "48", "--steps", "2", "--set", "gatys.min_size=48", "--out", "o.mp4", "--json",
        cwd=clip,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"steps": 12' in done.stdout
    assert frames(clip / "o.mp4")[5].shape == (36, 48, 3)


def start(folder, *more):
    words = [*FAST, *LOSSLESS, "--content", "clip.mp4", "--style", "sample:swirls", *more]
    return subprocess.Popen(
        [sys.executable, "-m", "stylekit.cli.main", *words],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_frame(process, number):
    for line in process.stderr:
        if f"frame {number}/" in line:
            return
    raise AssertionError("it ended by itself")


@pytest.fixture
def long_clip(tmp_path):
    write_clip(tmp_path / "clip.mp4", timestamps=[3000 * k for k in range(40)], sound="aac")
    return tmp_path


@pytest.mark.slow
def test_killed_and_resumed_is_the_same_clip(long_clip):
    folder = long_clip
    whole = start(folder, "--out", "whole.mkv")
    assert whole.wait() == 0, whole.stderr.read()
    process = start(folder, "--out", "part.mkv")
    wait_for_frame(process, 15)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = sorted((folder / "part.stylekit.frames").glob("0*.png"))
    assert len(kept) >= 14
    # Without --resume it does not throw hours of work away.
    refused = start(folder, "--out", "part.mkv")
    _, error = refused.communicate()
    assert refused.returncode == 2
    assert "Continue with --resume" in error
    last = start(folder, "--out", "part.mkv", "--resume")
    out, err = last.communicate()
    assert last.returncode == 0, err
    assert out == "part.mkv\n"
    assert "frame 3/40" not in err
    assert (folder / "part.mkv").read_bytes() == (folder / "whole.mkv").read_bytes()
    assert not (folder / "part.stylekit.frames").exists()


def test_ctrl_c_leaves_a_clip_that_plays(long_clip):
    process = start(long_clip, "--out", "part.mkv")
    wait_for_frame(process, 12)
    time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130, err
    made = frames(long_clip / "part.mkv")
    assert 11 <= len(made) < 40
    assert packets(long_clip / "part.mkv")[-1][1] < 1.4
    # And the rest can be done later.
    last = start(long_clip, "--out", "part.mkv", "--resume")
    _, err = last.communicate()
    assert last.returncode == 0, err
    assert len(frames(long_clip / "part.mkv")) == 40


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--out", "o.png"), ("o.png", "clip.mp4 is a clip", ".mp4")),
        (("--out", "o.webm", "--set", "video.codec=h265"), ("o.webm", "cannot hold h265")),
        (("--style", "sample:waves@9s"), ("sample:waves@9s", "6 frames", "0.33 s")),
        (("--style", "sample:waves@7f"), ("sample:waves@7f", "beyond the end")),
        (("--style", "sample:waves"), ("sample:waves has no timestamp",)),
        (("--style", "missing.jpg@0.2s"), ("missing.jpg",)),
    ],
)
def test_what_is_refused_before_any_work(stylekit, clip, assert_refused, more, words):
    (clip / "damaged.pth").write_bytes(b"")
    base = ("--content", "clip.mp4", "--style", "sample:swirls@0", *more)
    done = stylekit(*FAST, *base, cwd=clip)
    assert_refused(done, 2, *words)
    assert {path.name for path in clip.iterdir()} == {"clip.mp4", "damaged.pth"}


def test_timestamps_out_of_order_or_of_an_image(stylekit, clip, assert_refused):
    order = ("--style", "sample:swirls@0.2", "--style", "sample:waves@10%")
    done = stylekit(*FAST, "--content", "clip.mp4", *order, cwd=clip)
    assert_refused(done, 2, "sample:waves@10%", "not later than", "sample:swirls@0.2")
    done = stylekit(*FAST, "--content", "sample:rocket", *order, cwd=clip)
    assert_refused(done, 2, "sample:rocket is an image")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dual", "dual-pixel"])
def test_a_training_for_a_clip_goes_on_bit_equal(long_clip, method):
    """Killed in the training, and once more among the frames."""
    words = (
        "run", "--method", method, "--content", "clip.mp4", "--style", "sample:swirls@0",
        "--style", "sample:poppies@end", "--size", "48", "--steps", "8", *LOSSLESS,
        "--set", "gatys.steps=20",
        "--set", "progress.interval=0", "--set", "checkpoint_seconds=0",
    )  # fmt: skip

    def begin(*more):
        return subprocess.Popen(
            [sys.executable, "-m", "stylekit.cli.main", *words, *more],
            cwd=long_clip,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    whole = begin("--out", "whole.mkv")
    _, err = whole.communicate()
    assert whole.returncode == 0, err
    for place in ("training: step 4/", "frame 20/"):
        process = begin("--out", "part.mkv", "--resume")
        for line in process.stderr:
            if place in line:
                break
        else:
            raise AssertionError("it ended by itself")
        process.send_signal(signal.SIGKILL)
        process.communicate()
    last = begin("--out", "part.mkv", "--resume")
    _, err = last.communicate()
    assert last.returncode == 0, err
    assert "training: step 4/" not in err
    assert (long_clip / "part.mkv").read_bytes() == (long_clip / "whole.mkv").read_bytes()


def test_a_clip_that_cannot_be_written_keeps_its_frames(clip, assert_refused, stylekit):
    """No space is left while the file is written; the frames are there for --resume."""
    (clip / "full").mkdir()
    code = (
        "import sys, errno\n"
        "from stylekit_plugins.media import video\n"
        "def full(clip, path, params): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "video.encoding.encode = full\n"
        "from stylekit.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    words = [
        *FAST,
        *LOSSLESS,
        "--content",
        "clip.mp4",
        "--style",
        "sample:swirls",
        "--out",
        "o.mkv",
    ]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=clip, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "no space left" in done.stderr.lower()
    assert "6 finished frames are kept in o.stylekit.frames" in done.stderr
    assert not (clip / "o.mkv").exists()
    again = stylekit(*words, "--resume", cwd=clip)
    assert again.returncode == 0, again.stderr
    assert len(frames(clip / "o.mkv")) == 6


def test_a_colon_in_a_name_is_a_part_of_it(stylekit, clip):
    (clip / "clip.mp4").rename(clip / "2024-05-01T12:30:05.mp4")
    words = ("run", "--method", "identity", "--content", "2024-05-01T12:30:05.mp4")
    done = stylekit(*words, cwd=clip)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "2024-05-01T12_30_05.mp4\n"
    again = stylekit(*words, "--out", "a:b.mp4", cwd=clip)
    assert again.returncode == 0, again.stderr
    assert len(frames(clip / "a:b.mp4")) == len(TIMESTAMPS)


def test_a_clip_needs_no_suffix_and_says_what_was_mended(stylekit, tmp_path):
    whole = write_clip(tmp_path / "a.mkv", timestamps=[3000 * k for k in range(90)], width=160)
    cut = whole.read_bytes()[: whole.stat().st_size * 2 // 3]
    (tmp_path / "nothing").write_bytes(cut)
    done = stylekit("run", "--method", "identity", "--content", "nothing", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "nothing.mp4\n"
    assert "nothing is cut off or damaged: the first" in done.stderr


def test_a_clip_that_is_made_smaller_has_even_sides_and_says_what_it_lacks(stylekit, clip):
    run = ("run", "--method", "identity", "--content", "clip.mp4", "--size", "36")
    done = stylekit(*run, "--out", "o.webm", cwd=clip)
    assert done.returncode == 0, done.stderr
    said = "Warning: o.webm: The aac audio is re-encoded as Opus."
    assert done.stderr.index(said) < done.stderr.index("frame 1/6")
    with av.open(str(clip / "o.webm")) as container:
        context = container.streams.video[0].codec_context
        assert (context.width, context.height, context.pix_fmt) == (36, 28, "yuv420p")


def test_a_size_that_an_encoder_refuses_is_refused_before_any_work(stylekit, clip, assert_refused):
    run = ("run", "--method", "identity", "--content", "clip.mp4", "--size", "16")
    done = stylekit(*run, "--set", "video.codec=h265", "--out", "o.mp4", cwd=clip)
    assert_refused(done, 2, "Cannot write o.mp4")
    assert {path.name for path in clip.iterdir()} == {"clip.mp4"}
