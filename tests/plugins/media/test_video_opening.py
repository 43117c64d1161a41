"""A video file opens no other file, and its name is never a URL or a pattern."""

import pytest
from tests.helpers.video import TIMESTAMPS, write_clip

from stylekit.errors import InputError
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.video import VideoAdapter

LISTS = {
    "concat": "ffconcat version 1.0\nfile secret.mp4\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
    "<BaseURL>secret.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>",
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_playlist_is_not_a_video(tmp_path, kind):
    write_clip(tmp_path / "secret.mp4")
    path = tmp_path / "x.mp4"
    path.write_text(LISTS[kind])
    with pytest.raises(InputError, match="not a video"):
        VideoAdapter(VideoParams()).read(str(path))


@pytest.mark.parametrize("name", ["12:30:05.mp4", "-i.mp4", "%03d.mp4", "concat:a|b.mp4"])
def test_a_name_is_never_a_url_or_a_pattern(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "plain.mp4").rename(tmp_path / name)
    clip = VideoAdapter(VideoParams()).read(name)
    assert len(clip.frames) == len(TIMESTAMPS)
    assert clip.frames[1].width == 64


def test_a_frame_beyond_the_limit_is_refused(tmp_path):
    path = write_clip(tmp_path / "a.mp4")
    with pytest.raises(InputError, match="megapixels"):
        VideoAdapter(VideoParams(max_megapixels=0.003)).read(str(path))
