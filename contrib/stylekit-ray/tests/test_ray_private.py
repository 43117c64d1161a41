"""A cluster of this machine is this run's alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

# Runs in processes of its own: a process is connected to one cluster, and keeps its token.
OPENED = """
JOIN = '''
import sys
from ray._raylet import GcsClient
print(len(GcsClient(sys.argv[1]).get_all_node_info()))
'''

import json, os, subprocess, sys
import psutil
import ray
from stylekit_ray.cluster import cluster

before = dict(os.environ)
found = []
for _ in range(2):
    with cluster("", 1):
        echo = ray.remote(lambda: 7)
        assert ray.get(echo.remote()) == 7
        here = psutil.Process()
        ports = set()
        for each in [here, *here.children(recursive=True)]:
            assert os.environ["RAY_AUTH_TOKEN"] not in " ".join(each.cmdline())
            ports |= {tuple(c.laddr) for c in each.net_connections() if c.status == "LISTEN"}
        address = ray.get_runtime_context().gcs_address
        clean = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
        answers = []
        for more in ({}, {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "a" * 64}, None):
            others = dict(os.environ) if more is None else {**clean, **more}
            ran = subprocess.run(
                [sys.executable, "-c", JOIN, address], env=others, capture_output=True, text=True
            )
            answers.append(ran.stdout or ran.stderr)
    found.append({"ports": sorted(ports), "answers": answers})
changed = {k for k in {*before, *os.environ} if before.get(k) != os.environ.get(k)}
print(json.dumps({"found": found, "changed": sorted(changed)}))
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict:
    home = tmp_path_factory.mktemp("home")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
    ran = subprocess.run(
        [sys.executable, "-c", OPENED], env={**environment, "HOME": str(home)},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert not list(home.iterdir()), "no token is left for later runs"
    return json.loads(ran.stdout.splitlines()[-1])


def test_workers_of_this_machine_listen_on_loopback_alone(opened: dict):
    for one in opened["found"]:
        hosts = {host.removeprefix("::ffff:") for host, _ in one["ports"]}
        assert hosts
        assert hosts <= {"127.0.0.1", "::1"}


def test_nobody_joins_without_the_token_of_the_run(opened: dict):
    for one in opened["found"]:
        *others, own = one["answers"]
        assert own == "1\n"
        for answer in others:
            assert "AuthenticationError" in answer


def test_the_token_ends_with_the_run(opened: dict):
    assert not [name for name in opened["changed"] if "AUTH" in name]
