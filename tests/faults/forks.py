"""Starts commands as forks of a process that has imported torch already, and may kill them.

Reads one JSON object a line (args, cwd, after: seconds until SIGKILL, or null) and answers with the
exit code and the seconds it took. Each command is a process of its own with the real `main`; only
the seconds of imports are saved, so that kills hit the work.
"""

import gc
import importlib
import json
import os
import signal
import sys
import time

from stylekit.cli.main import main

for name in (
    "torch._dynamo",
    "stylekit_plugins.running.local",
    "stylekit_plugins.training.run",
    "stylekit_plugins.cyclegan.trainer",
    "stylekit_plugins.evaluation.workbench",
    "stylekit_plugins.evaluation.retention.experiment",
    "stylekit_plugins.backbones.vgg",
    "stylekit_plugins.gatys.method",
    "stylekit_plugins.media.video",
):
    importlib.import_module(name)


def become(job):
    os.chdir(job["cwd"])
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.dup2(os.open("stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    sys.argv = ["stylekit", *job["args"]]
    try:
        code = main()
    except SystemExit as ending:
        code = int(ending.code or 0)
    os._exit(code)


gc.freeze()
for line in sys.stdin:
    job = json.loads(line)
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        become(job)
    if job["after"] is not None:
        time.sleep(job["after"])
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps({"code": code, "seconds": time.monotonic() - begun}), flush=True)
