"""The keys of a run: what a config file, the command line and `stylekit.run` can set."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from stylekit.inputs.config_paths import RegionText, SourceText, StyleText, WeightsText
from stylekit.params import Params, Text, UserOnly

SHORTHANDS = ("steps", "init", "quality", "color")
"""Run keys that set the parameter of the same name of the method."""

FEATHER = "feather"
"""The blend that every executor has: a mean weighted by the mask."""


class RunConfig(Params):
    """The keys of a run, apart from the components' own tables."""

    method: str = Field("", description="Transfer method, by name or plugin:name.")
    preset: str = Field("", description="Named configuration that this one overrides.")
    content: tuple[SourceText, ...] = Field(
        (), description="Content sources: files, folders, samples."
    )
    style: tuple[StyleText, ...] = Field((), description="Style sources: SRC[@WHEN][*WEIGHT].")
    each_style: bool = Field(
        False,
        description="One result for each content with each style, instead of a blend of styles.",
    )
    region: tuple[RegionText, ...] = Field(
        (), description="Areas to paint: SRC[,grow=N][,invert][,feather=N]; none: the whole image."
    )
    interp: Literal["linear", "cosine", "step"] = Field(
        "linear", description="Transition between the key styles of a video (--style SRC@WHEN)."
    )
    keep_frames: UserOnly[bool] = Field(
        False, description="Also save the frames of a video as PNG files, in NAME.frames/."
    )
    executor: UserOnly[str] = Field(
        "", description="Executor that carries out the run, in this process or elsewhere."
    )
    blend: Text = Field(
        FEATHER,
        description="How the result is composited into its regions: feather or a blend plugin.",
    )
    out: UserOnly[Text | None] = Field(
        None, description="File or folder to write; None: a name in the working folder."
    )
    size: int | None = Field(
        None, ge=1, le=65536, description="Long side of the result in pixels; None: the method's."
    )
    precision: Literal["auto", "exact", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format inside components that support several; auto: bfloat16 on "
        "hardware made for it (Intel AMX, NVIDIA Ampere), otherwise float32; exact: no shortcuts.",
    )
    weights: tuple[WeightsText, ...] = Field(
        ("auto",),
        description="Trained weights: auto, names or files, after NETWORK= if a run uses several.",
    )
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Seed of every random number.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    memory_mb: int | None = Field(
        None,
        ge=64,
        description="Memory limit in MiB, without what the program itself takes (0.5 to 0.8 GiB on "
        "a CPU); None: the free memory.",
    )
    overwrite: UserOnly[bool] = Field(False, description="Replace existing files.")
    offline: bool = Field(False, description="Never touch the network.")
    resume: UserOnly[bool] = Field(
        False, description="Continue an unfinished run, and skip finished results."
    )
    checkpoint_seconds: UserOnly[float] = Field(
        10.0, ge=0, description="Minimum seconds between two checkpoints; 0: every step."
    )
    prefer: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="For each kind and bare name, the plugin that provides it.",
    )
    slots: dict[str, str] = Field(
        default_factory=dict, description="The component in each slot of the method, by name."
    )
    tables: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Parameters by component."
    )


RUN_KEYS = frozenset(RunConfig.model_fields) - {"slots", "tables"}

LIST_KEYS = ("content", "style", "region", "weights")
"""Run keys that take several values; a single value may stand alone."""
