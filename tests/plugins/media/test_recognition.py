"""Recognition of images, animations and videos by their content."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.helpers.video import image, write_clip

from stylekit.errors import InputError
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams, VideoParams
from stylekit_plugins.media.video import VideoAdapter

VIDEOS = VideoAdapter(VideoParams())
IMAGES = ImageAdapter(ImageParams())


@pytest.mark.parametrize(
    ("muxer", "codec", "name"),
    [
        ("mpegts", "libx264", "00001.MTS"),
        ("mpegts", "libx264", "nothing"),
        ("mp4", "libx264", "clip.jpg"),
        ("mp4", "libx264", "clip.txt"),
        ("mp4", "libx264", "2024-05-01T12:30:05.mp4"),
        ("mp4", "libx264", "frame%03d.mp4"),
        ("mp4", "libx264", "-clip.mp4"),
        ("mp4", "libx264", "http:clip.mp4"),
        ("vob", "mpeg2video", "VTS_01_1.VOB"),
        ("mxf", "mpeg2video", "a.MXF"),
        ("3gp", "h263", "a.3gp"),
        ("asf", "mpeg4", "a.asf"),
        ("yuv4mpegpipe", "wrapped_avframe", "a.y4m"),
        ("nut", "ffv1", "a"),
        ("ivf", "libvpx-vp9", "a.bin"),
        ("ogg", "libtheora", "a.ogv"),
        ("mpeg2video", "mpeg2video", "a.mpe"),
        ("f4v", "libx264", "a.F4V"),
        ("avi", "mpeg4", "a.divx"),
        ("matroska", "libx264", "a.mk3d"),
    ],
)
def test_videos_are_recognized_by_their_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, muxer: str, codec: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if codec != "wrapped_avframe" and codec not in av.codecs_available:
        pytest.skip(f"FFmpeg has no {codec} here")
    size = (176, 144) if codec == "h263" else (64, 48)
    with av.open("made", "w", format=muxer) as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(6):
            frame = av.VideoFrame.from_ndarray(image(number, *size), format="rgb24")
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    Path("made").rename(name)
    assert VIDEOS.recognize(name) == "clip"
    assert IMAGES.recognize(name) is None
    assert len(list(VIDEOS.read(name))) == 6


def test_playlists_are_not_videos(tmp_path: Path) -> None:
    secret = write_clip(tmp_path / "secret.mp4")
    for text in (
        f"ffconcat version 1.0\nfile {secret}\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
    ):
        path = tmp_path / "list.mp4"
        path.write_text(text)
        assert VIDEOS.recognize(str(path)) is None
        with pytest.raises(InputError, match="not a video, or is damaged"):
            VIDEOS.read(str(path))


@pytest.mark.parametrize("suffix", [".png", ".avif", ".gif", ".webp", ".jpg"])
def test_images_are_not_taken_for_videos(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(image(0, 64, 48)).save(path)
    assert IMAGES.recognize(str(path)) == "image"
    assert VIDEOS.recognize(str(path)) is None
    shutil.copy(path, tmp_path / "b.mp4")
    assert VIDEOS.recognize(str(tmp_path / "b.mp4")) is None


@pytest.mark.parametrize("suffix", [".png", ".avif"])
def test_image_files_of_several_frames_are_clips(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(image(index, 64, 48)) for index in range(4)]
    path = tmp_path / f"a{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[40, 80, 120, 200])
    assert IMAGES.recognize(str(path)) == "clip"
    clip = IMAGES.read(str(path))
    assert clip.times == pytest.approx([0, 0.04, 0.12, 0.24])
    for index in (3, 0, 1, 2):
        assert np.abs(clip.frames[index].to_array() - image(index, 64, 48).astype(int)).mean() < 3


def test_the_default_image_of_an_apng_is_left_out(tmp_path: Path) -> None:
    frames = [Image.fromarray(image(index, 64, 48)) for index in range(4)]
    path = tmp_path / "a.png"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50, default_image=True)
    clip = IMAGES.read(str(path))
    assert len(clip.frames) == 3
    assert np.abs(clip.image.to_array() - image(1, 64, 48).astype(int)).max() == 0
