"""A plugin that brings weights sources of its own, really installed: a model hub and an archive."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
import zipfile

import pytest
import torch
from safetensors.torch import save

pytestmark = pytest.mark.slow

STATE = save({"gain": torch.tensor([0.5, 0.75, 1.0])})
DIGEST = hashlib.sha256(STATE).hexdigest()
FILE = "/artist/tint/resolve/v1/tint.safetensors"

PLUGIN = '''
import shutil
import zipfile
from dataclasses import dataclass
from typing import ClassVar

import stylekit
from stylekit.weights import WeightsSource

STYLEKIT_API = 1


@dataclass(frozen=True, kw_only=True)
class Hub(WeightsSource):
    """A file of a repository on a model hub."""

    origin: ClassVar[str] = "hub"

    host: str
    repository: str
    revision: str
    file: str

    @property
    def file_name(self):
        return self.file

    def describe(self):
        return f"{self.repository}@{self.revision}"

    def fetch(self, draft):
        draft.download(f"{self.host}/{self.repository}/resolve/{self.revision}/{self.file}")


@dataclass(frozen=True, kw_only=True)
class Archive(WeightsSource):
    """A file in a zip archive on a disk that several machines share."""

    origin: ClassVar[str] = "archive"
    needs_network: ClassVar[bool] = False

    archive: str
    member: str

    @property
    def file_name(self):
        return self.member

    def describe(self):
        return f"{self.archive}:{self.member}"

    def fetch(self, draft):
        with zipfile.ZipFile(self.archive) as archive, archive.open(self.member) as packed:
            with draft.path.open("wb") as file:
                shutil.copyfileobj(packed, file)


class Broken(Hub):
    """A source with a bug."""

    def locate(self):
        raise KeyError("no such bucket")


@stylekit.hookimpl
def register_weights():
    shared = {
        "network": "tint",
        "sha256": "DIGEST",
        "license": "MIT",
        "factory": f"{__name__}.tint:TintWeights",
    }
    hub = {"host": "HOST", "repository": "artist/tint", "revision": "v1"}
    yield stylekit.WeightsSpec(
        name="tint-hub",
        summary="From the hub.",
        source=Hub(file="tint.safetensors", **hub),
        size_mb=0.1,
        default=True,
        **shared,
    )
    yield stylekit.WeightsSpec(
        name="tint-archive",
        summary="From the archive.",
        source=Archive(archive="ARCHIVE", member="tint.safetensors"),
        size_mb=0.2,
        **shared,
    )
    yield stylekit.WeightsSpec(
        name="tint-unpinned",
        summary="Without a digest.",
        source=Hub(file="tint.safetensors", **hub),
        **shared | {"sha256": None},
    )
    yield stylekit.WeightsSpec(
        name="broken",
        summary="With a bug.",
        source=Broken(file="tint.safetensors", **hub),
        **shared | {"network": "other"},
    )


@stylekit.hookimpl
def register_methods():
    yield stylekit.MethodSpec(
        name="tint",
        summary="Multiplies each channel by a number.",
        styles=(0, 0),
        networks=("tint",),
        factory=f"{__name__}.tint:Tint",
    )
'''

TINT = '''
import stylekit
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.weights.tensor_files import as_float32, read_state_dict


class TintWeights:
    """Decodes the gains."""

    def __init__(self, params):
        pass

    def decode(self, path):
        gain = as_float32(read_state_dict(path).get("gain"), "gain", path)
        return LoadedWeights({"gain": gain}, Preprocessing())


class Tint(stylekit.FeedForward):
    """Multiplies each channel by a number."""

    def __init__(self, params):
        pass

    def forward_image(self, job):
        return job.content.image.pixels[None] * job.weights("tint").state["gain"].view(1, 3, 1, 1)
'''

RUN = ("run", "--method", "tint", "--content", "sample:coffee", "--size", "32", "--device", "cpu")


class Served:
    """A hub on this machine.

    Attributes:
        content: the bytes of its file.
        requests: the paths that were requested.
    """

    def __init__(self) -> None:
        self.content = STATE
        self.requests: list[str] = []
        self.address = ""


@pytest.fixture(scope="module")
def hub():
    served = Served()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            served.requests.append(self.path)
            self.send_response(200 if self.path == FILE else 404)
            self.send_header("Content-Length", str(len(served.content)))
            self.end_headers()
            self.wfile.write(served.content)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    served.address = f"http://127.0.0.1:{server.server_port}"
    yield served
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def environment(hub, make_plugin, build_wheels, make_environment, stylekit_wheel, tmp_path_factory):
    archive = tmp_path_factory.mktemp("shared") / "networks.zip"
    with zipfile.ZipFile(archive, "w") as networks:
        networks.writestr("tint.safetensors", STATE)
    source = PLUGIN.replace("DIGEST", DIGEST).replace("HOST", hub.address)
    project = make_plugin("hub", source.replace("ARCHIVE", str(archive)), modules={"tint": TINT})
    return make_environment(stylekit_wheel, *build_wheels(project))


@pytest.fixture(autouse=True)
def fresh(hub):
    hub.content = STATE
    hub.requests.clear()


@pytest.fixture
def cache(tmp_path):
    """An empty cache, as the environment variables that choose it."""
    return {"STYLEKIT_CACHE": str(tmp_path)}


def recorded(environment, name):
    text = (environment.folder / f"{name}.stylekit.json").read_text(encoding="utf-8")
    return json.loads(text)["weights"]["tint"]


def test_a_run_takes_its_file_and_the_record_names_source_and_digest(environment, cache, hub):
    first, again, archive = environment.stylekit_each(
        [*RUN, "--weights", "tint-hub", "--out", "first.png"],
        [*RUN, "--weights", "tint-hub", "--out", "again.png", "--offline"],
        [*RUN, "--weights", "tint-archive", "--out", "archive.png", "--offline"],
        env=cache,
    )
    assert first.returncode == 0, first.stderr
    assert "Fetching tint-hub (0.1 MB, artist/tint@v1)" in first.stderr
    assert "tint-hub (hub; license MIT)" in first.stderr
    weights = recorded(environment, "first")
    assert weights["name"] == "hub:tint-hub"
    assert weights["origin"] == "hub"
    assert weights["source"] == "artist/tint@v1"
    assert weights["sha256"] == DIGEST
    assert again.returncode == 0, again.stderr
    assert recorded(environment, "again")["origin"] == "cache"
    assert hub.requests == [FILE]
    assert archive.returncode == 0, archive.stderr
    assert recorded(environment, "archive")["origin"] == "archive"
    images = {(environment.folder / f"{n}.png").read_bytes() for n in ("first", "again", "archive")}
    assert len(images) == 1


def test_offline_is_respected_by_the_source_that_needs_the_network(environment, cache, hub):
    refused, chosen, fetched = environment.stylekit_each(
        [*RUN, "--weights", "tint-hub", "--offline", "--out", "offline.png"],
        [*RUN, "--offline", "--out", "chosen.png"],
        ["weights", "fetch", "tint-hub", "--offline"],
        env=cache,
    )
    assert (refused.returncode, fetched.returncode) == (3, 3)
    assert "--offline forbids fetching" in refused.stderr
    assert hub.requests == []
    assert chosen.returncode == 0, chosen.stderr
    assert recorded(environment, "chosen")["name"] == "hub:tint-archive"


def test_a_damaged_file_is_refused_and_not_cached(environment, cache, hub, tmp_path):
    hub.content = STATE[:-1] + b"!"
    pinned, unpinned, automatic = environment.stylekit_each(
        [*RUN, "--weights", "tint-hub", "--out", "damaged.png"],
        [*RUN, "--weights", "tint-unpinned", "--out", "unpinned.png"],
        [*RUN, "--out", "automatic.png"],
        env=cache,
    )
    assert pinned.returncode == 2
    assert "is damaged" in pinned.stderr
    assert DIGEST[:16] in pinned.stderr
    assert unpinned.returncode == 2
    assert "their plugin pins no SHA-256" in unpinned.stderr
    # The next source has the right file.
    assert automatic.returncode == 0, automatic.stderr
    assert recorded(environment, "automatic")["origin"] == "archive"
    cached = [path.name for path in (tmp_path / "weights").iterdir()]
    assert cached == ["tint-archive-tint.safetensors"]


def test_weights_and_doctor_speak_of_the_sources(environment, cache, hub, tmp_path):
    before, doctor, fetched, after = environment.stylekit_each(
        ["weights", "list", "--json"],
        ["doctor", "--json"],
        ["weights", "fetch", "tint-hub"],
        ["weights", "verify", "tint-hub", "--json"],
        env=cache,
    )
    rows = {row["name"]: row for row in json.loads(before.stdout)["weights"]}
    assert rows["tint-hub"]["state"] == rows["broken"]["state"] == "not fetched"
    assert rows["tint-hub"]["source"] == "artist/tint@v1"
    assert rows["tint-archive"]["source"].endswith("networks.zip:tint.safetensors")
    assert "The source of weights 'broken' failed: KeyError: 'no such bucket'" in before.stderr
    assert json.loads(doctor.stdout)["weights tint"] == "fetched at first use"
    path = tmp_path / "weights" / "tint-hub-tint.safetensors"
    assert fetched.stdout.strip() == str(path)
    assert path.read_bytes() == STATE
    assert json.loads(after.stdout)["weights"][0]["state"] == "verified"

    path.write_bytes(STATE[:-1])
    damaged, doctor = environment.stylekit_each(
        ["weights", "verify", "tint-hub", "--json"], ["doctor", "--json"], env=cache
    )
    assert damaged.returncode == 2
    assert json.loads(damaged.stdout)["weights"][0]["state"] == "damaged"
    (problem,) = [line for line in json.loads(doctor.stdout)["problems"] if str(path) in line]
    assert "is damaged" in problem
    assert "stylekit weights fetch tint-hub" in problem
