"""What a reader must know beside the figures, in sentences; and what repeats them."""

from __future__ import annotations

from stylekit_plugins.evaluation.retention.results import Findings

FEW_STYLES = 10
"""Below so many, intervals that draw styles are noticeably too short."""


def notes(found: Findings) -> list[str]:
    """Return how the figures are to be read, and what is missing."""
    params, count = found.params, len(found.styles)
    lines = [
        f"Figures are means over {count} style{'s' if count != 1 else ''}; retention is top-1 "
        "relative to the clean pictures, agreement the share whose likeliest class has not "
        "changed.",
    ]
    percent = f"{100 * params.confidence:g} %"
    if count > 1:
        short = f" With {count} styles they are too short." if count < FEW_STYLES else ""
        lines.append(
            f"Intervals: {percent}, bootstrap over the styles, {params.draws} draws.{short}"
        )
    else:
        lines.append("One style: nothing can be said of others, so that there are no intervals.")
    blind = [results.variant.label for results in found.results if results.blind]
    if blind:
        lines.append(
            f"{', '.join(blind)}: the same picture for every style, so that intervals of shares "
            "are over the pictures (Wilson; of retention, bootstrap)."
        )
    for name, reason in found.unavailable.items():
        lines.append(f"{name} could not be had: {reason}")
    lines += _left_out(found)
    for results in found.results:
        failed = len(results.failures)
        if failed:
            some = results.failures[0][2]
            lines.append(f"{results.variant.label} failed at {failed} results, first with: {some}")
        for name, reason in results.notes.items():
            lines.append(f"{results.variant.label}: {name} is missing or incomplete: {reason}")
    return lines


def _left_out(found: Findings) -> list[str]:
    lines = []
    if found.unreadable:
        names = ", ".join(list(found.unreadable)[:5])
        lines.append(f"Unreadable and left out everywhere: {len(found.unreadable)} ({names}).")
    if found.dataset.unknown:
        count = sum(each for each, _ in found.dataset.unknown.values())
        names = ", ".join(list(found.dataset.unknown)[:5])
        lines.append(f"Labels without a class of the classifier: {names} ({count} pictures).")
    if found.dataset.unlabeled:
        lines.append(f"Without a label: {len(found.dataset.unlabeled)} pictures.")
    if found.unreadable_styles:
        lines.append(f"Styles that cannot be read: {', '.join(found.unreadable_styles)}.")
    return lines


def facts(found: Findings) -> list[str]:
    """Return what repeats the figures."""
    context = found.context
    lines = [
        f"Seed {context.seed}; {len(found.clean)} pictures; styles: "
        f"{', '.join(found.style_names().values())}.",
        f"Classifier {found.classifier}; settings SHA-256 {context.digest()}.",
        "Versions: " + ", ".join(f"{k} {v}" for k, v in context.versions.items()) + ".",
        f"Device: {context.describe_device()}.",
        *(
            f"Weights of {network}: {used['name']}, SHA-256 {used['sha256']}."
            for network, used in weights(found).items()
        ),
    ]
    if context.command:
        lines.append(f"Command: {context.command}")
    return lines


def weights(found: Findings) -> dict[str, dict[str, str]]:
    """Return all weights that were used, by network, those of the methods among them."""
    used = {
        network: {"name": choice["name"], "sha256": choice["sha256"]}
        for network, choice in found.context.weights_used().items()
    }
    for results in found.results:
        for network, choice in results.stylized.weights.items():
            used.setdefault(network, dict(choice))
    return dict(sorted(used.items()))
