"""A manifest that imports torch."""

import torch

import stylekit


@stylekit.hookimpl
def register_losses():
    return [
        stylekit.LossSpec(
            name="faulty",
            role="style",
            summary=f"Loads torch {torch.__version__}.",
            factory="tests.conformance.test_faulty_losses:Sound",
        )
    ]
