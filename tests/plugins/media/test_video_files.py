"""Unusual video files, each modeled on one that a user reported."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image
from tests.helpers.video import TICKS, image, packets, timestamps_of, write_clip

from stylekit.errors import InputError
from stylekit.images.frames import Frame
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams, VideoParams
from stylekit_plugins.media.video import VideoAdapter
from stylekit_plugins.regions.mask import Mask

VIDEOS = VideoAdapter(VideoParams())
IMAGES = ImageAdapter(ImageParams())
EVEN = tuple(3000 * number for number in range(30))
"""Timestamps of a second at 30 frames."""


def at_rate(
    path: Path,
    count: int = 30,
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    shown: Sequence[int] | None = None,
    aspect: Fraction | None = None,
    drawn: object = image,
    size: tuple[int, int] = (64, 48),
) -> Path:
    """Write 30 frames per second, with a time base of one frame and the encoder's packet order."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=30)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.codec_context.options = options or {}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for number, at in enumerate(shown or range(count)):
            values = drawn(number, *size)  # type: ignore[operator]
            frame = av.VideoFrame.from_ndarray(values, format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def lightness(frame: Frame) -> float:
    """Mean brightness; the frames of `image` become brighter."""
    return float(frame.pixels[:, 30:].mean())


def check_order(frames: Sequence[Frame], count: int) -> None:
    assert len(frames) == count
    seen = [lightness(frame) for frame in frames]
    assert all(later >= earlier - 1e-3 for earlier, later in pairwise(seen))


def test_transport_streams_give_the_same_frames_after_a_seek(tmp_path: Path) -> None:
    options = {"x264-params": "keyint=60:min-keyint=60:scenecut=0"}
    path = at_rate(tmp_path / "a.ts", 240, options=options)
    plain = [frame.pixels for frame in VIDEOS.read(str(path))]
    assert len(plain) == 240
    for begin in (235, 100, 61, 60, 59):
        clip = VIDEOS.read(str(path))
        for index in range(begin, min(begin + 4, 240)):
            assert torch.equal(clip.frames[index].pixels, plain[index])


def test_unordered_timestamps_are_sorted(tmp_path: Path) -> None:
    """H.264 with B-frames in .avi."""
    clip = VIDEOS.read(str(at_rate(tmp_path / "a.avi")))
    check_order(list(clip), 30)
    assert clip.times == pytest.approx([number / 30 for number in range(30)])


def test_repeated_timestamps_are_separated(tmp_path: Path) -> None:
    timestamps = [3000 * number for number in range(30)]
    timestamps[10] = timestamps[9] + 9
    clip = VIDEOS.read(str(write_clip(tmp_path / "a.mkv", timestamps=timestamps)))
    assert len(list(clip)) == 30
    times = list(clip.times)
    assert times == sorted(set(times))
    assert times[11] == pytest.approx(11 / 30, abs=2e-3)
    VIDEOS.write(clip, str(tmp_path / "b.mp4"))
    assert len(timestamps_of(tmp_path / "b.mp4")) == 30


def test_concatenated_parts_follow_one_another(tmp_path: Path) -> None:
    part = write_clip(tmp_path / "a.ts", timestamps=EVEN, sound="aac")
    joined = tmp_path / "joined.ts"
    joined.write_bytes(part.read_bytes() * 2)
    clip = VIDEOS.read(str(joined))
    assert len(list(clip)) == 60
    assert clip.times == pytest.approx([number / 30 for number in range(60)])
    VIDEOS.write(clip, str(tmp_path / "b.mp4"))
    assert timestamps_of(tmp_path / "b.mp4")[-1] == pytest.approx(59 / 30)
    sound = [at for _, at in packets(tmp_path / "b.mp4")]
    assert len(sound) == len(packets(joined))
    assert 1.8 < sound[-1] < 2.2
    assert sound == sorted(sound)


def test_timestamps_start_at_zero(tmp_path: Path) -> None:
    """Image and sound alike."""
    late = tmp_path / "late.ts"
    part = write_clip(tmp_path / "a.ts", timestamps=EVEN, sound="aac")
    with av.open(str(part)) as given, av.open(str(late), "w") as out:
        streams = {s.index: out.add_stream_from_template(s, opaque=True) for s in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.dts += 3600 * TICKS
                packet.pts += 3600 * TICKS
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    assert timestamps_of(late)[0] > 3599
    VIDEOS.write(VIDEOS.read(str(late)), str(tmp_path / "b.mp4"))
    assert timestamps_of(tmp_path / "b.mp4")[0] == pytest.approx(0, abs=0.03)
    assert packets(tmp_path / "b.mp4")[0][1] == pytest.approx(0, abs=0.06)
    with av.open(str(tmp_path / "b.mp4")) as written:
        assert written.duration / av.time_base < 1.3


def test_a_damaged_packet_costs_no_more_than_its_frames(tmp_path: Path) -> None:
    options = {"x264-params": "keyint=30:min-keyint=30:scenecut=0"}
    path = at_rate(tmp_path / "a.mp4", 120, options=options)
    data = bytearray(path.read_bytes())
    begin = int(len(data) * 0.4)
    data[begin : begin + 60] = np.random.default_rng(1).bytes(60)
    path.write_bytes(data)
    clip = VIDEOS.read(str(path))
    assert 100 < len(clip.frames) < 120
    assert f"{len(clip.frames)} of 120 frames can be decoded" in clip.notes[0]
    plain = [frame.pixels for frame in clip]
    assert clip.times[-1] == pytest.approx(119 / 30)
    again = VIDEOS.read(str(path))
    for index in (len(plain) - 1, 60, 35):
        assert torch.equal(again.frames[index].pixels, plain[index])


def test_dropped_frames_are_not_damage(tmp_path: Path) -> None:
    shown = [number for number in range(30) if not 5 <= number <= 20]
    path = at_rate(tmp_path / "a.avi", codec="mjpeg", pixels="yuvj420p", shown=shown)
    clip = VIDEOS.read(str(path))
    assert not clip.notes
    assert clip.times == pytest.approx([at / 30 for at in shown])


def _moving_bar(number: int, width: int, height: int) -> np.ndarray:
    """Two fields: the bar moves on between the even and the odd rows."""
    values = np.full((height, width, 3), 40, np.uint8)
    for field in (0, 1):
        begin = 4 + 3 * (2 * number + field) % (width - 12)
        values[field::2, begin : begin + 8] = 220
    return values


def combs(pixels: torch.Tensor) -> float:
    """How much each row differs from those above and below it."""
    return float((2 * pixels[:, 1:-1] - pixels[:, :-2] - pixels[:, 2:]).abs().mean())


@pytest.mark.parametrize("suffix", [".mp4", ".ts"])
def test_interlaced_video_is_deinterlaced(tmp_path: Path, suffix: str) -> None:
    options = {"x264-params": "tff=1:keyint=8:min-keyint=8", "crf": "12"}
    path = at_rate(tmp_path / f"a{suffix}", 40, options=options, drawn=_moving_bar)
    clip = VIDEOS.read(str(path))
    assert "deinterlaced" in clip.notes[0]
    plain = [frame.pixels for frame in clip]
    assert len(plain) == 40
    woven = torch.from_numpy(_moving_bar(20, 64, 48).astype(np.float32) / 255).permute(2, 0, 1)
    assert combs(plain[20]) < combs(woven) / 3
    again = VIDEOS.read(str(path))
    for index in (39, 17, 16, 15, 0, 24):
        assert torch.equal(again.frames[index].pixels, plain[index])


def test_progressive_video_is_left_alone(tmp_path: Path) -> None:
    assert not VIDEOS.read(str(at_rate(tmp_path / "a.mp4"))).notes


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.mov", "qtrle", "argb"),
        ("a.mov", "png", "rgba"),
        ("a.mov", "prores_ks", "yuva444p10le"),
        ("a.webm", "libvpx-vp9", "yuva420p"),
        ("a.avi", "rawvideo", "bgra"),
    ],
)
def test_alpha_counts_only_where_a_pixel_is_transparent(
    tmp_path: Path, name: str, codec: str, pixels: str
) -> None:
    opaque = write_clip(tmp_path / name, codec=codec, pixels=pixels, timestamps=(0, 3000, 6000))
    assert len(list(VIDEOS.read(str(opaque)))) == 3
    write_clip(tmp_path / name, codec=codec, pixels=pixels, timestamps=(0, 3000, 6000), alpha=100)
    with pytest.raises(InputError, match="transparent parts"):
        VIDEOS.read(str(opaque))


def test_pixels_that_are_not_square_are_read_square(tmp_path: Path) -> None:
    path = at_rate(tmp_path / "a.mp4", 5, aspect=Fraction(64, 45), size=(72, 58))
    clip = VIDEOS.read(str(path))
    assert (clip.image.width, clip.image.height) == (102, 58)
    IMAGES.write(clip, str(tmp_path / "a.gif"))
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.size == (102, 58)
    mask = Frame(torch.ones(3, 58, 103))
    assert Mask().mask("player.png", clip.image, lambda _: mask).shape == (58, 102)
    VIDEOS.write(clip, str(tmp_path / "b.mp4"))
    with av.open(str(tmp_path / "b.mp4")) as written:
        stream = written.streams.video[0]
        assert (stream.width, stream.height) == (72, 58)
        assert stream.sample_aspect_ratio == Fraction(64, 45)


def test_narrow_pixels_lose_no_row_or_column(tmp_path: Path) -> None:
    path = at_rate(tmp_path / "a.mp4", 3, aspect=Fraction(8, 9), size=(72, 48))
    clip = VIDEOS.read(str(path))
    assert (clip.image.width, clip.image.height) == (72, 54)
