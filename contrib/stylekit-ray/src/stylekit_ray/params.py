"""Parameters of the executor."""

from __future__ import annotations

from pydantic import Field

import stylekit


class RayParams(stylekit.Params):
    """Parameters of `ray`."""

    address: str = Field(
        "",
        description=(
            "Cluster to work on: auto, HOST:PORT or ray://HOST:PORT; empty: RAY_ADDRESS, or "
            "workers of this machine alone, which end with the run."
        ),
    )
    workers: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="Processes that make pictures, 1 or more; None: as many as have room.",
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=1024,
        description=(
            "Threads of each worker, 1 or more, for each of which it gets a CPU; None: as many as "
            "torch takes in this process, so that the results are those of --executor local."
        ),
    )
    gpus: float | None = Field(
        None,
        ge=0,
        le=64,
        description=(
            "GPUs of each worker; below 1, several workers share one. None: 1 where the cluster "
            "has any and --device is not cpu, else 0."
        ),
    )
    retries: int = Field(
        2,
        ge=0,
        le=100,
        description="How often a result is tried again whose worker died, 0 to 100.",
    )
    executor: str = Field(
        "execution:local", min_length=1, description="What makes the results inside a worker."
    )
    snapshots: bool = Field(
        False,
        description="Send the picture so far along with the steps, for previews. Costs bandwidth.",
    )
