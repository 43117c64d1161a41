"""Notes on how to read the scores, and the facts that one needs to reproduce them."""

from __future__ import annotations

from stylekit_plugins.evaluation.retention.results import Findings

FEW_STYLES = 10
"""Below this number of styles, intervals that draw styles are noticeably too short."""


def make_notes(findings: Findings) -> list[str]:
    """Return sentences on how to read the scores, and on what is missing."""
    params, count = findings.params, len(findings.styles)
    lines = [
        f"Scores are means over {count} style{'s' if count != 1 else ''}. Retention is top-1 "
        "relative to the clean images. Agreement is the fraction of images whose most probable "
        "class has not changed.",
    ]
    percent = f"{100 * params.confidence:g} %"
    if count > 1:
        short = f" With {count} styles, they are too short." if count < FEW_STYLES else ""
        lines.append(
            f"Intervals: {percent}, bootstrap over the styles, {params.draws} draws.{short}"
        )
    else:
        lines.append("There are no intervals, as one style says nothing about others.")
    style_agnostic = [
        results.variant.label for results in findings.results if results.style_agnostic
    ]
    if style_agnostic:
        lines.append(
            f"{', '.join(style_agnostic)}: one image for all styles, so the intervals "
            "are over the images (Wilson; bootstrap for retention)."
        )
    for name, reason in findings.unavailable.items():
        lines.append(f"{name} is unavailable: {reason}")
    lines += _left_out(findings)
    for results in findings.results:
        failed = len(results.failures)
        if failed:
            reason = results.failures[0][2]
            lines.append(f"{results.variant.label}: {failed} results failed, the first: {reason}")
        for name, reason in results.notes.items():
            lines.append(f"{results.variant.label}: {name} is missing or incomplete: {reason}")
    return lines


def _left_out(findings: Findings) -> list[str]:
    lines = []
    if findings.unreadable:
        names = ", ".join(list(findings.unreadable)[:5])
        lines.append(
            f"{len(findings.unreadable)} unreadable images are left out everywhere: {names}."
        )
    if findings.dataset.unknown:
        count = sum(each for each, _ in findings.dataset.unknown.values())
        names = ", ".join(list(findings.dataset.unknown)[:5])
        lines.append(f"{count} images have labels that are no class of the classifier: {names}.")
    if findings.dataset.unlabeled:
        lines.append(f"{len(findings.dataset.unlabeled)} images have no label.")
    if findings.unreadable_styles:
        lines.append(f"Unreadable styles are left out: {', '.join(findings.unreadable_styles)}.")
    return lines


def facts(findings: Findings) -> list[str]:
    """Return the seed, settings, versions and weights that reproduce the scores."""
    context = findings.context
    lines = [
        f"Seed {context.seed}; {len(findings.clean)} images; styles: "
        f"{', '.join(findings.style_names().values())}.",
        f"Classifier {findings.classifier}; settings SHA-256 {context.digest()}.",
        "Versions: " + ", ".join(f"{k} {v}" for k, v in context.versions.items()) + ".",
        f"Device: {context.describe_device()}.",
        *(
            f"Weights of {network}: {used['name']}, SHA-256 {used['sha256']}."
            for network, used in weights(findings).items()
        ),
    ]
    if context.command:
        lines.append(f"Command: {context.command}")
    return lines


def weights(findings: Findings) -> dict[str, dict[str, str]]:
    """Return the weights that metrics, classifier and methods used, by network."""
    used = {
        network: {"name": choice["name"], "sha256": choice["sha256"]}
        for network, choice in findings.context.weights_used().items()
    }
    for results in findings.results:
        for network, choice in results.stylized.weights.items():
            used.setdefault(network, dict(choice))
    return dict(sorted(used.items()))
