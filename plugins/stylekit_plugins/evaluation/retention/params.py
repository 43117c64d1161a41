"""Parameters of the experiment."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import FileText, Params


class RetentionParams(Params):
    """Classifiers, metrics, references and statistics of the experiment."""

    classifier: tuple[str, ...] = Field(
        ("resnet50", "efficientnet-lite0"),
        min_length=1,
        description="Classifiers in order of preference. The first one with available weights is "
        "used; a warning says so if it is not the first, and the report names it. Name one alone "
        "to use it or none.",
    )
    metrics: tuple[str, ...] = Field(
        ("style", "ssim"),
        description="Metrics to report beside retention, such as style, sifid, ssim, lpips, dists, "
        "kid, fid or artfid. The first one for which lower is better is the x axis of the plot.",
    )
    baseline: str = Field("", description="Method to compare the others with; empty: the first.")
    references: tuple[str, ...] = Field(
        ("identity",), description="Methods to show without ranking them."
    )
    limit: int | None = Field(
        None,
        ge=1,
        description="Maximum number of images, evenly spread over the dataset; None: all.",
    )
    labels: FileText = Field(
        "",
        description="JSON file with the meaning of the dataset's labels: an object from a folder's "
        "name (or the WNID in a file's name) to a WordNet id or the name of a class.",
    )
    draws: int = Field(10_000, ge=100, le=1_000_000, description="Draws of the bootstrap.")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Confidence level of the intervals.")
    sheet_rows: int = Field(4, ge=1, le=50, description="Images on the contact sheet.")
