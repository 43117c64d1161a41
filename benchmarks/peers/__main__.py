"""Command line: `python -m benchmarks.peers --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.cases import PAIRS, PEERS, ROOT, SIZES, Pair, Peer
from benchmarks.peers.measure import Setup, check, confirm, run_peer, run_stylekit
from benchmarks.peers.memory import BUDGETS, peer_memory, stylekit_memory
from benchmarks.peers.report import best, reach, write_report
from benchmarks.peers.store import Store

PARTS = ("check", "curves", "memory")
REQUIREMENTS = ("neural-style==0.5.7", "pastiche==1.6.0")
MEMORY_SIZE = 1024

CHECK_SIZE = 96
CHECK_SPREAD = 0.02
"""Tolerated spread; most of it is that neural-style scales white to 256 instead of 255."""


def main() -> None:
    """Measure the selected parts that have no results yet; write the report."""
    options = _parse()
    if options.make_venv:
        _make_venv(options.peers_venv, options.share_packages)
    out: Path = options.out.resolve()
    setup = Setup(out, options.peers_venv.resolve(), options.threads, options.shorten)
    store = Store(out / "results")
    pairs = [Pair(f"{Path(c).stem}-{Path(s).stem}", c, s) for c, s in options.pairs or ()] or [
        pair for pair in PAIRS if not options.pair or pair.name in options.pair
    ]
    peers = [peer for name, peer in PEERS.items() if not options.peer or name in options.peer]
    if "check" in options.only:
        spreads = store.once("check", partial(check, setup, pairs[0], CHECK_SIZE))
        if max(spreads.values()) > CHECK_SPREAD:
            sys.exit(f"stylekit's objectives are not the peers': {spreads}")
    if "curves" in options.only:
        for size in options.size:
            for pair in pairs:
                for peer in peers:
                    _curves(setup, store, peer, pair, size)
    if "memory" in options.only:
        _memory(setup, store, peers, pairs[0])
    machine = _machine(options.threads)
    report = write_report(store, machine)
    (out / "report.md").write_text(report, encoding="utf-8")
    (out / "machine.json").write_text(json.dumps(machine, indent=1) + "\n", encoding="utf-8")
    print(report)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    add = parser.add_argument
    add("--peers-venv", type=Path, required=True, metavar="DIR", help="the peers' environment")
    add(
        "--make-venv",
        action="store_true",
        help="create the environment first, and install the peers there",
    )
    add(
        "--share-packages",
        action="store_true",
        help="with --make-venv: share the packages of this environment (also torch) instead of "
        "installing them again",
    )
    add("--out", type=Path, default=Path("out/peers"), metavar="DIR", help="results (out/peers)")
    add("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure")
    add("--peer", nargs="+", choices=tuple(PEERS), help="default: all")
    add("--size", nargs="+", type=int, default=list(SIZES), help="default: 256 512")
    add("--pair", nargs="+", choices=[pair.name for pair in PAIRS], help="default: all")
    add(
        "--pairs",
        nargs=2,
        action="append",
        metavar=("CONTENT", "STYLE"),
        help="another pair instead; may be repeated",
    )
    add(
        "--threads",
        type=int,
        default=os.cpu_count() or 1,
        help="threads of each process (all cores)",
    )
    add(
        "--shorten",
        type=int,
        default=1,
        metavar="N",
        help="take 1/N of the peers' steps, to try the benchmark",
    )
    return parser.parse_args()


def _curves(setup: Setup, store: Store, peer: Peer, pair: Pair, size: int) -> None:
    name = f"{peer.name}-{size}-{pair.name}"
    theirs = store.once(f"peer-{name}", partial(run_peer, setup, peer, pair, size))
    ours = store.once(
        f"stylekit-{name}", partial(run_stylekit, setup, peer, pair, size, theirs["loop"])
    )
    there = reach(ours, theirs["final"])
    if there is not None:
        steps = there["step"]
        store.once(f"confirmed-{name}", partial(confirm, setup, peer, pair, size, steps))
    print(
        f"{name}: {theirs['loop']:.0f} s to {theirs['final']['total']:.4g} (content "
        f"{theirs['final']['content']:.4g}, best {best(theirs)['total']:.4g}); stylekit: "
        + (f"{there['seconds']:.0f} s, {there['step']} steps" if there else "not reached"),
        flush=True,
    )


def _memory(setup: Setup, store: Store, peers: Sequence[Peer], pair: Pair) -> None:
    for peer in peers:
        store.once(
            f"memory-{MEMORY_SIZE}-{peer.name}",
            partial(peer_memory, setup, peer, pair, MEMORY_SIZE),
        )
    for budget in BUDGETS:
        store.once(
            f"memory-{budget.size}-stylekit, {budget.name}",
            partial(stylekit_memory, setup, pair, budget),
        )


def _make_venv(folder: Path, share: bool) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", *REQUIREMENTS]
    if share:
        (packages,) = (folder / "lib").glob("python*/site-packages")
        mine = {path for path in sys.path if path.endswith("site-packages")}
        (packages / "shared.pth").write_text("\n".join(sorted(mine)) + "\n", encoding="utf-8")
        pip += ["--no-deps", "--force-reinstall"]
    subprocess.run(pip, check=True)


def _machine(threads: int) -> dict[str, str]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {threads} threads",
        "system": f"{platform.system()}, Python {platform.python_version()}",
        "packages": ", ".join(
            f"{name} {version(name)}" for name in ("torch", "pastiche", "stylekit")
        )
        + ", neural-style 0.5.7",
        "stylekit": f"commit {commit}",
        "date": time.strftime("%Y-%m-%d"),
        "command": " ".join(["python -m benchmarks.peers", *sys.argv[1:]]),
    }


if __name__ == "__main__":
    main()
