"""`stylekit live`: a clip as the camera, to a file and to a browser, and what it refuses."""

import contextlib
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import av
import numpy as np
import pytest
from PIL import Image
from tests.helpers.video import TICKS, write_clip

from stylekit_plugins.live.server import MAX_STREAMS

COMMAND = (sys.executable, "-m", "stylekit.cli.main", "live")
FRAMES, FPS = 25, 25


@pytest.fixture
def clip(tmp_path):
    """A clip of one second."""
    stamps = [index * TICKS // FPS for index in range(FRAMES)]
    return write_clip(tmp_path / "clip.mp4", timestamps=stamps)


def identity(*more):
    return ("live", "--method", "identity", "--content", "clip.mp4", "--size", "64", *more)


class Started:
    """A live session in a process of its own, with its page."""

    def __init__(self, folder, environment, *args):
        self.process = subprocess.Popen(
            [*COMMAND, "--content", "clip.mp4", "--loop", "--size", "64", "--port", "0", *args],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(90, self.process.kill)
        self._watchdog.start()
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            if match := re.search(r"http://\S+", line):
                self.address = urlsplit(match[0])
                return
        raise AssertionError("".join(self.lines))

    def ask(self, path, body=None, host=None, token=None):
        """Return the status and the text of an answer."""
        connection = http.client.HTTPConnection(self.address.netloc, timeout=10)
        query = self.address.query if token is None else f"token={token}"
        headers = {"Host": host} if host else {}
        method = "GET" if body is None else "POST"
        connection.request(method, f"{path}?{query}", body, headers)
        answer = connection.getresponse()
        with contextlib.closing(connection):
            return answer.status, answer.read().decode()

    def stream(self):
        """Open the stream; return the connection and the answer."""
        connection = http.client.HTTPConnection(self.address.netloc, timeout=10)
        connection.request("GET", f"/stream.mjpg?{self.address.query}")
        return connection, connection.getresponse()

    def end(self):
        """Return the exit code and all output."""
        out, err = self.process.communicate()
        self._watchdog.cancel()
        return self.process.returncode, out, "".join(self.lines) + err


@pytest.fixture
def live(tmp_path, environment, clip):
    """Return a function that starts a session with a page."""
    started = []

    def start(*args):
        started.append(Started(tmp_path, environment, *args))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.end()


def frames_of(answer, count):
    """Read frames of an MJPEG stream, as a viewer does."""
    boundary = answer.headers.get_param("boundary").encode()
    for _ in range(count):
        assert answer.readline() == b"--" + boundary + b"\r\n"
        headers = http.client.parse_headers(answer)
        assert headers["Content-Type"] == "image/jpeg"
        data = answer.read(int(headers["Content-Length"]))
        assert answer.readline() == b"\r\n"
        yield np.asarray(Image.open(io.BytesIO(data)))


def test_a_clip_plays_in_real_time_into_a_file(stylekit, tmp_path, clip):
    done = stylekit(*identity("--out", "live.mp4", "--json"))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["artifacts"] == ["live.mp4"]
    assert said["frames"] + said["dropped"] == FRAMES
    assert 0.5 < said["seconds"] < 3
    with av.open(str(tmp_path / "live.mp4")) as file:
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]
    assert len(frames) == said["frames"]
    times = [time for time, _ in frames]
    assert times[0] == 0
    assert times[-1] == pytest.approx(said["seconds"], abs=0.3)
    # The red square of the clip, in the upper left corner.
    assert frames[-1][1].shape == (48, 64, 3)
    red, green, blue = frames[-1][1][8, 10]
    assert red > 180
    assert green < 70 > blue
    record = json.loads((tmp_path / "live.stylekit.json").read_text())
    assert record["artifact"]["file"] == "live.mp4"
    assert record["config"]["method"].endswith("identity")


def test_a_browser_gets_the_latest_frames_and_turns_the_strength(live):
    session = live("--method", "arbitrary", "--style", "sample:waves")
    assert session.ask("/")[0] == 200
    connection, answer = session.stream()
    with contextlib.closing(connection):
        assert answer.status == 200
        shapes = {frame.shape for frame in frames_of(answer, 3)}
        assert shapes == {(48, 64, 3)}
    state = json.loads(session.ask("/state")[1])
    assert state["shown"] >= 3
    assert state["strength"] == 1
    assert state["limits"] == [0, 1]
    down = json.loads(session.ask("/control", '{"key": "down"}')[1])
    assert down["strength"] == 0.95
    slid = json.loads(session.ask("/control", '{"strength": 0.4}')[1])
    assert slid["strength"] == 0.4
    for body in ("[]", "{", '{"key": 5}', '{"strength": "1"}', "[" * 900):
        assert session.ask("/control", body)[0] == 400
    assert session.ask("/control", " " * 2000)[0] == 413
    assert session.ask("/control", '{"key": "q"}')[0] == 200
    code, out, err = session.end()
    assert code == 0, err
    assert out == ""
    assert "frames shown" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_only_who_knows_the_address_sees_the_camera(live):
    session = live("--method", "identity")
    for path in ("/", "/state", "/stream.mjpg"):
        assert session.ask(path, token="guess")[0] == 401
        assert session.ask(path, host="evil.example")[0] == 400
        assert session.ask(path, host="evil.example:80")[0] == 400
    assert session.ask("/control", '{"key": "q"}', token="guess")[0] == 401
    assert session.ask("/live.js", token="")[0] == 200
    assert session.ask("/nothing")[0] == 404
    with contextlib.ExitStack() as stack:
        statuses = []
        # On a busy machine, viewers that do not read are dropped meanwhile, and give way to others.
        while 503 not in statuses and len(statuses) < 10 * MAX_STREAMS:
            connection, answer = session.stream()
            stack.callback(connection.close)
            statuses.append(answer.status)
    assert statuses[:MAX_STREAMS] == [200] * MAX_STREAMS
    assert statuses[-1] == 503
    assert session.process.poll() is None


@pytest.mark.slow
def test_ctrl_c_completes_the_file(live, tmp_path):
    session = live("--method", "identity", "--out", "live.mkv")
    connection, answer = session.stream()
    with contextlib.closing(connection):
        assert len(list(frames_of(answer, 5))) == 5
        session.process.send_signal(signal.SIGINT)
        code, out, err = session.end()
    assert code == 130, err
    assert out == "live.mkv\n"
    assert "live.mkv is complete" in err
    assert "Traceback" not in err
    with av.open(str(tmp_path / "live.mkv")) as file:
        assert len(list(file.decode(video=0))) >= 5
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"clip.mp4", "live.mkv", "live.stylekit.json"}


@pytest.mark.slow
def test_a_stream_of_the_network_is_a_camera(live, stylekit, tmp_path):
    session = live("--method", "identity")
    address = f"{session.address.scheme}://{session.address.netloc}/stream.mjpg"
    done = stylekit(
        *("live", "--camera", f"{address}?{session.address.query}", "--method", "identity"),
        *("--seconds", "1", "--mirror", "--out", "seen.webm", "--size", "32"),
    )
    assert done.returncode == 0, done.stderr
    with av.open(str(tmp_path / "seen.webm")) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert len(frames) >= 3
    assert frames[0].shape == (24, 32, 3)
    # Mirrored: the red square is at the right.
    red, green, _ = frames[-1][4, 27]
    assert red > 170
    assert green < 80


@pytest.mark.slow
def test_a_slow_viewer_gets_late_frames_and_holds_nobody_up(live):
    session = live("--method", "identity")
    slow, answer = session.stream()
    with contextlib.closing(slow):
        next(frames_of(answer, 1))
        before = json.loads(session.ask("/state")[1])["shown"]
        time.sleep(1)
        after = json.loads(session.ask("/state")[1])["shown"]
    assert after - before > 8


@pytest.mark.slow
def test_the_page_works_in_a_browser(live):
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    session = live("--method", "arbitrary", "--style", "sample:waves")
    with sync_api.sync_playwright() as driver:
        names = ("chromium-headless-shell", "chromium", "google-chrome")
        path = next(filter(None, map(shutil.which, names)), None)
        try:
            browser = driver.chromium.launch(executable_path=path)
        except sync_api.Error as error:
            pytest.skip(f"no browser starts: {error}")
        page = browser.new_page(viewport={"width": 900, "height": 800})
        problems = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(session.address.geturl(), wait_until="commit")
        expect = sync_api.expect
        expect(page.locator("#state")).to_contain_text("frames a second", timeout=20_000)
        page.wait_for_function("document.getElementById('stream').naturalWidth === 64")
        expect(page.get_by_label("Strength")).to_have_value("1")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(page.locator("#value")).to_have_text("0.90")
        page.get_by_label("Strength").fill("0.3")
        expect(page.locator("#value")).to_have_text("0.30")
        assert json.loads(session.ask("/state")[1])["strength"] == 0.3
        if folder := os.environ.get("STYLEKIT_TEST_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/live.png")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#state")).to_have_text("The session has ended.")
        browser.close()
    assert session.end()[0] == 0
    assert not [each for each in problems if "ERR_" not in each]


def test_a_port_in_use_is_refused(stylekit, clip, assert_refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = stylekit(*identity("--port", port))
    assert_refused(done, 2, f"Port {port} is in use", hint="--port 0")


@pytest.mark.parametrize(
    ("args", "words", "hint"),
    [
        (("--method", "gatys"), ("'gatys'", "optimizes each image"), "arbitrary, cyclegan"),
        (("--method", "flow"), ("'flow'", "makes whole videos"), "arbitrary, cyclegan"),
        (("--content", "none.mp4"), ("none.mp4",), ""),
        (("--content", "sample:coffee"), ("sample:coffee is an image",), "stylekit run"),
        (("--content", "clip.mp4", "--out", "clip.mp4"), ("exists already",), "--overwrite"),
        (("--content", "clip.mp4", "--out", "a.jpg"), ("'.jpg' files hold no clips",), ".mp4"),
        (("--content", "clip.mp4", "--camera", "0"), ("both given",), ""),
        (("--content", "clip.mp4", "--style", "sample:waves@2s"), ("timestamp",), "without @"),
        (("--content", "clip.mp4", "--seconds", "0"), ("above 0",), ""),
        (("--content", "clip.mp4", "--port", "70000"), ("70000",), ""),
        (("--camera", "77", "--port", "0"), ("Camera 77 cannot be opened",), "--content CLIP"),
        (("--camera", "no/such", "--port", "0"), ("Camera no/such",), "--content CLIP"),
        (("--loop", "--camera", "0"), ("--loop is for a clip",), "--content"),
    ],
)
def test_what_cannot_be_done_is_refused(stylekit, clip, assert_refused, args, words, hint):
    assert_refused(stylekit("live", *args), 2, *words, hint=hint)


def test_without_a_display_nothing_is_loaded(stylekit, clip, assert_refused):
    pytest.importorskip("tkinter")
    done = stylekit(*identity(), env={"DISPLAY": "", "WAYLAND_DISPLAY": ""})
    assert_refused(done, 2, "No window can be opened", hint="--port 8000")


@pytest.mark.slow
def test_a_camera_that_breaks_off_leaves_the_frames_before(live, stylekit, tmp_path):
    session = live("--method", "identity", "--seconds", "4")
    address = f"{session.address.scheme}://{session.address.netloc}/stream.mjpg"
    done = stylekit(
        *("live", "--camera", f"{address}?{session.address.query}", "--method", "identity"),
        *("--out", "seen.mp4", "--size", "64"),
    )
    assert done.returncode == 2, done.stderr
    assert "gives no more images" in done.error
    assert "seen.mp4 has the frames before" in done.stderr
    with av.open(str(tmp_path / "seen.mp4")) as file:
        assert list(file.decode(video=0))
