"""Default output plays in browsers, QuickTime and phones, and keeps its other tracks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.helpers.video import RATE, image, packets, timestamps_of, write_clip

from stylekit import Frame
from stylekit.errors import InputError
from stylekit.images.frames import Clip
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.video import VideoAdapter

EVEN = tuple(3000 * k for k in range(12))
VIDEOS = VideoAdapter(VideoParams())


def made(source: Path, target: Path, **params: Any) -> tuple[str, ...]:
    """Write a clip anew, and return what was said before the work."""
    adapter = VideoAdapter(VideoParams(**params))
    clip = adapter.read(str(source))
    lacks = tuple(adapter.check(clip, str(target)))
    adapter.write(clip, str(target))
    return lacks


def streams(path: Path) -> list[tuple[str, str]]:
    with av.open(str(path)) as container:
        return [
            (s.type, s.codec_context.name if s.codec_context else "") for s in container.streams
        ]


@pytest.mark.parametrize(("codec", "tag"), [("h264", "avc1"), ("h265", "hvc1")])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".m4v"])
def test_output_plays_on_apple_devices_and_in_browsers(
    tmp_path: Path, codec: str, tag: str, suffix: str
) -> None:
    frames = tuple(Frame.from_array(image(k, 65, 49)) for k in range(3))
    path = tmp_path / f"a{suffix}"
    VideoAdapter(VideoParams(codec=codec)).write(Clip(frames, fps=25.0), str(path))
    with av.open(str(path)) as container:
        context: Any = container.streams.video[0].codec_context
        assert context.pix_fmt == "yuv420p"
        assert (context.width, context.height) == (66, 50)
        assert context.codec_tag == tag
        assert (int(context.colorspace), int(context.color_trc)) == (1, 1)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    shown = VIDEOS.read(str(path)).image.to_array().astype(int)
    assert np.abs(shown[:49, :65] - image(0, 65, 49)).mean() < 8


def test_only_h264_and_h265_need_even_sides(tmp_path: Path) -> None:
    frames = (Frame.from_array(image(0, 33, 21)),)
    VIDEOS.write(Clip(frames, fps=25.0), str(tmp_path / "a.webm"))
    assert VIDEOS.read(str(tmp_path / "a.webm")).image.width == 33


@pytest.fixture
def two_sounds(tmp_path: Path) -> Path:
    """A .mov with two tracks of sound, the second of a codec that FFmpeg does not know."""
    aac = write_clip(tmp_path / "aac.mov", timestamps=EVEN, sound="aac")
    pcm = write_clip(tmp_path / "pcm.mov", timestamps=EVEN, sound="pcm_s16le")
    whole, path = tmp_path / "whole.mov", tmp_path / "phone.mov"
    with av.open(str(aac)) as one, av.open(str(pcm)) as two, av.open(str(whole), "w") as out:
        given = [*one.streams, two.streams.audio[0]]
        copies = [out.add_stream_from_template(stream) for stream in given]
        for container, taken, to in ((one, given[:2], copies[:2]), (two, given[2:], copies[2:])):
            for packet in container.demux(taken):
                if packet.size:
                    packet.stream = to[taken.index(packet.stream)]
                    out.mux(packet)
    path.write_bytes(whole.read_bytes().replace(b"sowt", b"apac"))
    return path


def test_an_audio_track_of_an_unknown_codec_is_named(tmp_path: Path, two_sounds: Path) -> None:
    (said,) = made(two_sounds, tmp_path / "o.mp4")
    assert "an audio track of an unknown codec" in said
    assert streams(tmp_path / "o.mp4") == [("video", "h264"), ("audio", "aac")]
    given = packets(tmp_path / "aac.mov")
    assert [data for data, _ in packets(tmp_path / "o.mp4")] == [data for data, _ in given]


@pytest.mark.parametrize(
    ("name", "codec", "sound", "target", "becomes"),
    [
        ("a.avi", "mjpeg", "pcm_s16le", "o.mp4", "aac"),
        ("a.avi", "mjpeg", "pcm_s16le", "o.mkv", "pcm_s16le"),
        ("a.mov", "libx264", "pcm_s16le", "o.mov", "pcm_s16le"),
        ("a.mp4", "libx264", "aac", "o.webm", "opus"),
    ],
)
def test_each_audio_track_that_a_container_cannot_hold_is_re_encoded(
    tmp_path: Path, name: str, codec: str, sound: str, target: str, becomes: str
) -> None:
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    source = write_clip(tmp_path / name, timestamps=EVEN, codec=codec, pixels=pixels, sound=sound)
    said = made(source, tmp_path / target, preset="ultrafast")
    assert streams(tmp_path / target)[1] == ("audio", becomes)
    assert bool(said) == (sound != becomes)
    assert all(f"The {sound} audio is re-encoded" in line for line in said)
    with av.open(str(tmp_path / target)) as container:
        frames = list(container.decode(audio=0))
    # The tone, as long as it was.
    length = sum(Fraction(frame.samples, frame.sample_rate) for frame in frames)
    assert float(length) == pytest.approx(EVEN[-1] / 90_000, abs=0.11)
    assert np.abs(frames[len(frames) // 2].to_ndarray().astype(float)).max() > 0.2


def test_surround_audio_keeps_its_channels(tmp_path: Path) -> None:
    source = tmp_path / "a.mkv"
    write_clip(source, timestamps=EVEN)
    given = tmp_path / "b.mkv"
    with av.open(str(source)) as one, av.open(str(given), "w") as out:
        copy = out.add_stream_from_template(one.streams.video[0])
        tone = out.add_stream("pcm_s16le", rate=RATE)
        tone.layout = "5.1"
        silence = np.zeros((1, 6 * RATE // 4), np.int16)
        part = av.AudioFrame.from_ndarray(silence, format="s16", layout="5.1")
        part.sample_rate, part.pts, part.time_base = RATE, 0, Fraction(1, RATE)
        out.mux(tone.encode(part))
        for packet in one.demux(video=0):
            if packet.size:
                packet.stream = copy
                out.mux(packet)
    made(given, tmp_path / "o.mp4")
    with av.open(str(tmp_path / "o.mp4")) as container:
        assert container.streams.audio[0].layout.name == "5.1"


@pytest.mark.parametrize("target", ["o.mp4", "o.mkv"])
def test_audio_before_the_first_frame_delays_nothing(tmp_path: Path, target: str) -> None:
    late = tuple(45_000 + timestamp for timestamp in EVEN)
    made(write_clip(tmp_path / "a.ts", timestamps=late, sound="mp2"), tmp_path / target)
    assert 0 <= float(timestamps_of(tmp_path / target)[0]) <= 0.1
    assert -0.1 <= packets(tmp_path / target)[0][1] <= 0.1


def _write_subtitles(path: Path, source: Path) -> Path:
    """Add subtitles, chapters, languages and titles to a clip."""
    text = path.with_suffix(".srt")
    text.write_text("1\n00:00:00,100 --> 00:00:00,300\nHello.\n", "utf-8")
    with av.open(str(source)) as one, av.open(str(text)) as two, av.open(str(path), "w") as out:
        copies: list[Any] = []
        given: list[Any] = [*one.streams, one.streams.audio[0], *two.streams]
        for stream in given:
            copies.append(out.add_stream_from_template(stream))
        for copy, language in zip(copies[1:], ("eng", "deu", "fra"), strict=True):
            copy.metadata.update({"language": language, "title": f"In {language}"})
        copies[1].disposition = av.stream.Disposition(0)
        copies[2].disposition = av.stream.Disposition.default
        out.metadata["title"] = "A walk"
        unit = Fraction(1, 1000)
        names = ("Begin", "End")
        out.set_chapters(
            [
                {"id": k, "start": 200 * k, "end": 200 * k + 200, "time_base": unit,
                 "metadata": {"title": name}}
                for k, name in enumerate(names)
            ]
        )  # fmt: skip
        for packet in two.demux(two.streams[0]):
            if packet.size:
                packet.stream = copies[3]
                out.mux(packet)
        for packet in one.demux(*one.streams):
            if packet.size:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
        one.seek(0)
        for packet in one.demux(one.streams.audio[0]):
            if packet.size:
                packet.stream = copies[2]
                out.mux(packet)
    return path


def test_languages_titles_subtitles_and_chapters_are_kept(tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "a.mp4", timestamps=EVEN, sound="aac")
    source = _write_subtitles(tmp_path / "b.mkv", plain)
    assert made(source, tmp_path / "o.mkv") == ()
    with av.open(str(tmp_path / "o.mkv")) as container:
        tracks: list[Any] = list(container.streams)[1:]
        assert [s.language for s in tracks] == ["eng", "deu", "fra"]
        assert [s.metadata["title"] for s in tracks] == ["In eng", "In deu", "In fra"]
        default = av.stream.Disposition.default
        assert [bool(s.disposition & default) for s in tracks[:2]] == [False, True]
        assert container.metadata["title"] == "A walk"
        assert [c["metadata"]["title"] for c in container.chapters()] == ["Begin", "End"]
        (text,) = (bytes(p) for p in container.demux(tracks[2]) if p.size)
        assert text == b"Hello."


def test_subtitles_that_a_container_cannot_hold_are_named(tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "a.mp4", timestamps=EVEN, sound="aac")
    source = _write_subtitles(tmp_path / "b.mkv", plain)
    (said,) = made(source, tmp_path / "o.mp4")
    assert "a subtitle track (subrip, fra)" in said
    assert [kind for kind, _ in streams(tmp_path / "o.mp4")[:3]] == ["video", "audio", "audio"]
    with av.open(str(tmp_path / "o.mp4")) as container:
        assert [s.language for s in container.streams.audio] == ["eng", "deu"]
        assert len(container.chapters()) == 2
    # Its chapters are in a track of their own, which is no loss.
    assert made(tmp_path / "o.mp4", tmp_path / "p.mp4") == ()
    assert float(timestamps_of(tmp_path / "o.mp4")[0]) == 0


def test_errors_of_the_encoder_come_before_the_first_frame(tmp_path: Path) -> None:
    small = VIDEOS.read(str(write_clip(tmp_path / "a.mp4", width=8, height=8)))
    with pytest.raises(InputError, match=r"Cannot write o.mp4"):
        VideoAdapter(VideoParams(codec="h265")).check(small, "o.mp4")
    with pytest.raises(InputError, match="cannot hold h265") as refused:
        VideoAdapter(VideoParams(codec="h265")).check(small, "o.webm")
    assert "video.codec=vp9 or av1" in refused.value.hint
