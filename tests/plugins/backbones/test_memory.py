"""`bytes_per_pixel` against the memory that a process takes, measured from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SIDE = 256

STYLE_AND_CONTENT = "relu1_1 relu2_1 relu3_1 relu4_1 relu4_2 relu5_1"
BEFORE_RELU = "conv1_1 conv2_1 conv3_1 conv4_1 conv4_2 conv5_1"

SCRIPT = f"""
import json, sys
from pathlib import Path
import psutil, torch
from stylekit import Host
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.backbones.vgg import VGG, VGGParams
from stylekit_plugins.losses.gram import GramLoss
from stylekit_plugins.losses.params import GramParams

mode, pooling, *layers = sys.argv[1:]
weights = WeightsManager(Host().catalogue, {{}}).load("vgg19", "vgg19-oxford-8bit")
loss = GramLoss(GramParams(precision="float32"))
net = VGG(VGGParams(precision="exact"), weights)
# Not at construction: measuring activations on photographs would be the peak.
net.pooling = pooling

def once(side):
    image = torch.rand(1, 3, side, side, requires_grad=True)
    total = 0
    features = net.features(image, layers) if mode == "features" else None
    for layer, value in features.items() if features else net.native_features(image, layers):
        total = total + loss.measure(value).square().mean()
        del value
    total.backward()

once(64)
before = psutil.Process().memory_info().rss
once({SIDE})
# Not getrusage, which starts with the peak of the parent process.
(line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
peak = int(line.split()[1]) * 1024
estimate = net.bytes_per_pixel if mode == "features" else net.native_bytes_per_pixel
print(json.dumps([peak - before, estimate(layers) * {SIDE} ** 2]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize(
    ("mode", "pooling", "layers"),
    [
        ("features", "max", STYLE_AND_CONTENT),
        ("features", "average", BEFORE_RELU),
        ("native", "max", STYLE_AND_CONTENT),
    ],
)
def test_the_estimate_is_a_tight_upper_bound(mode: str, pooling: str, layers: str) -> None:
    command = [sys.executable, "-c", SCRIPT, mode, pooling, *layers.split()]
    # Every tensor is returned to the system at once; otherwise gaps between small ones count too.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    output = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=300
    )
    taken, estimated = json.loads(output.stdout.splitlines()[-1])
    assert 0.5 * estimated < taken < estimated
