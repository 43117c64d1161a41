"""The limits of the process' own control groups, of whatever version, and of ulimit, are heeded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stylekit.machine.limits import ControlGroups, prepare_threads

MIB = 2**20
MOUNT2 = "30 1 0:26 {group} /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
MOUNT1 = "35 31 0:32 {group} /sys/fs/cgroup/{name} rw - cgroup cgroup rw,{name}\n"


@pytest.fixture
def tree(tmp_path):
    """Return a function that writes files below a root, and returns the control groups there."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return ControlGroups(tmp_path)

    return write


def test_without_control_groups_there_is_no_limit(tree):
    groups = tree({})
    assert groups.memory_left() is None
    assert groups.cpus() is None


def test_the_own_group_counts_and_not_the_root_alone(tree):
    job = "sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/step_0"
    groups = tree(
        {
            "proc/self/cgroup": "0::/system.slice/slurmstepd.scope/job_7/step_0\n",
            "proc/self/mountinfo": MOUNT2.format(group="/"),
            f"{job}/memory.max": "max\n",
            f"{job}/memory.high": "max\n",
            f"{job}/memory.current": f"{300 * MIB}\n",
            f"{job}/../memory.max": f"{1500 * MIB}\n",
            f"{job}/../memory.high": "max\n",
            f"{job}/../memory.current": f"{700 * MIB}\n",
            f"{job}/../memory.stat": f"anon 5\ninactive_file {100 * MIB}\nactive_file {50 * MIB}\n",
            f"{job}/cpu.max": "max 100000\n",
            f"{job}/../cpu.max": "150000 100000\n",
            f"{job}/../../cpu.max": "800000 100000\n",
        }
    )
    # What the other processes of the job use is gone, and what files have in memory gives way.
    assert groups.memory_left() == (1500 - 700 + 150) * MIB
    assert groups.cpus() == 1.5


def test_a_limit_that_only_slows_down_counts(tree):
    unit = "sys/fs/cgroup/user.slice/run.scope"
    groups = tree(
        {
            "proc/self/cgroup": "0::/user.slice/run.scope\n",
            "proc/self/mountinfo": MOUNT2.format(group="/"),
            f"{unit}/memory.max": f"{900 * MIB}\n",
            f"{unit}/memory.high": f"{600 * MIB}\n",
            f"{unit}/memory.current": f"{100 * MIB}\n",
        }
    )
    assert groups.memory_left() == 500 * MIB


def test_more_used_than_allowed_leaves_nothing(tree):
    groups = tree(
        {
            "proc/self/cgroup": "0::/\n",
            "proc/self/mountinfo": MOUNT2.format(group="/"),
            "sys/fs/cgroup/memory.max": f"{100 * MIB}\n",
            "sys/fs/cgroup/memory.current": f"{130 * MIB}\n",
        }
    )
    assert groups.memory_left() == 0


@pytest.mark.parametrize("path", ["/docker/abc", "/", "/../../docker/abc"])
def test_a_container_sees_its_own_group_as_the_root(tree, path):
    groups = tree(
        {
            "proc/self/cgroup": f"0::{path}\n",
            "proc/self/mountinfo": MOUNT2.format(group="/docker/abc"),
            "sys/fs/cgroup/memory.max": f"{800 * MIB}\n",
            "sys/fs/cgroup/memory.current": f"{100 * MIB}\n",
            "sys/fs/cgroup/cpu.max": "200000 100000\n",
        }
    )
    assert groups.memory_left() == 700 * MIB
    assert groups.cpus() == 2


def test_version_1(tree):
    memory = "sys/fs/cgroup/memory/slurm/uid_5/job_7"
    groups = tree(
        {
            "proc/self/cgroup": "5:memory:/slurm/uid_5/job_7\n3:cpu,cpuacct:/slurm\n0::/\n",
            "proc/self/mountinfo": MOUNT1.format(group="/", name="memory")
            + MOUNT1.format(group="/", name="cpu,cpuacct"),
            f"{memory}/memory.limit_in_bytes": "9223372036854771712\n",
            f"{memory}/memory.usage_in_bytes": f"{50 * MIB}\n",
            f"{memory}/../memory.limit_in_bytes": f"{2000 * MIB}\n",
            f"{memory}/../memory.usage_in_bytes": f"{900 * MIB}\n",
            f"{memory}/../memory.stat": f"cache 7\ntotal_inactive_file {200 * MIB}\n",
            "sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_quota_us": "50000\n",
            "sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        }
    )
    assert groups.memory_left() == (2000 - 900 + 200) * MIB
    assert groups.cpus() == 0.5


def test_a_limit_above_what_is_seen_of_version_1(tree):
    groups = tree(
        {
            "proc/self/cgroup": "5:memory:/kubepods/pod/abc\n",
            "proc/self/mountinfo": MOUNT1.format(group="/kubepods/pod/abc", name="memory"),
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{100 * MIB}\n",
            "sys/fs/cgroup/memory/memory.stat": f"hierarchical_memory_limit {600 * MIB}\n",
        }
    )
    assert groups.memory_left() == 500 * MIB


@pytest.mark.parametrize("quota", [None, 1.0])
@pytest.mark.parametrize("asked", [None, "7"])
def test_threads_keep_to_the_quota_unless_their_number_is_chosen(monkeypatch, quota, asked):
    monkeypatch.setattr(ControlGroups, "cpus", lambda self: quota)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    # Set first, so that whatever the function sets is gone after the test.
    monkeypatch.setenv("OMP_WAIT_POLICY", "")
    monkeypatch.setenv("OMP_NUM_THREADS", asked or "")
    if not asked:
        monkeypatch.delenv("OMP_NUM_THREADS")
    prepare_threads()
    assert os.environ.get("OMP_NUM_THREADS") == (asked or ("1" if quota else None))


@pytest.mark.parametrize("asked", [None, "ACTIVE"])
def test_threads_sleep_while_they_wait_unless_the_environment_says_otherwise(monkeypatch, asked):
    # Set first, for the reason above.
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, asked or "")
        monkeypatch.delenv(name)
    if asked:
        monkeypatch.setenv("OMP_WAIT_POLICY", asked)
    prepare_threads()
    assert os.environ["OMP_WAIT_POLICY"] == (asked or "PASSIVE")
    assert os.environ.get("GOMP_SPINCOUNT") == (None if asked else "1000")


LEFT = """
import resource, torch
from stylekit.machine import devices
cpu = torch.device("cpu")
before = devices.free_memory(cpu)
import psutil
used = psutil.Process().memory_info().vms
resource.setrlimit(resource.RLIMIT_AS, (used + 700 * 2**20, resource.RLIM_INFINITY))
after = devices.free_memory(cpu)
assert after <= min(before, 350 * 2**20), (before, after)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count so")
def test_ulimit_counts():
    subprocess.run([sys.executable, "-c", LEFT], check=True, timeout=60)


@pytest.fixture
def group():
    """A control group of memory of this machine, with a limit of 1 GiB, or a skipped test."""
    place = Path("/sys/fs/cgroup/memory")
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory" and (place / path.lstrip("/")).is_dir():
            place /= path.lstrip("/")
    made = place / f"stylekit-test-{os.getpid()}"
    try:
        made.mkdir()
        (made / "memory.limit_in_bytes").write_text(str(2**30))
    except OSError as error:
        if made.is_dir():
            made.rmdir()
        pytest.skip(f"no control group can be made here ({error})")
    yield made
    made.rmdir()


INSIDE = """
import sys
from pathlib import Path
Path(sys.argv[1], "cgroup.procs").write_text("0")
from stylekit.machine import limits
left = limits.memory_left()
assert 0 < left <= 2**30, left
held = bytearray(200 * 2**20)
assert limits.memory_left() < left - 150 * 2**20
"""


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
def test_a_real_control_group(group):
    subprocess.run([sys.executable, "-c", INSIDE, str(group)], check=True, timeout=60)
