"""The video adapter on real files: timestamps, audio, colors, rotation, refusals."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image
from tests.helpers.video import TICKS, TIMESTAMPS, image, packets, timestamps_of, write_clip

from stylekit import Frame
from stylekit.errors import InputError
from stylekit.images.frames import Clip
from stylekit_plugins.media import hdr
from stylekit_plugins.media.decoding import VideoFrames
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams, SequenceParams, VideoParams
from stylekit_plugins.media.sequence import SequenceAdapter
from stylekit_plugins.media.video import VideoAdapter

LOSSLESS = VideoAdapter(VideoParams(codec="ffv1"))
USUAL = VideoAdapter(VideoParams())


def values(frame: Frame) -> np.ndarray:
    return frame.to_array().astype(int)


def test_frames_have_the_timestamps_of_the_file(tmp_path: Path) -> None:
    clip = USUAL.read(str(write_clip(tmp_path / "a.mp4")))
    assert len(clip.frames) == len(TIMESTAMPS)
    assert clip.times == [m / TICKS for m in TIMESTAMPS]
    assert clip.is_video
    assert not clip.notes
    for index, frame in enumerate(clip):
        assert frame.time == clip.times[index]
        assert np.abs(values(frame) - image(index, 64, 48)).mean() < 3


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_timestamps_and_audio_are_kept(tmp_path: Path, suffix: str) -> None:
    """A variable frame rate, exactly (.mkv counts milliseconds); sound bit for bit."""
    source = write_clip(tmp_path / "a.mp4", sound="aac")
    written = tmp_path / f"b{suffix}"
    clip = USUAL.read(str(source))
    USUAL.check(clip, str(written))
    USUAL.write(clip, str(written))
    exact = [Fraction(m, TICKS) for m in TIMESTAMPS]
    timestamps = timestamps_of(written)
    # This sound begins before 0, which .mkv cannot hold: it puts off everything alike.
    begins = timestamps[0]
    if suffix == ".mkv":
        assert [float(m - begins) for m in timestamps] == pytest.approx(exact, abs=1e-3)
    else:
        assert timestamps == exact
    copied, given = packets(written), packets(source)
    assert [data for data, _ in copied] == [data for data, _ in given]
    delayed = [t + float(begins) for _, t in given]
    assert [t for _, t in copied] == pytest.approx(delayed, abs=1.1e-3)


def test_a_lossless_file_keeps_every_value(tmp_path: Path) -> None:
    frames = tuple(Frame.from_array(image(k, 65, 47)) for k in range(3))
    LOSSLESS.write(Clip(frames, fps=10.0), str(tmp_path / "a.mkv"))
    again = LOSSLESS.read(str(tmp_path / "a.mkv"))
    for mine, given in zip(again, frames, strict=True):
        assert torch.equal(mine.pixels, given.pixels)
    assert again.times == pytest.approx([0, 0.1, 0.2])


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_rotated_files_are_read_and_written_upright(tmp_path: Path, rotation: int) -> None:
    source = write_clip(tmp_path / "a.mp4", rotation=rotation)
    clip = USUAL.read(str(source))
    upright = np.rot90(image(0, 64, 48), rotation // 90)
    assert np.abs(values(clip.image) - upright).mean() < 3
    USUAL.write(clip, str(tmp_path / "b.mp4"))
    again = USUAL.read(str(tmp_path / "b.mp4"))
    assert np.abs(values(again.image) - upright).mean() < 4
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert next(container.decode(video=0)).rotation == 0


@pytest.mark.parametrize(("suffix", "size"), [(".mp4", (65, 49)), (".webm", (33, 20))])
def test_odd_sizes(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    width, height = size
    frames = tuple(Frame.from_array(image(k, width, height)) for k in range(3))
    USUAL.write(Clip(frames, fps=25.0), str(tmp_path / f"a{suffix}"))
    again = USUAL.read(str(tmp_path / f"a{suffix}"))
    # H.264 has even sides.
    expected = (66, 50) if suffix == ".mp4" else size
    assert (again.image.width, again.image.height) == expected
    assert len(again.frames) == 3
    shown = values(again.image)[:height, :width]
    assert np.abs(shown - image(0, width, height)).mean() < 8


def test_ten_bits_are_read(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv", codec="libx265", pixels="yuv420p10le")
    frame = USUAL.read(str(path)).image
    assert np.abs(values(frame) - image(0, 64, 48)).mean() < 3
    assert (frame.pixels * 255 % 1 > 0.01).float().mean() > 0.5


@pytest.mark.parametrize("order", [(59, 3, 58, 0, 30), (0, 1, 55, 54, 55)])
def test_frames_in_any_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    path = write_clip(tmp_path / "a.mp4", timestamps=[k * 3003 for k in range(60)])
    in_order = [frame.pixels for frame in USUAL.read(str(path))]
    clip = USUAL.read(str(path))
    for index in order:
        assert torch.equal(clip.frames[index].pixels, in_order[index])


def test_each_frame_beside_the_one_before_is_read_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = USUAL.read(str(write_clip(tmp_path / "a.mp4", timestamps=[k * 3003 for k in range(60)])))
    loaded: list[int] = []
    load = type(clip.frames).load

    def noting(frames: VideoFrames, index: int) -> Frame:
        loaded.append(index)
        return load(frames, index)

    monkeypatch.setattr(VideoFrames, "load", noting)
    for index in range(1, 60):
        assert clip.frames[index].time > clip.frames[index - 1].time
    # Frame 1 before frame 0, as they are asked for; then each once.
    assert loaded == [1, 0, *range(2, 60)]


def test_high_dynamic_range_is_mapped_with_a_note(tmp_path: Path) -> None:
    colors = {"color_trc": 16, "color_primaries": 9, "colorspace": 9}
    path = write_clip(tmp_path / "a.mkv", codec="libx265", pixels="yuv420p10le", colors=colors)
    clip = USUAL.read(str(path))
    assert "high dynamic range" in clip.notes[0]
    gray = values(clip.image)[40, 60]
    assert np.ptp(gray) < 12
    # 120 of 255 in PQ is about 73 cd/m2 of 203: not 120 again.
    light = hdr.pq_to_light(np.full((1, 1, 3), 118 / 255, np.float32))
    assert gray.mean() == pytest.approx(255 * hdr.light_to_srgb(light).mean(), abs=8)


def test_transfer_functions_at_known_points() -> None:
    """ITU-R BT.2408-7, table 1: reference white is 58 % of PQ and 75 % of HLG."""
    assert hdr.pq_to_light(np.float32(0.58)) == pytest.approx(203, rel=0.02)
    assert hdr.pq_to_light(np.float32(1.0)) == pytest.approx(10000, rel=1e-3)
    assert hdr.hlg_to_light(np.full((1, 1, 3), 0.75)).mean() == pytest.approx(203, rel=0.02)
    ramp = hdr.light_to_srgb(np.linspace(0, 1000, 50, dtype=np.float32)[None, :, None].repeat(3, 2))
    assert (np.diff(ramp[0, :, 1]) > 0).all()
    assert ramp[0, 0].max() == 0
    assert ramp[0, -1].min() > 0.97


def test_a_truncated_file_gives_its_complete_frames(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv", timestamps=[k * 3000 for k in range(90)], width=160)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    clip = USUAL.read(str(path))
    assert 10 < len(clip.frames) < 90
    assert f"the first {len(clip.frames)}" in clip.notes[0]
    assert len(list(clip)) == len(clip.frames)


def _sound_alone(folder: Path) -> Path:
    write_clip(folder / "a.mkv", sound="aac")
    with av.open(str(folder / "a.mkv")) as source, av.open(str(folder / "b.mkv"), "w") as out:
        stream = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return folder / "b.mkv"


def _two_sizes(folder: Path) -> Path:
    small = write_clip(folder / "a.ts", width=64)
    large = write_clip(folder / "b.ts", width=96)
    (folder / "c.ts").write_bytes(small.read_bytes() + large.read_bytes())
    return folder / "c.ts"


def _empty(folder: Path) -> Path:
    (folder / "a.mp4").write_bytes(b"")
    return folder / "a.mp4"


def _headless(folder: Path) -> Path:
    """An .mp4 file has its index at the end."""
    path = write_clip(folder / "a.mp4")
    path.write_bytes(path.read_bytes()[:2000])
    return path


def _transparent(folder: Path) -> Path:
    return write_clip(folder / "a.mkv", codec="ffv1", pixels="yuva420p", alpha=128)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_sound_alone, "it has no video track; it contains only audio"),
        (_empty, "not a video, or is damaged or incomplete"),
        (_headless, "not a video, or is damaged or incomplete"),
        (_transparent, "transparent parts"),
        (lambda folder: folder / "missing.mp4", "No such file"),
    ],
)
def test_unreadable_files_are_refused(tmp_path: Path, make: object, message: str) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    with pytest.raises(InputError, match=message):
        USUAL.read(str(path))


def test_frames_of_another_size_are_scaled(tmp_path: Path) -> None:
    clip = USUAL.read(str(_two_sizes(tmp_path)))
    (note,) = clip.notes
    assert "6 of 12 are scaled to 64 x 48" in note
    assert {(frame.width, frame.height) for frame in clip} == {(64, 48)}
    again = [clip.frames[index].pixels for index in (9, 2, 11)]
    assert all(
        torch.equal(pixels, USUAL.read(str(tmp_path / "c.ts")).frames[index].pixels)
        for pixels, index in zip(again, (9, 2, 11), strict=True)
    )


def test_audio_that_a_container_cannot_hold_is_re_encoded(tmp_path: Path) -> None:
    clip = USUAL.read(str(write_clip(tmp_path / "a.mp4", sound="aac")))
    (said,) = USUAL.check(clip, str(tmp_path / "b.webm"))
    assert said == "The aac audio is re-encoded as Opus."
    without = VideoAdapter(VideoParams(audio="drop"))
    assert not without.check(clip, str(tmp_path / "b.webm"))
    without.write(clip, str(tmp_path / "b.webm"))
    assert not packets(tmp_path / "b.webm")
    with pytest.raises(InputError, match="cannot hold h265"):
        VideoAdapter(VideoParams(codec="h265", audio="drop")).check(clip, "b.webm")


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animations_are_clips(tmp_path: Path, suffix: str) -> None:
    images = ImageAdapter(ImageParams())
    frames = [Image.fromarray(image(index, 64, 48)) for index in range(4)]
    path = tmp_path / f"a{suffix}"
    options = {"lossless": True} if suffix == ".webp" else {}
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=[40, 80, 120, 200], **options
    )
    clip = images.read(str(path))
    assert clip.is_video
    assert clip.times == pytest.approx([0, 0.04, 0.12, 0.24])
    for index in (3, 0, 1, 2):
        assert np.abs(values(clip.frames[index]) - image(index, 64, 48)).mean() < 2
    images.write(clip, str(tmp_path / f"b{suffix}"))
    again = images.read(str(tmp_path / f"b{suffix}"))
    assert again.times == clip.times
    assert np.abs(values(again.frames[3]) - values(clip.frames[3])).mean() < 2
    USUAL.write(clip, str(tmp_path / "c.mp4"))
    assert [float(m) for m in timestamps_of(tmp_path / "c.mp4")] == pytest.approx(clip.times)


def test_a_still_image_in_an_animation_format_is_an_image(tmp_path: Path) -> None:
    Image.fromarray(image(0, 64, 48)).save(tmp_path / "a.webp", lossless=True)
    assert not ImageAdapter(ImageParams()).read(str(tmp_path / "a.webp")).is_video


def test_a_folder_of_frames(tmp_path: Path) -> None:
    for index in (2, 10, 1):
        Image.fromarray(image(index, 64, 48)).save(tmp_path / f"f{index}.png")
    clip = SequenceAdapter(SequenceParams(fps=10)).read(str(tmp_path))
    assert clip.times == pytest.approx([0, 0.1, 0.2])
    for frame, index in zip(clip, (1, 2, 10), strict=True):
        assert np.array_equal(values(frame), image(index, 64, 48))
    Image.fromarray(image(0, 60, 48)).save(tmp_path / "f11.png")
    clip = SequenceAdapter(SequenceParams(fps=10)).read(str(tmp_path))
    with pytest.raises(InputError, match=r"f11.png is 60 x 48 pixels"):
        list(clip)
