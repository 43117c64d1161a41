"""Read `--weights`: which weights for which network."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from stylekit.errors import UsageError
from stylekit.files.paths import exists, is_file, looks_like_path
from stylekit.registry.catalogue import Catalogue
from stylekit.specs import WeightsSpec
from stylekit.text import did_you_mean
from stylekit.weights.defaults import default_weights

AUTO = "auto"

_PIN = re.compile(r"(.+)#sha256=([^=]*)", re.DOTALL)


def requested_weights(
    stated: Collection[str], networks: Sequence[str], catalogue: Catalogue
) -> dict[str, str]:
    """Return the name or path of the requested weights by network; others are chosen by `auto`.

    Args:
        stated: each `auto`, the name of a weights component, the path of a file, or one of these
            after `NETWORK=`; `#sha256=HEX` may follow. Files without a network are assigned in the
            order of the networks.
        networks: those of the run, the backbone's first.

    Raises:
        UsageError: one is for a network that the run does not use, or two are for one network; or
            a network has several defaults.
    """
    requested: dict[str, str] = {}
    specs = [component.spec for component in catalogue.all(WeightsSpec)]
    known = {*networks, *(spec.network for spec in specs)}
    for text in stated:
        network, separator, what = text.partition("=")
        if not separator or network not in known:
            what, network = text, _network_of(text, networks, requested, catalogue)
        if what == AUTO:
            continue
        if network not in networks:
            usable = [spec.name for spec in specs if spec.network in networks]
            raise UsageError(
                f"Weights '{text}' are for {network}, not for "
                f"{', '.join(networks) or 'this run, which needs none'}.",
                did_you_mean(what, usable) if usable else None,
            )
        if network in requested:
            raise UsageError(f"Weights '{text}': those of {network} are named twice.")
        requested[network] = what
    for network in networks:
        if network not in requested:
            # Two defaults are an error before anything is loaded.
            default_weights(network, catalogue)
    return requested


def _network_of(
    what: str, networks: Sequence[str], requested: Collection[str], catalogue: Catalogue
) -> str:
    if what == AUTO:
        return ""
    source, _ = split_pin(what)
    if not looks_like_path(source):
        try:
            return catalogue.find(WeightsSpec, source).spec.network
        except UsageError as error:
            if is_file(source):
                error.hint = f"For the file of that name, write ./{source}."
            raise
    free = [network for network in networks if network not in requested]
    if not free:
        raise UsageError(
            f"Weights '{what}': this run has no network left for them.",
            "Leave them out, or see the networks in `stylekit describe METHOD`. Of several trained "
            "networks for one result, each is a style: --style FILE*WEIGHT.",
        )
    return free[0]


def split_pin(text: str) -> tuple[str, str | None]:
    """Split `WEIGHTS#sha256=HEX`; a file whose own name looks like that is left as it is.

    Raises:
        UsageError: HEX does not have 64 hexadecimal digits.
    """
    match = _PIN.fullmatch(text)
    if match is None or exists(text):
        return text, None
    digest = match[2].lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise UsageError(
            f"Weights '{text}': a SHA-256 has 64 hexadecimal digits.",
            "`sha256sum FILE` prints it.",
        )
    return match[1], digest


def without_pin(text: str) -> str:
    """Return `[NETWORK=]WEIGHTS` of `[NETWORK=]WEIGHTS[#sha256=HEX]`."""
    match = _PIN.fullmatch(text)
    return match[1] if match and not exists(text) else text


def weights_in(text: str) -> str:
    """Return the file or name in `[NETWORK=]WEIGHTS[#sha256=HEX]`."""
    return without_pin(text).rpartition("=")[2]
