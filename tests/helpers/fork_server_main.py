"""Starts commands as forks of a process that has imported torch already; see conftest.py.

Reads one JSON object a line (args, cwd, env, after: seconds until SIGKILL, or null; stdout, stderr:
a path, `closed`, `no reader` or `gone terminal`) and answers with the exit code and the most memory
in KiB. Each command is a process of its own with the real `main`; only the seconds of imports are
saved.
"""

import gc
import importlib
import json
import os
import pty
import signal
import sys
import time

from stylekit.cli.main import main

for name in (
    "torch._dynamo",
    "stylekit_plugins.execution.local",
    "stylekit_plugins.training.loop",
    "stylekit_plugins.cyclegan.trainer",
    "stylekit_plugins.evaluation.context",
    "stylekit_plugins.evaluation.retention.experiment",
    "stylekit_plugins.metrics.perceptual",
    "stylekit_plugins.backbones.vgg",
    "stylekit_plugins.gatys.method",
    "stylekit_plugins.media.image",
    "stylekit_plugins.media.video",
    "stylekit_plugins.optimizers.lbfgs",
    "stylekit_plugins.video.flow",
    "stylekit_plugins.video.per_frame",
):
    importlib.import_module(name)


def opened(target):
    if target == "no reader":
        reader, writer = os.pipe()
        os.close(reader)
    elif target == "gone terminal":
        reader, writer = pty.openpty()
        os.close(reader)
    else:
        writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    return writer


def become(job):
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if job[name] == "closed":
            os.close(number)
            setattr(sys, name, None)
        else:
            os.dup2(opened(job[name]), number)
    sys.argv = ["stylekit", *job["args"]]
    try:
        code = main()
    except SystemExit as ending:
        code = int(ending.code or 0)
    if sys.stdout is not None:
        sys.stdout.flush()
    # Taking the imported modules apart costs half a second, and nothing here depends on it.
    os._exit(code)


gc.freeze()
for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if child == 0:
        become(job)
    if job["after"] is not None:
        time.sleep(job["after"])
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, flush=True)
