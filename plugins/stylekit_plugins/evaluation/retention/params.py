"""Parameters of the experiment."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import FileText, Params


class RetentionParams(Params):
    """What is classified, measured and compared."""

    classifier: tuple[str, ...] = Field(
        ("resnet50", "efficientnet-lite0"),
        min_length=1,
        description="Classifiers; the first whose weights can be had is taken.",
    )
    measures: tuple[str, ...] = Field(
        ("style", "ssim"),
        description="Evaluators of results to show beside: of pairs or sets, such as style, sifid, "
        "ssim, lpips, dists, kid, fid, artfid. The first one that lower is better of is the "
        "abscissa of the plot.",
    )
    baseline: str = Field(
        "", description="Method that the others are compared with; empty: the first."
    )
    references: tuple[str, ...] = Field(
        ("identity",), description="Methods that are shown but not ranked."
    )
    limit: int | None = Field(
        None, ge=1, description="Most pictures to take, evenly spread over the set; None: all."
    )
    labels: FileText = Field(
        "",
        description="JSON file that says what the labels of the data set mean: an object from a "
        "folder's name (or `wnid` in a file's name) to a WordNet id or a class's name.",
    )
    draws: int = Field(10_000, ge=100, le=1_000_000, description="Draws of the bootstrap.")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Of every interval.")
    sheet_rows: int = Field(4, ge=1, le=50, description="Pictures on the contact sheet.")
