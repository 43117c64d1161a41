"""A process that has imported torch already, and forks commands."""

import json
import select
import subprocess
import sys
from pathlib import Path


class ForkServer:
    """Forks commands from one process that is imported once.

    Args:
        within: words before its command, as of a program that confines it.

    Attributes:
        peak: the most memory of the latest command in KiB, that of the imports with it.
    """

    peak = 0

    def __init__(self, folder, env, within=()):
        self.folder = folder
        script = Path(__file__).with_name("fork_server_main.py")
        self.process = subprocess.Popen(
            [*within, sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=env,
        )

    def run(self, args, cwd, env, timeout, after=None, **streams):
        """Return exit code, stdout and stderr; with `after`, it is killed after so many seconds.

        Args:
            streams: where else stdout or stderr go; see forked.py.
        """
        out, err = self.folder / "stdout", self.folder / "stderr"
        job = {"args": args, "cwd": str(cwd), "env": env, "after": after}
        job |= {"stdout": str(out), "stderr": str(err)} | streams
        for path in (out, err):
            # A killed one may not come to opening them.
            path.write_text("")
        print(json.dumps(job), file=self.process.stdin, flush=True)
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        assert ready, f"{args} takes longer than {timeout} s"
        code, self.peak = map(int, self.process.stdout.readline().split())
        said = (path.read_text(encoding="utf-8", errors="surrogateescape") for path in (out, err))
        return code, *said

    def stop(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
